/** Numbers as faces 2.2 wants them. Quantities are decimal strings; old phones have no BigInt, so digits are carried by hand, never floats. */
const MINUS = '−'
export type Quantity = string | number | null | undefined
const text = (v: Quantity) => (v === null || v === undefined ? '' : typeof v === 'number' ? String(v) : v.trim())
const shape = /^(-?)(\d+)(?:\.(\d+))?$/

/** Rounds a decimal string half away from zero to `places`, exactly. */
export function round(value: string, places: number): string {
  const m = shape.exec(value)
  if (!m) return value
  const [, sign = '', whole = '0', fraction = ''] = m
  const digits = [...(whole + fraction.slice(0, places).padEnd(places, '0'))].map(Number)
  if ((fraction[places] ?? '0') >= '5') {
    let i = digits.length - 1
    while (i >= 0 && digits[i] === 9) digits[i--] = 0
    if (i >= 0) digits[i]! += 1
    else digits.unshift(1)
  }
  const all = digits.join('').replace(/^0+(?=\d)/, '').padStart(places + 1, '0')
  const out = places ? `${all.slice(0, -places)}.${all.slice(-places)}` : all
  return sign && /[1-9]/.test(out) ? `-${out}` : out
}

function group(value: string): string {
  const [whole = '', fraction] = value.replace('-', '').split('.')
  const g = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return (value.startsWith('-') ? MINUS : '') + g + (fraction === undefined ? '' : `.${fraction}`)
}

/** `4,012.36`; null is a dash (the reason stands beside it). */
export function number(value: Quantity, places = 2): string {
  const t = text(value)
  return t === '' ? '—' : group(round(t, places))
}

/** As typed: grouped, trailing zeros of the wire dropped. */
export function plain(value: Quantity): string {
  const t = text(value)
  if (t === '') return '—'
  return group(t.includes('.') ? t.replace(/0+$/, '').replace(/\.$/, '') : t)
}

/** `−8.46%`, `+2.24%`. */
export function change(value: Quantity): string {
  const t = text(value)
  if (t === '') return '—'
  const r = round(t, 2)
  return (Number(r) > 0 ? '+' : '') + group(r) + '%'
}

export const percent = (v: Quantity) => (text(v) === '' ? '—' : group(round(text(v), 2)) + '%')

function column(a: string, b: string, subtract: boolean): string {
  const n = Math.max(a.length, b.length)
  const x = a.padStart(n, '0')
  const y = b.padStart(n, '0')
  let out = ''
  let carry = 0
  for (let i = n - 1; i >= 0; i--) {
    let d = subtract ? Number(x[i]) - Number(y[i]) - carry : Number(x[i]) + Number(y[i]) + carry
    carry = subtract ? (d < 0 ? 1 : 0) : d > 9 ? 1 : 0
    d = (d + 10) % 10
    out = d + out
  }
  return (carry ? '1' : '') + out
}

/** Exact sum of decimal strings; null and '' count nothing. */
export function sum(values: Iterable<Quantity>): string {
  const parts: { negative: boolean; whole: string; fraction: string }[] = []
  for (const v of values) {
    const m = shape.exec(text(v))
    if (m) parts.push({ negative: m[1] === '-', whole: m[2] ?? '0', fraction: m[3] ?? '' })
  }
  const scale = Math.max(0, ...parts.map((p) => p.fraction.length))
  let total = '0'
  let negative = false
  for (const p of parts) {
    const n = p.whole + p.fraction.padEnd(scale, '0')
    if (p.negative === negative) total = column(total, n, false)
    else {
      const width = Math.max(total.length, n.length)
      const swap = total.padStart(width, '0') < n.padStart(width, '0')
      total = swap ? column(n, total, true) : column(total, n, true)
      if (swap) negative = !negative
    }
  }
  const digits = total.replace(/^0+(?=\d)/, '').padStart(scale + 1, '0')
  const out = scale ? `${digits.slice(0, -scale)}.${digits.slice(-scale)}` : digits
  return negative && /[1-9]/.test(out) ? `-${out}` : out
}
