/**
 * One month (or one range as a sum) being typed, without any page: rows, what is missing, what goes over the wire, what is kept
 * on the phone. Pure: everything is handed in. Amounts are decimal strings from the first key to the wire.
 */
import type { DraftBody, FilingBody, Grid, Item, Process } from '@/api/filing'
import { shortMonth } from '@/format/time'
import { normalise } from './entry'
import { type Green, greenFault, greenOf, greenWire } from './green'

export interface Row { item: Item; text: string; bad: string; lastMonth: string | null; submitted: string | null; reason: string }
export interface Sheet { month: string; rows: Row[]; process: Process[]; green: Green | null; draftVersion: number; version: number; typedOn: number; state: string; locked: boolean }
/** What the phone itself keeps of a month until the server has it. */
export interface Kept { body: DraftBody; base: number; at: number; sent: boolean; /** Which filed version it was typed over. */ filed?: number }

const short = (v: string) => (v.includes('.') ? v.replace(/0+$/, '').replace(/\.$/, '') : v)
export const inForce = (item: Item, month: string) => item.first_month <= month && (!item.last_month || month <= item.last_month)
export const previous = (month: string) => (month.endsWith('-01') ? `${Number(month.slice(0, 4)) - 1}-12` : `${month.slice(0, 5)}${String(Number(month.slice(5)) - 1).padStart(2, '0')}`)

/**
 * The rows of a month: what was typed on this phone, else the server's draft, else what is filed. What was typed here keeps the
 * version it was typed on, so that a draft saved elsewhere since is shown beside it and not written over.
 */
export function open(grid: Grid, month: string, before: Grid | null, kept: Kept | null): Sheet {
  const head = grid.months.find((m) => m.month === month)
  const draft = kept?.body ?? (head?.draft ? (head.draft.body as unknown as DraftBody) : null)
  const last = previous(month)
  const source = last.slice(0, 4) === month.slice(0, 4) ? grid : before
  const rows = grid.items.filter((i) => inForce(i, month)).map((item): Row => {
    const cell = grid.cells.find((c) => c.item_id === item.id && c.month === month)
    const lastMonth = source?.cells.find((c) => c.item_id === item.id && c.month === last)?.submitted ?? null
    const typed = draft?.values?.find((v) => v.item_id === item.id)?.amount
    const submitted = cell?.submitted ?? null
    return { item, text: draft ? typed ?? '' : submitted === null ? '' : short(submitted), bad: '', lastMonth: lastMonth === null ? null : short(lastMonth), submitted, reason: draft?.reasons?.[item.id] ?? '' }
  })
  return {
    month, rows, process: draft ? (draft.process ?? []).map((p) => ({ ...p })) : (head?.process ?? []).map((p) => ({ name: String(p.name), co2: short(String(p.co2)), note: String(p.note ?? '') })),
    green: greenOf(draft ? draft.green : head?.green), draftVersion: kept?.base ?? head?.draft?.version ?? 0, version: head?.version ?? 0, typedOn: kept?.filed ?? head?.version ?? 0, state: head?.state ?? 'empty', locked: head?.locked ?? false,
  }
}
/** What is filed for a month, in the shape of a draft. */
export function filedBody(grid: Grid, month: string): DraftBody {
  return body(open({ ...grid, months: grid.months.map((m) => (m.month === month ? { ...m, draft: null } : m)) }, month, null, null))
}
export interface Versus { name: string; mine: string; theirs: string }
/** Every line in which two bodies of a month differ: energies, process emissions, green power. */
export function differences(sheet: Sheet, theirs: DraftBody): Versus[] {
  const mine = body(sheet)
  const number = (v: string | null | undefined) => (v ? short(v) : '')
  const names = [...new Set([...mine.process, ...theirs.process].map((p) => p.name))]
  const co2 = (b: DraftBody, name: string) => b.process.filter((p) => p.name === name).map((p) => number(p.co2)).join(' + ')
  return [
    ...sheet.rows.map((r) => ({ name: r.item.label, mine: number(r.text.trim()), theirs: number(theirs.values.find((v) => v.item_id === r.item.id)?.amount) })),
    ...names.map((name) => ({ name: name || '过程排放', mine: co2(mine, name), theirs: co2(theirs, name) })),
    { name: '绿电', mine: number(mine.green?.mwh), theirs: number(theirs.green?.mwh) },
  ].filter((r) => r.mine !== r.theirs)
}

/** On leaving a field: full width, commas and blanks become plain digits; what is no number stays as typed with its sentence. */
export function settle(row: Row): boolean {
  const read = normalise(row.text, false, row.item.decimals)
  row.bad = read.ok ? '' : read.message
  if (read.ok) row.text = read.value
  return read.ok
}

export const filled = (sheet: Sheet) => sheet.rows.filter((r) => r.text.trim() !== '' && !r.bad).length

export interface Fault { at: string; text: string }
/** Everything that forbids a preview, first field first (message 1). */
export function faults(sheet: Sheet, sum = false): Fault[] {
  const found: Fault[] = []
  for (const r of sheet.rows) {
    if (!settle(r)) found.push({ at: r.item.id, text: r.bad })
    else if (r.text === '') {
      r.bad = `请填${sum ? '合计' : ` ${shortMonth(sheet.month)}`}${r.item.label}。没有使用请填 0，空着不能提交。`
      found.push({ at: r.item.id, text: r.bad })
    }
  }
  sheet.process.forEach((p, n) => {
    const read = normalise(p.co2, true)
    if (!p.name.trim()) found.push({ at: `process.${n}`, text: '请填写过程排放的名称，或删除这一行。' })
    else if (!read.ok || read.value === '') found.push({ at: `process.${n}`, text: read.ok ? `请填「${p.name}」的排放量。` : read.message })
    else if (read.value.startsWith('-') && !p.note.trim()) found.push({ at: `process.${n}`, text: `「${p.name}」为负（减排），请写明原因。` })
    if (read.ok) p.co2 = read.value
  })
  if (sheet.green) {
    const wrong = greenFault(sheet.green)
    if (wrong) found.push({ at: 'green', text: wrong })
  }
  return found
}

export function body(sheet: Sheet): DraftBody {
  return {
    values: sheet.rows.map((r) => ({ item_id: r.item.id, amount: r.text.trim() === '' ? null : r.text.trim() })),
    process: sheet.process.map((p) => ({ ...p })), green: sheet.green ? { mwh: sheet.green.mwh, certificates: sheet.green.certificates.map((c) => ({ ...c })) } : null,
    reasons: Object.fromEntries(sheet.rows.filter((r) => r.reason.trim()).map((r) => [r.item.id, r.reason.trim()])),
  }
}

/** `blanks`: an empty field counts 0, for the running sum while typing; only typed rows are then shown. */
export function wire(sheets: Sheet[], range: { from: string; to: string; mode: 'each' | 'sum' }, blanks = false): FilingBody {
  const usable = (text: string, decimals = 6) => { const read = normalise(text, false, decimals); return read.ok && read.value !== '' ? read.value : null }
  return {
    month_from: range.from, month_to: range.to, mode: range.mode,
    months: sheets.map((s) => ({
      month: s.month,
      lines: s.rows.flatMap((r) => { const v = usable(r.text, blanks ? r.item.decimals : 6) ?? (blanks ? '0' : null); return v === null ? [] : [{ item_id: r.item.id, amount: v }] }),
      process: s.process.filter((p) => !blanks || (p.name.trim() && usable(p.co2.replace('-', '')) && (!p.co2.startsWith('-') || p.note.trim()))).map((p) => ({ name: p.name.trim(), co2: p.co2, note: p.note.trim() })),
      green: blanks ? null : greenWire(s.green),
    })),
  }
}

/** Change against last month in percent with two places, null without a measure. For the eye only and never sent: an exact half may fall 0.01 short. */
export function changeOf(now: string, last: string | null): string | null {
  const read = normalise(now)
  if (!read.ok || read.value === '' || last === null || Number(last) === 0) return null
  return ((Number(read.value) / Number(last) - 1) * 100).toFixed(2)
}
