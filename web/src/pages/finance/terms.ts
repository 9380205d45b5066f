import { range } from '@/api/finance'
import { number, plain } from '@/format/number'

interface Terms { min_amount: string | null; max_amount: string | null; min_term: number | null; max_term: number | null; min_rate: string | null; max_rate: string | null; rate_note: string }

export const amountOf = (p: Terms) => range(p.min_amount, p.max_amount, '万元', plain) || '额度面议'
export const termOf = (p: Terms) => range(p.min_term, p.max_term, '个月', String) || '期限面议'
export function rateOf(p: Terms): string {
  const shown = range(p.min_rate, p.max_rate, '%', (v) => number(v, 2))
  return [shown && `年利率 ${shown.replace(' %', '%')}`, p.rate_note].filter(Boolean).join(' · ') || '利率面议'
}
