/** Green power of a month as typed and as judged (NR3, NR5); drafts and stored months of before knew numbers without a month of production. */
import { normalise } from './entry'

export interface GreenCertificate { number: string; produced: string; mwh: string }
export interface Green { mwh: string; certificates: GreenCertificate[] }
export interface GreenLine { number: string; produced: string; mwh: string | null; counted: string; reason: string }
export interface GreenShown { claimed: string; counted: string; deducted: string | null; lines: GreenLine[] }

export const blank = (): GreenCertificate => ({ number: '', produced: '', mwh: '' })
const short = (v: string) => (v.includes('.') ? v.replace(/0+$/, '').replace(/\.$/, '') : v)
const text = (v: unknown) => (v === null || v === undefined ? '' : String(v))
const list = (v: unknown) => (Array.isArray(v) ? (v as unknown[]) : [])

/** A draft's or a stored month's claim; null when there is none. */
export function greenOf(raw: unknown): Green | null {
  const g = (raw ?? null) as Record<string, unknown> | null
  if (!g || g.mwh === null || g.mwh === undefined) return null
  const own = list(g.certificates).map((c) => c as Record<string, unknown>).map((c) => ({ number: text(c.number), produced: text(c.produced), mwh: short(text(c.mwh)) }))
  const old = own.length ? [] : list(g.gec_numbers ?? g.numbers).map((n) => ({ ...blank(), number: String(n) }))
  return { mwh: short(String(g.mwh)), certificates: [...own.filter((c) => c.number || !('counted' in g)), ...old] }
}

/** What goes over the wire: rows without a number are not certificates. */
export const greenWire = (g: Green | null) => g && { mwh: g.mwh, gec_numbers: [] as string[], certificates: g.certificates.filter((c) => c.number.trim()).map((c) => ({ number: c.number.trim(), produced: c.produced || null, mwh: c.mwh.trim() || null })) }

/** The first thing that is wrong, '' when nothing is; amounts are put in order on the way. */
export function greenFault(g: Green): string {
  const whole = normalise(g.mwh)
  if (!whole.ok || whole.value === '') return whole.ok ? '请填绿电电量，没有请删除绿电一栏。' : whole.message
  g.mwh = whole.value
  let open = 0
  for (const c of g.certificates) {
    const own = normalise(c.mwh)
    if (!own.ok) return own.message
    c.mwh = own.value
    if (!c.number.trim() && (c.produced || c.mwh)) return '请填绿证编号，或删去这一张。'
    if (c.number.trim() && !c.mwh) open++
  }
  return open > 1 ? '有多张绿证时，请填每张的电量；最多一张可以空着，按余下的电量计。' : ''
}

/** What of a stored month counts, certificate by certificate. */
export function storedGreen(raw: unknown): GreenShown | null {
  const g = (raw ?? null) as Record<string, unknown> | null
  if (!g || g.mwh === null || g.mwh === undefined) return null
  const lines = list(g.certificates).map((c) => c as Record<string, unknown>)
  const counted = g.counted_mwh ?? (g.counted ? g.mwh : '0')
  return {
    claimed: short(String(g.mwh)), counted: short(String(counted)), deducted: null,
    lines: lines.map((c) => ({ number: text(c.number), produced: text(c.produced), mwh: c.mwh === null || c.mwh === undefined ? null : short(String(c.mwh)), counted: short(text(c.counted_mwh) || '0'), reason: text(c.reason) })),
  }
}

interface WireLine { number: string; produced: string | null; mwh: string | null; counted_mwh: string; reason: string }
/** The preview's judgement of a month. */
export const judgedGreen = (g: { claimed_mwh: string; counted_mwh: string; d_green: string; lines: WireLine[] }): GreenShown => ({
  claimed: short(g.claimed_mwh), counted: short(g.counted_mwh), deducted: g.d_green,
  lines: g.lines.map((c) => ({ number: c.number, produced: c.produced ?? '', mwh: c.mwh === null ? null : short(c.mwh), counted: short(c.counted_mwh), reason: c.reason })),
})

/** One line in words: 编号、发电月份, and why it does not count. */
export const greenWords = (l: GreenLine) => `${l.number || '其余电量'}${l.produced ? `（${l.produced} 发电）` : ''}：${l.reason ? `${l.mwh === null ? '' : `${l.mwh} MWh `}未计入，${l.reason}` : `计入 ${l.counted} MWh`}`
