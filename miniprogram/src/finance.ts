/** Products, consents and loans in the words of the pages (faces 2.2: 500 万元, 3.45%). */
import type { Offer } from '@/api/finance'
import { normalise } from '@/filing/entry'
import { number, plain } from '@/format/number'

/** `50–500 万元 · 3.45%–4.10% · 最长 36 个月`; what a product does not say is left out. */
export function terms(o: Pick<Offer, 'min_amount' | 'max_amount' | 'min_rate' | 'max_rate' | 'rate_note' | 'min_term' | 'max_term'>): string[] {
  const span = (a: string | number | null | undefined, b: string | number | null | undefined, unit: string, show: (v: string | number) => string) => (a !== null && a !== undefined && b !== null && b !== undefined ? (show(a) === show(b) ? `${show(a)}${unit}` : `${show(a)}–${show(b)}${unit}`) : b !== null && b !== undefined ? `最高 ${show(b)}${unit}` : a !== null && a !== undefined ? `${show(a)}${unit}起` : '')
  const rate = (v: string | number) => `${number(v, 2)}%`
  const rates = o.min_rate !== null && o.max_rate !== null ? (o.min_rate === o.max_rate ? rate(o.min_rate!) : `${rate(o.min_rate!)}–${rate(o.max_rate!)}`) : o.min_rate !== null ? `${rate(o.min_rate!)}起` : o.max_rate !== null ? `最高 ${rate(o.max_rate!)}` : ''
  return [span(o.min_amount, o.max_amount, ' 万元', plain), [rates && `年利率 ${rates}`, o.rate_note].filter(Boolean).join('，'), o.max_term ? `最长 ${o.max_term} 个月` : o.min_term ? `${o.min_term} 个月起` : ''].filter(Boolean)
}

export const DAYS = [['30', '30 天'], ['90', '90 天'], ['180', '180 天'], ['365', '1 年']] as const
/** The last day of a consent given today for so many days. */
export function lastDay(today: string, days: number): string {
  return new Date(Date.parse(`${today}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

export const CONSENT_STATES: Record<string, string> = { active: '有效', upcoming: '未开始', expired: '已到期', revoked: '已撤回' }

export interface WishForm { amount: string; term: string; purpose: string; project: string; investment: string; reduction: string }
export interface Wish { amount: string | null; term: number | null; purpose: string | null; project: { name: string; total_investment: string | null; annual_reduction: string | null } }
/** What the firm wishes of the loan; everything may stay blank, what is typed must be readable. */
export function wish(f: WishForm): { wish: Wish; wrong: Record<string, string> } {
  const wrong: Record<string, string> = {}
  const read = (path: string, raw: string) => { const r = normalise(raw); if (!r.ok) wrong[path] = r.message.replace('用量不能是负数。减碳请填在「过程」行。', '不能为负数。'); return r.ok && r.value ? r.value : null }
  const amount = read('amount', f.amount)
  if (amount !== null && Number(amount) === 0) wrong.amount = '申请金额应大于 0 万元，不确定可以不填。'
  const term = f.term.trim()
  if (term && (!/^\d{1,3}$/.test(term) || Number(term) < 1 || Number(term) > 600)) wrong.term = '期限请填 1–600 的整数，单位是月。'
  if (f.project.trim().length > 100) wrong['project.name'] = '项目名称最多 100 个字。'
  return { wrong, wish: { amount, term: term ? Number(term) : null, purpose: f.purpose || null, project: { name: f.project.trim(), total_investment: read('project.total_investment', f.investment), annual_reduction: read('project.annual_reduction', f.reduction) } } }
}

/** Message 17: whom, what, how long, what not, and that it can be taken back. */
export const consentSentence = (bank: string, years: readonly number[], kinds: readonly string[], days: number, until: string, contact: boolean) =>
  `授权 ${bank} 查看 ${[...years].sort().join('、')} 年${kinds.join('、')}${contact ? '和联系人姓名、电话' : ''}，${days} 天，到 ${until} 止。不含每月填报数据；随时可撤回，撤回后对方下一次打开即被拒绝，对方已读的内容无法收回。`
