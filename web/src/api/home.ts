/** The enterprise's first page: what is due, what is open, how we stand. */
import type { components } from '@/generated/schema'
import type { Column } from '@/components/StackedColumns.vue'
import type { StripMonth } from '@/components/TxMonthStrip.vue'
import { thisMonth } from '@/format/time'
import { answer, client } from './client'
import * as filing from './filing'

type Schemas = components['schemas']
export type Duty = Schemas['Duty']
export type GradeBrief = Schemas['GradeBrief']
export interface Todo { text: string; detail: string; link: string; action: string; icon: 'warn' | 'form' | 'report' }
export interface Paper { title: string; detail: string; state: string; tone: string; link: string; icon: 'report' | 'code' }
export interface Figure { label: string; value: string | null; unit: string; places: number; change?: string | null; reason?: string }
export interface Home { duty: Duty | null; todos: Todo[]; start: { done: boolean; title: string; link: string }[] | null; columns: Column[]; figures: Figure[] }
export interface Standing { grade: GradeBrief | null; papers: Paper[] }

const acts: Record<string, [string, Todo['icon']]> = { UNVERIFIED: ['去上传', 'warn'], INCOMPLETE: ['去补填', 'form'] }
/** Addresses of the server's hints in this console. */
function here(link: string): string {
  const filed = /^\/filing\/(\d{4})(?:\?month=(.+))?$/.exec(link)
  if (filed) return `/filing?year=${filed[1]}${filed[2] ? `&month=${filed[2]}` : ''}`
  return { '/organisation': '/profile', '/filing/template': '/template', '/certificate': '/certificates' }[link] ?? link
}

export async function home(): Promise<Home> {
  const d = await answer(client.GET('/api/v1/dashboard'))
  const [current, before] = d.years
  const columns = d.months.map((m, i): Column => ({
    key: m.month, label: i === 0 || m.month.endsWith('-01') ? `${m.month.slice(0, 4)}.${Number(m.month.slice(5))}` : `${Number(m.month.slice(5))}月`,
    parts: m.by_source, last: m.last_year_co2_t, estimated: m.estimated, state: m.state === 'submitted' ? 'submitted' : 'missing',
  }))
  const fresh = d.start.some((s) => !s.done)
  return {
    duty: d.duty, columns: columns.some((c) => c.state === 'submitted') ? columns : [],
    todos: d.todos.map((t) => ({ text: t.text, detail: t.detail, link: here(t.link), action: acts[t.code]?.[0] ?? '去处理', icon: acts[t.code]?.[1] ?? 'form' })),
    start: fresh ? [...d.start.map((s) => ({ title: s.title, done: s.done, link: here(s.link) })), { title: '生产经营', done: false, link: '/operating' }] : null,
    figures: [
      ...(current ? [{ label: `${current.year} 年已提交 ${current.months_filed} 个月累计`, value: current.months_filed ? current.co2_t : null, unit: 'tCO2', places: 2, change: current.change_pct, reason: '本年还没有提交' }] : []),
      ...(before ? [{ label: `${before.year} 年${before.months_filed === 12 ? '' : `（${before.months_filed}/12 月）`}碳排放`, value: before.months_filed ? before.co2_t : null, unit: 'tCO2', places: 2, change: null, reason: '没有提交' },
        { label: `${before.year} 年综合能耗（当量值）`, value: before.months_filed ? before.tce : null, unit: 'tce', places: 2, reason: '没有提交' }] : []),
    ],
  }
}

const tones: Record<string, string> = { valid: 'ok', superseded: 'warn', suspended: 'warn', revoked: 'bad' }
export async function standing(): Promise<Standing> {
  const d = await answer(client.GET('/api/v1/dashboard/papers'))
  return { grade: d.grade, papers: d.papers.map((p) => ({ title: p.title, detail: p.detail, state: p.state_word, tone: p.kind === 'certificate' ? tones[p.state] ?? '' : '', link: here(p.link), icon: p.kind === 'certificate' ? 'code' : 'report' })) }
}

/** Two years of months with their state. */
export async function calendar(): Promise<{ year: number; months: StripMonth[] }[]> {
  const y = Number(thisMonth().slice(0, 4))
  const years = await Promise.all([filing.door.year(y), filing.door.year(y - 1)])
  return years.map((g) => ({
    year: g.year,
    months: g.months.map((m) => ({ month: m.month, estimated: m.estimated, state: m.state === 'open' && !g.items.some((i) => i.firstMonth <= m.month) ? 'none' : m.state })),
  }))
}
