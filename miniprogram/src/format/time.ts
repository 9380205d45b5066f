/** Times are Beijing's whatever the phone says. No Intl here: some phones' mini-program engines have none. */
export type Instant = string | Date | number | null | undefined
const two = (n: number) => String(n).padStart(2, '0')

function beijing(v: Instant): Date | null {
  if (v === null || v === undefined || v === '') return null
  const at = v instanceof Date ? v.getTime() : typeof v === 'number' ? v : Date.parse(v)
  return Number.isNaN(at) ? null : new Date(at + 8 * 3_600_000)
}
const day = (d: Date) => `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`
const hour = (d: Date) => `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`

export function date(v: Instant): string {
  if (typeof v === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(v)) return v
  const d = beijing(v)
  return d ? day(d) : '—'
}
export function clock(v: Instant): string { const d = beijing(v); return d ? hour(d) : '—' }
export function moment(v: Instant): string { const d = beijing(v); return d ? `${day(d)} ${hour(d)}` : '—' }
export const today = (now: Date = new Date()) => date(now)
export const thisMonth = (now: Date = new Date()) => today(now).slice(0, 7)

/** 2026-10 -> 2026年10月; 10月 when the year is clear. */
export const monthName = (m: string) => `${m.slice(0, 4)}年${Number(m.slice(5, 7))}月`
export const shortMonth = (m: string) => `${Number(m.slice(5, 7))}月`
/** 2026-11-15 -> 11月15日 */
export const dayName = (d: string) => `${Number(d.slice(5, 7))}月${Number(d.slice(8, 10))}日`

/** Relative only under one hour. */
export function ago(v: Instant, now: Date = new Date()): string {
  const d = beijing(v)
  if (!d) return '—'
  const minutes = Math.floor((now.getTime() + 8 * 3_600_000 - d.getTime()) / 60_000)
  if (minutes < 1) return '刚刚'
  return minutes < 60 ? `${minutes} 分钟前` : moment(v)
}

export const daysUntil = (d: string, now: Date = new Date()) => Math.round((Date.parse(d) - Date.parse(today(now))) / 86_400_000)
export const monthsOf = (year: number) => Array.from({ length: 12 }, (_, i) => `${year}-${two(i + 1)}`)
export const nextMonth = (m: string) => (m.endsWith('-12') ? `${Number(m.slice(0, 4)) + 1}-01` : `${m.slice(0, 4)}-${two(Number(m.slice(5)) + 1)}`)
