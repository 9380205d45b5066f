/** Measures, indicators, plans and targets as they are typed (text in every field), and as the server takes them; what is wrong is said per field. */
import type { Measure, Plan, TargetRow, ReportSheet, Year } from '@/api/reduction'
import { normalise } from '@/filing/entry'

export type Wrong = Record<string, string>
const bare = (v: string | number | null | undefined) => (v === null || v === undefined ? '' : /^-?\d+\.\d+$/.test(String(v)) ? String(v).replace(/\.?0+$/, '') : String(v))
/** Reads a number or says what is wrong with it. */
function read(wrong: Wrong, path: string, raw: string, empty: string, negative = false): string {
  const r = normalise(raw, negative)
  if (!r.ok) wrong[path] = r.message.replace('用量不能是负数。减碳请填在「过程」行。', '不能为负数，没有请填 0。')
  else if (r.value === '' && empty) wrong[path] = empty
  return r.ok ? r.value : ''
}
const asked = (wrong: Wrong, path: string, text: string, most: number, empty: string) => {
  if (!text.trim()) { if (empty) wrong[path] = empty } else if (text.trim().length > most) wrong[path] = `最多 ${most} 个字，现有 ${text.trim().length} 个，请精简。`
}

export interface SavedRow { item_id: string; amount: string }
export interface MeasureForm {
  name: string; summary: string; kind: string; investment: string; implemented_on: string; saved: SavedRow[]; typed_t: string; difference_reason: string; life_years: string; cost_class: string
  evidence: string[]; version: number
}
export const COSTS = [['', '不填'], ['无/低费', '无/低费'], ['中/高费', '中/高费']] as const
export const newMeasure = (): MeasureForm => ({ name: '', summary: '', kind: '', investment: '', implemented_on: '', saved: [], typed_t: '', difference_reason: '', life_years: '5', cost_class: '', evidence: [], version: 0 })
export const measureForm = (m: Measure): MeasureForm => ({
  name: m.name, summary: m.summary, kind: m.kind, investment: bare(m.investment), implemented_on: m.implemented_on, saved: m.saved.map((s) => ({ item_id: s.item_id, amount: bare(s.amount) })),
  typed_t: bare(m.typed_t), difference_reason: m.difference_reason, life_years: String(m.life_years), cost_class: m.cost_class, evidence: m.evidence.map((e) => e.id), version: m.version,
})
export function measureBody(f: MeasureForm, year: number): { body: Record<string, unknown>; wrong: Wrong } {
  const wrong: Wrong = {}
  asked(wrong, 'name', f.name, 50, '请填方案名称。')
  asked(wrong, 'summary', f.summary, 500, '请用一两句话写明做了什么。')
  if (!f.kind) wrong.kind = '请选择减碳类型。'
  const investment = read(wrong, 'investment', f.investment, '请填资金投入，没有请填 0。')
  if (!f.implemented_on) wrong.implemented_on = '请选择实际实施的日期。'
  else if (!f.implemented_on.startsWith(`${year}-`)) wrong.implemented_on = `实施日期应在 ${year} 年内。其他年度实施的，请登记在那一年。`
  const saved = f.saved.map((s, n) => ({ item_id: s.item_id, amount: read(wrong, `saved[${n}].amount`, s.amount, '请填一年节约的量；多用的填负数。', true) }))
  const typed = read(wrong, 'typed_t', f.typed_t, f.saved.length ? '' : '没有节约的能源时，请填年减碳量，并写明怎样得出。')
  if (!f.saved.length && typed && !f.difference_reason.trim()) wrong.difference_reason = '请写明年减碳量怎样得出。'
  asked(wrong, 'difference_reason', f.difference_reason, 200, '')
  if (!/^\d{1,2}$/.test(f.life_years.trim())) wrong.life_years = '请填年数，例如 5。'
  return {
    wrong,
    body: { name: f.name.trim(), summary: f.summary.trim(), kind: f.kind, investment, implemented_on: f.implemented_on, saved, typed_t: typed || null, difference_reason: f.difference_reason.trim(), life_years: Number(f.life_years), cost_class: f.cost_class, evidence: f.evidence, version: f.version },
  }
}

export interface PlanForm { name: string; content: string; kind: string; expected_investment: string; expected_on: string; expected_t: string; finance_wanted: boolean; version: number }
export const newPlan = (): PlanForm => ({ name: '', content: '', kind: '', expected_investment: '', expected_on: '', expected_t: '', finance_wanted: false, version: 0 })
export const planForm = (p: Plan): PlanForm => ({ name: p.name, content: p.content, kind: p.kind, expected_investment: bare(p.expected_investment), expected_on: p.expected_on, expected_t: bare(p.expected_t), finance_wanted: p.finance_wanted, version: p.version })
export function planBody(f: PlanForm, thisMonth: string): { body: Record<string, unknown>; wrong: Wrong } {
  const wrong: Wrong = {}
  asked(wrong, 'name', f.name, 50, '请填计划名称。')
  asked(wrong, 'content', f.content, 500, '请写明计划做什么。')
  if (!f.kind) wrong.kind = '请选择减碳类型。'
  const expected_investment = read(wrong, 'expected_investment', f.expected_investment, '请填预计投入，没有请填 0。')
  const expected_t = read(wrong, 'expected_t', f.expected_t, '请填预计每年减碳多少吨。')
  if (!f.expected_on) wrong.expected_on = '请选择预计完成的月份。'
  else if (f.expected_on <= thisMonth) wrong.expected_on = '预计完成的月份应在以后。已经完成的，请登记为减排方案。'
  return { wrong, body: { name: f.name.trim(), content: f.content.trim(), kind: f.kind, expected_investment, expected_on: f.expected_on, expected_t, finance_wanted: f.finance_wanted, version: f.version } }
}

export interface IndicatorRow { name: string; unit: string; before: string; after: string; direction: string; target: string }
export const DIRECTIONS = [['lower', '越低越好'], ['higher', '越高越好']] as const
export const newIndicator = (): IndicatorRow => ({ name: '', unit: '', before: '', after: '', direction: '', target: '' })
export const indicatorRows = (y: Year['indicators']): IndicatorRow[] => y.rows.map((r) => ({ name: r.name, unit: r.unit, before: bare(r.before), after: bare(r.after), direction: r.direction, target: bare(r.target) }))
export function indicatorsBody(version: number, before: string, after: string, rows: IndicatorRow[]): { body: Record<string, unknown>; wrong: Wrong } {
  const wrong: Wrong = {}
  if (!before) wrong.before_month = '请选择审核前的月份。'
  if (!after) wrong.after_month = '请选择审核后的月份。'
  else if (before && after <= before) wrong.after_month = '审核后的月份应晚于审核前。'
  const sent = rows.map((r, n) => {
    const at = (k: string) => `rows[${n}].${k}`
    asked(wrong, at('name'), r.name, 50, '请填指标名称。')
    asked(wrong, at('unit'), r.unit, 20, '请填单位。')
    const b = read(wrong, at('before'), r.before, '请填审核前的数值。', true)
    const a = read(wrong, at('after'), r.after, '请填审核后的数值。', true)
    const t = read(wrong, at('target'), r.target, '', true)
    if (t && !r.direction) wrong[at('direction')] = '有目标值时，请选择越低越好还是越高越好。'
    return { name: r.name.trim(), unit: r.unit.trim(), before: b, after: a, direction: r.direction, target: t || null }
  })
  return { wrong, body: { version, before_month: before, after_month: after, rows: sent } }
}

export const newTarget = (year: number): TargetRow => ({ indicator: '', unit: '', base_year: String(year), base: '', target: '', due_year: '' })
export const targetRows = (s: ReportSheet): TargetRow[] => s.targets.map((t) => ({ indicator: t.indicator, unit: t.unit, base_year: String(t.base_year), base: bare(t.base), target: bare(t.target), due_year: String(t.due_year) }))
/** What of a wizard can be kept: a target that is not whole yet stays on the phone, with what it lacks. */
export function reportBody(version: number, typed: Record<string, string>, targets: TargetRow[], longest: Record<string, number>): { body: Record<string, unknown>; wrong: Wrong } {
  const wrong: Wrong = {}
  for (const [k, text] of Object.entries(typed)) if (longest[k] && text.length > longest[k]) wrong[`typed.${k}`] = `最多 ${longest[k]} 个字，现有 ${text.length} 个，请精简。`
  const sent = targets.map((t, n) => {
    const at = (k: string) => `targets[${n}].${k}`
    asked(wrong, at('indicator'), t.indicator, 50, '请填指标。')
    if (!t.unit.trim()) wrong[at('unit')] = '请填单位。'
    for (const k of ['base_year', 'due_year'] as const) if (!/^\d{4}$/.test(t[k].trim())) wrong[at(k)] = '请填四位年份。'
    if (!wrong[at('due_year')] && !wrong[at('base_year')] && Number(t.due_year) <= Number(t.base_year)) wrong[at('due_year')] = '目标年应晚于基准年。'
    return { indicator: t.indicator.trim(), unit: t.unit.trim(), base_year: Number(t.base_year), base: read(wrong, at('base'), t.base, '请填基准值。', true), target: read(wrong, at('target'), t.target, '请填目标值。', true), due_year: Number(t.due_year) }
  })
  return { wrong, body: { version, typed, targets: sent } }
}

/** What is being typed, kept on the phone until it is saved: leaving the page loses nothing. */
export const kept = {
  read<T>(key: string): T | null { return (uni.getStorageSync(key) || null) as T | null },
  write(key: string, value: unknown) { uni.setStorageSync(key, value) },
  drop(key: string) { uni.removeStorageSync(key) },
}
