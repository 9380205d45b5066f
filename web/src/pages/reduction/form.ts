/** What is typed on the reduction pages, and what is sent of it. Amounts are texts all the way. */
import type * as api from '@/api/reduction'
import { normalise } from '@/format/entry'

export const COSTS = ['', '无/低费', '中/高费'] as const
export const DIRECTIONS = [['', '不比较好坏'], ['lower', '越低越好'], ['higher', '越高越好']] as const
export type Errors = Record<string, string>

export interface MeasureForm { id: string; version: number; name: string; summary: string; kind: string; investment: string; implemented_on: string; saved: { item_id: string; amount: string }[]; typed_t: string; difference_reason: string; life_years: string; cost_class: string; evidence: { id: string; name: string }[] }
export interface PlanForm { id: string; version: number; name: string; content: string; kind: string; expected_investment: string; expected_on: string; expected_t: string; finance_wanted: boolean }
export interface IndicatorForm { name: string; unit: string; before: string; after: string; direction: string; target: string }
export interface TargetForm { indicator: string; unit: string; base_year: string; base: string; target: string; due_year: string }

const trim = (v: string | null | undefined) => (v == null ? '' : v.includes('.') ? v.replace(/0+$/, '').replace(/\.$/, '') : v)

export function measureForm(m?: api.Measure): MeasureForm {
  if (!m) return { id: '', version: 0, name: '', summary: '', kind: '节能', investment: '', implemented_on: '', saved: [{ item_id: '', amount: '' }], typed_t: '', difference_reason: '', life_years: '5', cost_class: '', evidence: [] }
  return { id: m.id, version: m.version, name: m.name, summary: m.summary, kind: m.kind, investment: trim(m.investment), implemented_on: m.implemented_on, saved: m.saved.map((s) => ({ item_id: s.item_id, amount: trim(s.amount) })), typed_t: trim(m.typed_t), difference_reason: m.difference_reason, life_years: String(m.life_years), cost_class: m.cost_class, evidence: m.evidence.map((e) => ({ id: e.id, name: e.name })) }
}
export function planForm(p?: api.Plan): PlanForm {
  if (!p) return { id: '', version: 0, name: '', content: '', kind: '节能', expected_investment: '', expected_on: '', expected_t: '', finance_wanted: false }
  return { id: p.id, version: p.version, name: p.name, content: p.content, kind: p.kind, expected_investment: trim(p.expected_investment), expected_on: p.expected_on, expected_t: trim(p.expected_t), finance_wanted: p.finance_wanted }
}
export const indicatorForm = (r?: api.Indicators['rows'][number]): IndicatorForm => (r ? { name: r.name, unit: r.unit, before: trim(r.before), after: trim(r.after), direction: r.direction, target: trim(r.target) } : { name: '', unit: '', before: '', after: '', direction: '', target: '' })
export const targetForm = (t?: api.Sheet['targets'][number]): TargetForm => (t ? { indicator: t.indicator, unit: t.unit, base_year: String(t.base_year), base: trim(t.base), target: trim(t.target), due_year: String(t.due_year) } : { indicator: '', unit: '', base_year: '', base: '', target: '', due_year: '' })

/** The number as the server takes it, or '' with a message under `path`. */
function amount(errors: Errors, path: string, text: string, o: { required?: boolean; negative?: boolean; said?: string } = {}): string {
  const e = normalise(text, o.negative)
  if (!e.ok) errors[path] = !o.negative && text.includes('-') ? '不能填负数。' : e.message
  else if (o.required && e.value === '') errors[path] = o.said ?? '请填写，没有请填 0。'
  return e.ok ? e.value : ''
}
const whole = (errors: Errors, path: string, text: string, said: string) => { const t = text.trim(); if (!/^\d{1,4}$/.test(t)) { errors[path] = said; return 0 } return Number(t) }
const need = (errors: Errors, path: string, text: string, said: string) => { if (!text.trim()) errors[path] = said; return text.trim() }

export function measureBody(f: MeasureForm, errors: Errors): api.MeasureBody {
  const saved = f.saved.filter((s) => s.item_id || s.amount.trim())
  saved.forEach((s, n) => { if (!s.item_id) errors[`saved[${n}].item_id`] = '请选择能源。' })
  return {
    name: need(errors, 'name', f.name, '请填写方案名称。'), summary: need(errors, 'summary', f.summary, '请填写简述。'), kind: f.kind as api.MeasureBody['kind'],
    investment: amount(errors, 'investment', f.investment, { required: true }), implemented_on: need(errors, 'implemented_on', f.implemented_on, '请选择实施时间。'),
    saved: saved.map((s, n) => ({ item_id: s.item_id, amount: amount(errors, `saved[${n}].amount`, s.amount, { required: true, negative: true, said: '请填一年少用的数量；用量增加请填负数。' }) })),
    typed_t: amount(errors, 'typed_t', f.typed_t, { negative: true }) || null, difference_reason: f.difference_reason.trim(),
    life_years: whole(errors, 'life_years', f.life_years, '请填 1 到 50 的整数。'), cost_class: f.cost_class as api.MeasureBody['cost_class'], evidence: f.evidence.map((e) => e.id), version: f.version,
  }
}
export function planBody(f: PlanForm, errors: Errors): api.PlanBody {
  return {
    name: need(errors, 'name', f.name, '请填写计划名称。'), content: need(errors, 'content', f.content, '请填写计划内容。'), kind: f.kind as api.PlanBody['kind'],
    expected_investment: amount(errors, 'expected_investment', f.expected_investment, { required: true }), expected_on: need(errors, 'expected_on', f.expected_on, '请选择预计实施时间。'),
    expected_t: amount(errors, 'expected_t', f.expected_t, { required: true }), finance_wanted: f.finance_wanted, version: f.version,
  }
}
export function indicatorsBody(version: number, before: string, after: string, rows: IndicatorForm[], errors: Errors): api.IndicatorsBody {
  return {
    version, before_month: need(errors, 'before_month', before, '请选择审核前时间。'), after_month: need(errors, 'after_month', after, '请选择审核后时间。'),
    rows: rows.map((r, n) => ({
      name: need(errors, `rows[${n}].name`, r.name, '请填写指标名称。'), unit: need(errors, `rows[${n}].unit`, r.unit, '请填写单位。'),
      before: amount(errors, `rows[${n}].before`, r.before, { required: true, negative: true }), after: amount(errors, `rows[${n}].after`, r.after, { required: true, negative: true }),
      direction: r.direction as '' | 'lower' | 'higher', target: amount(errors, `rows[${n}].target`, r.target, { negative: true }) || null,
    })),
  }
}
export function sheetBody(version: number, typed: Record<string, string>, targets: TargetForm[], errors: Errors): api.SheetBody {
  return {
    version, typed,
    targets: targets.map((t, n) => ({
      indicator: need(errors, `targets[${n}].indicator`, t.indicator, '请填写指标名称。'), unit: need(errors, `targets[${n}].unit`, t.unit, '请填写单位。'),
      base_year: whole(errors, `targets[${n}].base_year`, t.base_year, '请填年份，例如 2024。'), base: amount(errors, `targets[${n}].base`, t.base, { required: true, negative: true }),
      target: amount(errors, `targets[${n}].target`, t.target, { required: true, negative: true }), due_year: whole(errors, `targets[${n}].due_year`, t.due_year, '请填年份，例如 2027。'),
    })),
  }
}

/** A corrected field loses its complaint: of what stood there, only what is still wrong by our own check stays. */
export function recheck(errors: Errors, check: (found: Errors) => unknown): void {
  const found: Errors = {}
  check(found)
  for (const k of Object.keys(errors)) if (found[k]) errors[k] = found[k]!
  else delete errors[k]
}
