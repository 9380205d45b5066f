/** The water form: sections and fields of FD10, what is typed, and the sums shown while typing (the server computes them again). */
import type { WaterBody, WaterYear } from '@/api/water'
import { normalise } from '@/format/entry'
import { number, sum } from '@/format/number'

export interface Field { name: string; label: string; unit: string; required?: boolean; hint?: string }
export interface Section { key: string; title: string; note?: string; fields: Field[] }

const m3 = (name: string, label: string, required = false, hint = ''): Field => ({ name, label, unit: 'm³', required, hint })
export const SECTIONS: Section[] = [
  { key: 'sources', title: '水源与取水', note: '四种取水都要填，没有请填 0。取水量 = 四项之和 − 外供。', fields: [
    m3('tap', '自来水', true), m3('surface', '地表水', true), m3('ground', '地下水', true), m3('bought_other', '外购水产品，蒸汽和热水等', true), m3('supplied_out', '外供水量'),
    m3('reclaimed', '再生水'), m3('rain', '雨水'), m3('sea', '海水'), m3('mine', '矿井水'), m3('unconventional_other', '其他非常规水'),
  ] },
  { key: 'uses', title: '用水去向', note: '按用途分的取水量，合计应与取水量一致。', fields: [m3('use_production', '主要生产', true), m3('use_auxiliary', '辅助生产', true), m3('use_attached', '附属生产', true)] },
  { key: 'reuse', title: '重复利用', note: '重复利用量四项都要填，没有请填 0。', fields: [
    m3('cooling_cycle', '间接冷却水循环量', true), m3('cooling_fresh', '间接冷却水补充新水量'), m3('process_reuse', '工艺水回用量', true), m3('process_fresh', '工艺水取新水量'),
    m3('condensate', '蒸汽冷凝水回收量', true), m3('other_reuse', '其他重复利用水量', true), { name: 'steam_kg_h', label: '锅炉产汽量', unit: 'kg/h' }, { name: 'boiler_hours', label: '锅炉年运行小时', unit: 'h' },
  ] },
  { key: 'balance', title: '耗水、排水与平衡', note: '三项都填后核对进水与出水。', fields: [m3('consumed', '耗水量'), m3('discharged', '排水量'), m3('leaked', '漏失水量')] },
  { key: 'domestic', title: '生活用水与水价', fields: [
    m3('domestic_fresh', '职工生活取水量'), { name: 'staff', label: '职工人数', unit: '人' }, { name: 'workdays', label: '全年工作天数', unit: '天' }, { name: 'water_price', label: '水价', unit: '元/m³' },
  ] },
]
/** Anchors in order: the numbered parts above, then the lists. */
export const ANCHORS: [string, string][] = [
  ...SECTIONS.map((s): [string, string] => [s.key, s.title]), ['products', '产品用水'], ['measures', '节水措施'], ['plans', '节水计划'], ['titles', '示范称号'], ['test', '计量与水平衡测试'],
]
export const LEVELS = ['国家', '省', '市', '区']
const NAMES = SECTIONS.flatMap((s) => s.fields.map((f) => f.name))
const WHOLE = new Set(['staff', 'workdays'])

export interface ProductRow { id: string | null; name: string; unit: string; output: string; production_water: string; quota_id: string }
export interface MeasureRow { id: string | null; name: string; summary: string; investment: string; implemented_on: string; annual_saving: string }
export interface PlanRow { id: string | null; name: string; content: string; expected_investment: string; expected_on: string; expected_saving: string }
export interface TitleRow { name: string; level: string; awarded_on: string; certificate_id: string | null }
export interface Typed {
  data: Record<string, string>; metering: string; tested_on: string; tested_by: string; test_file: string | null; comments: string
  products: ProductRow[]; measures: MeasureRow[]; plans: PlanRow[]; titles: TitleRow[]
}
const short = (v: string | number | null | undefined) => { const t = v === null || v === undefined ? '' : String(v); return t.includes('.') ? t.replace(/0+$/, '').replace(/\.$/, '') : t }

export function typedOf(v: WaterYear): Typed {
  const d = v.data as unknown as Record<string, string | number | null>
  return {
    data: Object.fromEntries(NAMES.map((n) => [n, short(d[n])])),
    metering: v.data.metering, tested_on: v.data.tested_on ?? '', tested_by: v.data.tested_by, test_file: v.data.test_file ?? null, comments: v.data.comments,
    products: v.products.map((p) => ({ id: p.id, name: p.name, unit: p.unit, output: short(p.output), production_water: short(p.production_water), quota_id: p.quota_id ?? '' })),
    measures: v.measures.map((m) => ({ id: m.id, name: m.name, summary: m.summary, investment: short(m.investment), implemented_on: m.implemented_on ?? '', annual_saving: short(m.annual_saving) })),
    plans: v.plans.map((p) => ({ id: p.id, name: p.name, content: p.content, expected_investment: short(p.expected_investment), expected_on: p.expected_on ?? '', expected_saving: short(p.expected_saving) })),
    titles: v.titles.map((t) => ({ name: t.name, level: t.level, awarded_on: t.awarded_on ?? '', certificate_id: t.certificate_id ?? null })),
  }
}

/** What the server takes; `errors` by path for what is no number. */
export function bodyOf(t: Typed, version: number, errors: Record<string, string>): WaterBody {
  const amount = (path: string, text: string): string | null => {
    const e = normalise(text, true)
    if (!e.ok) errors[path] = e.message
    else if (e.value.startsWith('-')) errors[path] = '不能为负数，没有请填 0。'
    return e.ok && e.value !== '' ? e.value : null
  }
  const whole = (path: string, text: string): number | null => {
    const v = amount(path, text)
    if (v !== null && !/^\d+$/.test(v)) { errors[path] = '应为整数。'; return null }
    return v === null ? null : Number(v)
  }
  const data: Record<string, unknown> = Object.fromEntries(NAMES.map((n) => [n, WHOLE.has(n) ? whole(`data.${n}`, t.data[n] ?? '') : amount(`data.${n}`, t.data[n] ?? '')]))
  Object.assign(data, { metering: t.metering.trim(), tested_on: t.tested_on || null, tested_by: t.tested_by.trim(), test_file: t.test_file, comments: t.comments.trim() })
  const rows = <T>(name: string, list: T[], make: (row: T, path: string) => object) => list.map((r, i) => make(r, `${name}[${i}]`))
  return {
    version, data,
    products: rows('products', t.products, (p, at) => ({ id: p.id, name: p.name.trim(), unit: p.unit.trim(), output: amount(`${at}.output`, p.output), production_water: amount(`${at}.production_water`, p.production_water), quota_id: p.quota_id || null })),
    measures: rows('measures', t.measures, (m, at) => ({ id: m.id, name: m.name.trim(), summary: m.summary.trim(), investment: amount(`${at}.investment`, m.investment), implemented_on: m.implemented_on || null, annual_saving: amount(`${at}.annual_saving`, m.annual_saving) })),
    plans: rows('plans', t.plans, (p, at) => ({ id: p.id, name: p.name.trim(), content: p.content.trim(), expected_investment: amount(`${at}.expected_investment`, p.expected_investment), expected_on: p.expected_on || null, expected_saving: amount(`${at}.expected_saving`, p.expected_saving) })),
    titles: rows('titles', t.titles, (x) => ({ name: x.name.trim(), level: x.level, awarded_on: x.awarded_on || null, certificate_id: x.certificate_id })),
  } as unknown as WaterBody
}

export const emptyProduct = (): ProductRow => ({ id: null, name: '', unit: '', output: '', production_water: '', quota_id: '' })
export const emptyMeasure = (): MeasureRow => ({ id: null, name: '', summary: '', investment: '', implemented_on: '', annual_saving: '' })
export const emptyPlan = (): PlanRow => ({ id: null, name: '', content: '', expected_investment: '', expected_on: '', expected_saving: '' })
export const emptyTitle = (): TitleRow => ({ name: '', level: '', awarded_on: '', certificate_id: null })

// ---- while typing (WA1, WA7): exact sums of what is typed, the percentage half-up to two places -------------------------
const clean = (text: string | undefined) => { const e = normalise(text ?? ''); return e.ok ? e.value : '' }
const minus = (v: string) => (v.startsWith('-') ? v.slice(1) : `-${v}`)

function scaled(v: string, places: number): bigint {
  const [whole = '0', fraction = ''] = v.replace('-', '').split('.')
  const n = BigInt(whole + fraction.padEnd(places, '0').slice(0, places))
  return v.startsWith('-') ? -n : n
}
/** |one − other| in percent of `one`, two decimals half-up; null when `one` is nothing. */
export function apart(one: string, other: string): string | null {
  const a = scaled(one, 6)
  const b = scaled(other, 6)
  if (a <= 0n) return null
  const gap = a > b ? a - b : b - a
  const hundredths = (gap * 10_000n * 2n + a) / (a * 2n)
  const s = hundredths.toString().padStart(3, '0')
  return `${s.slice(0, -2)}.${s.slice(-2)}`
}
export interface Live { left: string; right: string; gap: string | null; over: boolean; text: string }
const SOURCES = ['tap', 'surface', 'ground', 'bought_other']
const line = (one: string, other: string, words: [string, string], limit: number): Live => {
  const gap = apart(one, other)
  const over = gap === null ? sum([one, minus(other)]) !== '0' && Number(sum([one, minus(other)])) !== 0 : Number(gap) > limit
  return { left: one, right: other, gap, over, text: `${words[0]} ${number(one, 4)} ${over ? '≠' : '='} ${words[1]} ${number(other, 4)} · 差 ${gap === null ? '—' : `${gap}%`}` }
}
/** V_f; null until every source is typed. */
export function intake(data: Record<string, string>): string | null {
  const taken = SOURCES.map((n) => clean(data[n]))
  if (taken.some((v) => v === '')) return null
  const out = clean(data.supplied_out)
  return sum([...taken, ...(out ? [minus(out)] : [])])
}
export function liveBalance(data: Record<string, string>, limit: number): Live | null {
  const fresh = intake(data)
  const out = ['consumed', 'discharged', 'leaked'].map((n) => clean(data[n]))
  if (fresh === null || out.some((v) => v === '')) return null
  return line(sum([fresh, ...['reclaimed', 'rain', 'sea', 'mine', 'unconventional_other'].map((n) => clean(data[n])).filter((v) => v !== '')]), sum(out), ['进', '出'], limit)
}
export function liveUses(data: Record<string, string>, limit: number): Live | null {
  const fresh = intake(data)
  const uses = ['use_production', 'use_auxiliary', 'use_attached'].map((n) => clean(data[n]))
  return fresh === null || uses.some((v) => v === '') ? null : line(fresh, sum(uses), ['取水', '各用途'], limit)
}
/** By how much the products miss the production intake; '' when they meet within 0.01 (WA3) or something is open. */
export function liveGap(t: Typed): string {
  const production = clean(t.data.use_production)
  const shares = t.products.map((p) => clean(p.production_water))
  if (!shares.length || production === '' || shares.some((v) => v === '')) return ''
  const gap = sum([...shares, minus(production)])
  return Math.abs(Number(gap)) > 0.01 ? gap : ''
}
