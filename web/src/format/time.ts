/** Times are Beijing's whatever the machine says. */
const zone = 'Asia/Shanghai'
const part = (o: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('zh-CN', { timeZone: zone, ...o })
const iso = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
const clockFormat = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hour12: false })
const secondsFormat = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false })

export type Instant = string | Date | null | undefined
const at = (v: Instant) => (v instanceof Date ? v : new Date(v ?? Number.NaN))
const ok = (d: Date) => !Number.isNaN(d.getTime())

export const date = (v: Instant) => (typeof v === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(v) ? v : ok(at(v)) ? iso.format(at(v)) : '—')
export const clock = (v: Instant) => (ok(at(v)) ? clockFormat.format(at(v)) : '—')
export const seconds = (v: Instant) => (ok(at(v)) ? `${iso.format(at(v))} ${secondsFormat.format(at(v))}` : '—')
export const moment = (v: Instant) => (ok(at(v)) ? `${iso.format(at(v))} ${clockFormat.format(at(v))}` : '—')
export const today = (now = new Date()) => iso.format(now)
export const thisMonth = (now = new Date()) => today(now).slice(0, 7)

/** 2026-10 -> 2026年10月; 10 月 when the year is clear. */
export const monthName = (m: string) => `${m.slice(0, 4)}年${Number(m.slice(5, 7))}月`
export const shortMonth = (m: string) => `${Number(m.slice(5, 7))}月`
/** 2026-11-15 -> 11月15日 */
export const dayName = (d: string) => `${Number(d.slice(5, 7))}月${Number(d.slice(8, 10))}日`
export const saidDate = (v: Instant) => part({ month: 'long', day: 'numeric' }).format(at(v))

/** Relative only under one hour. */
export function ago(v: Instant, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - at(v).getTime()) / 60_000)
  if (minutes < 1) return '刚刚'
  return minutes < 60 ? `${minutes} 分钟前` : moment(v)
}

export function daysUntil(day: string, now = new Date()): number {
  return Math.round((Date.parse(day) - Date.parse(today(now))) / 86_400_000)
}

export const monthsOf = (year: number) => Array.from({ length: 12 }, (_, i) => `${year}-${String(i + 1).padStart(2, '0')}`)
