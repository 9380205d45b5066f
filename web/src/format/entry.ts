/** What a person types or pastes into a cell, made into what the server takes (FI, faces S4: full width, commas, spaces accepted). */

export type Entry = { ok: true; value: string } | { ok: false; text: string; message: string }

const wide = (s: string) => s.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/\u3000/g, ' ').replace(/。/g, '.').replace(/[−–—]/g, '-')

/** What is said of an amount finer than its template item takes (FD7). */
export const placesWord = (decimals: number) => (decimals ? `最多 ${decimals} 位小数` : '只填整数')

/** '' stays '' (an empty cell); `１,２３４．５０ ` becomes 1234.50. `decimals`: what the template item takes; zeros behind do not count. */
export function normalise(raw: string, allowNegative = false, decimals = 6): Entry {
  const text = wide(raw).replace(/[\s\u00a0']/g, '')
  if (text === '') return { ok: true, value: '' }
  const bare = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replace(/,/g, '') : text
  const m = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(bare)
  if (!m || (m[2] === '' && !m[3])) return { ok: false, text: raw, message: `「${raw.trim()}」不是数字，请填数字，例如 12.5。` }
  const whole = (m[2] ?? '').replace(/^0+(?=\d)/, '') || '0'
  const fraction = m[3] ?? ''
  if (whole.length > 12) return { ok: false, text: raw, message: '整数部分最多 12 位，请核对单位。' }
  if (fraction.length > 6) return { ok: false, text: raw, message: '最多 6 位小数，请四舍五入后填写。' }
  if (fraction.replace(/0+$/, '').length > decimals) return { ok: false, text: raw, message: `这一项${placesWord(decimals)}，请四舍五入后填写。` }
  const zero = /^0*$/.test(whole + fraction)
  if (m[1] === '-' && !zero && !allowNegative) return { ok: false, text: raw, message: '用量不能是负数。减碳请填在「过程」行。' }
  return { ok: true, value: (m[1] === '-' && !zero ? '-' : '') + whole + (fraction ? `.${fraction}` : '') }
}

/** A block copied from a spreadsheet: tabs between columns, lines between rows, quoted cells with tabs or line breaks inside. */
export function parseBlock(clip: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  const text = clip.replace(/\r\n?/g, '\n')
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') { cell += '"'; i++ } else if (c === '"') quoted = false
      else cell += c
    } else if (c === '"' && cell === '') quoted = true
    else if (c === '\t') { row.push(cell); cell = '' } else if (c === '\n') { row.push(cell); rows.push(row); row = []; cell = '' } else cell += c
  }
  if (cell !== '' || row.length) { row.push(cell); rows.push(row) }
  return rows
}

export const formatBlock = (rows: string[][]) => rows.map((r) => r.join('\t')).join('\n')
