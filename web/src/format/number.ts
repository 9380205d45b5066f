/** Numbers as faces.md 2.2 wants them. Quantities arrive as decimal strings and are never turned into floats on the way to the eye. */
const MINUS = '−'
const NBSP = '\u00a0'

/** Rounds a decimal string half away from zero (half-up) to `places`, exactly. */
export function round(value: string, places: number): string {
  const m = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value.trim())
  if (!m) return value
  const [, sign = '', whole = '0', fraction = ''] = m
  const digits = whole + fraction.slice(0, places).padEnd(places, '0')
  let n = BigInt(digits)
  if ((fraction[places] ?? '0') >= '5') n += 1n
  const s = n.toString().padStart(places + 1, '0')
  const out = places ? `${s.slice(0, -places)}.${s.slice(-places)}` : s
  return sign && n !== 0n ? `-${out}` : out
}

function group(value: string): string {
  const [whole = '', fraction] = value.replace('-', '').split('.')
  const g = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return (value.startsWith('-') ? MINUS : '') + g + (fraction === undefined ? '' : `.${fraction}`)
}

export type Quantity = string | number | null | undefined
const text = (v: Quantity) => (v === null || v === undefined ? '' : typeof v === 'number' ? String(v) : v)

/** `4,012.36`; null is a dash (the reason stands beside it). */
export function number(value: Quantity, places = 2): string {
  const t = text(value)
  return t === '' ? '—' : group(round(t, places))
}

/** As typed: grouped, no zeros added or lost beyond trailing ones of the wire. */
export function plain(value: Quantity): string {
  const t = text(value)
  if (t === '') return '—'
  return group(t.includes('.') ? t.replace(/0+$/, '').replace(/\.$/, '') : t)
}

/** Emission and energy: from 100,000 on overview screens in 万. */
export function big(value: Quantity): { text: string; wan: boolean } {
  const t = text(value)
  if (t === '') return { text: '—', wan: false }
  if (Math.abs(Number(t)) < 100_000) return { text: group(round(t, 2)), wan: false }
  return { text: group(round(shift(t, -4), 2)), wan: true }
}

function shift(value: string, by: number): string {
  const negative = value.startsWith('-')
  const [whole = '0', fraction = ''] = value.replace('-', '').split('.')
  const digits = (whole + fraction).padStart(-by + 1, '0')
  const point = Math.max(whole.length, digits.length - fraction.length) + by
  const s = digits.padStart(digits.length + Math.max(0, 1 - point), '0')
  const at = Math.max(1, point + (s.length - digits.length))
  return (negative ? '-' : '') + s.slice(0, at) + '.' + s.slice(at)
}

/** `−8.46%`, `+2.24%`. */
export function change(value: Quantity): string {
  const t = text(value)
  if (t === '') return '—'
  const r = round(t, 2)
  return (Number(r) > 0 ? '+' : '') + group(r) + '%'
}

export const percent = (v: Quantity) => (text(v) === '' ? '—' : group(round(text(v), 2)) + '%')
export const withUnit = (v: string, unit: string) => (v === '—' ? v : `${v}${NBSP}${unit}`)

/** Exact sum of decimal strings. */
export function sum(values: Iterable<Quantity>): string {
  let scale = 0
  const parts: [bigint, number][] = []
  for (const v of values) {
    const t = text(v)
    const m = /^(-?)(\d+)(?:\.(\d+))?$/.exec(t)
    if (!m) continue
    const f = m[3] ?? ''
    scale = Math.max(scale, f.length)
    parts.push([BigInt((m[1] ?? '') + m[2] + f), f.length])
  }
  let total = 0n
  for (const [n, f] of parts) total += n * 10n ** BigInt(scale - f)
  const negative = total < 0n
  const s = (negative ? -total : total).toString().padStart(scale + 1, '0')
  return (negative ? '-' : '') + (scale ? `${s.slice(0, -scale)}.${s.slice(-scale)}` : s)
}

export const compare = (a: Quantity, b: Quantity) => {
  const d = sum([text(a), text(b).startsWith('-') ? text(b).slice(1) : `-${text(b)}`])
  return Number(d)
}

/** `after − before` of two plain decimals, exactly, with its sign; null when one of them is no number. */
export function difference(before: string, after: string): string | null {
  const parts = [before, after].map((text) => /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.replaceAll(',', '').replace(MINUS, '-').trim()))
  if (!parts[0] || !parts[1]) return null
  const places = Math.max(parts[0][3]?.length ?? 0, parts[1][3]?.length ?? 0)
  const [a, b] = parts.map((p) => BigInt(`${p![1]}${p![2]}${(p![3] ?? '').padEnd(places, '0')}`)) as [bigint, bigint]
  const gap = b - a
  const digits = (gap < 0n ? -gap : gap).toString().padStart(places + 1, '0')
  const text = places ? `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, '') : digits
  return gap < 0n ? group(`-${text}`) : `+${group(text)}`
}
