/**
 * A year's water as it is typed: text in every field, one topic a page (S27). What is typed stays as typed; `wire` makes of it what the
 * server takes, or says which fields cannot be read. The balance line under the fields is reckoned here from exact decimals (WA1, WA7).
 */
import { newKey } from '@/api/client'
import type { Body, Year } from '@/api/water'
import { normalise } from '@/filing/entry'
import { number, plain, sum } from '@/format/number'

export type Section = 'sources' | 'uses' | 'reuse' | 'balance' | 'domestic' | 'products' | 'measures' | 'plans' | 'titles' | 'test'
export const SECTIONS: readonly (readonly [Section, string])[] = [
  ['sources', '水源与取水'], ['uses', '用水去向'], ['reuse', '重复利用'], ['balance', '耗水、排水与平衡'], ['domestic', '生活用水与水价'],
  ['products', '产品用水'], ['measures', '节水措施'], ['plans', '节水计划'], ['titles', '示范称号'], ['test', '计量与水平衡测试'],
]
export interface Field { name: string; label: string; section: Section; unit: string; required?: boolean; whole?: boolean; hint?: string }
const cubic = (name: string, label: string, section: Section, required = false, hint = ''): Field => ({ name, label, section, unit: 'm³', required, hint })
/** The amounts, in the order of the form. */
export const FIELDS: readonly Field[] = [
  cubic('tap', '自来水取水量', 'sources', true), cubic('surface', '地表水取水量', 'sources', true), cubic('ground', '地下水取水量', 'sources', true),
  cubic('bought_other', '外购蒸汽、热水等水产品', 'sources', true), cubic('supplied_out', '外供水量', 'sources', false, '供给其他单位的水，从取水量中扣除'),
  cubic('reclaimed', '再生水', 'sources'), cubic('rain', '雨水', 'sources'), cubic('sea', '海水', 'sources'), cubic('mine', '矿井水', 'sources'), cubic('unconventional_other', '其他非常规水', 'sources'),
  cubic('use_production', '主要生产取水量', 'uses', true), cubic('use_auxiliary', '辅助生产取水量', 'uses', true, '机修、锅炉、循环水站等'), cubic('use_attached', '附属生产取水量', 'uses', true, '办公、食堂、浴室等'),
  cubic('cooling_cycle', '间接冷却水循环量', 'reuse', true), cubic('process_reuse', '工艺水回用量', 'reuse', true), cubic('condensate', '蒸汽冷凝水回收量', 'reuse', true), cubic('other_reuse', '其他重复利用水量', 'reuse', true),
  cubic('cooling_fresh', '间接冷却水补充新水量', 'reuse'), cubic('process_fresh', '工艺水取新水量', 'reuse'),
  { name: 'steam_kg_h', label: '锅炉产汽量', section: 'reuse', unit: 'kg/h' }, { name: 'boiler_hours', label: '锅炉年运行小时', section: 'reuse', unit: 'h' },
  cubic('consumed', '耗水量', 'balance', false, '蒸发、随产品带走等不再排出的水'), cubic('discharged', '排水量', 'balance'), cubic('leaked', '漏失水量', 'balance'),
  cubic('domestic_fresh', '职工生活取水量', 'domestic'), { name: 'staff', label: '职工人数', section: 'domestic', unit: '人', whole: true }, { name: 'workdays', label: '全年工作天数', section: 'domestic', unit: '天', whole: true },
  { name: 'water_price', label: '水价', section: 'domestic', unit: '元/m³' },
]
export const LEVELS = [['国家', '国家'], ['省', '省'], ['市', '市'], ['区', '区']] as const
export const TEXTS = ['metering', 'tested_on', 'tested_by', 'test_file', 'comments'] as const
export type Row = Record<string, string>
/** A row while its sheet is open: every field of every list, only its own are kept. */
export type Typed = Record<'id' | 'name' | 'unit' | 'output' | 'production_water' | 'quota_id' | 'summary' | 'investment' | 'annual_saving' | 'implemented_on' | 'content' | 'expected_investment' | 'expected_saving' | 'expected_on' | 'level' | 'awarded_on' | 'certificate_id', string>
export interface Sheet { year: number; version: number; data: Row; products: Row[]; measures: Row[]; plans: Row[]; titles: Row[] }
type Rows = 'products' | 'measures' | 'plans' | 'titles'
interface Shape { texts: string[]; numbers: string[]; refs: string[] }
/** Fields of the lists: words, numbers, and what is null when blank (days, ids). */
export const ROWS: Record<Rows, Shape> = {
  products: { texts: ['name', 'unit'], numbers: ['output', 'production_water'], refs: ['quota_id'] },
  measures: { texts: ['name', 'summary'], numbers: ['investment', 'annual_saving'], refs: ['implemented_on'] },
  plans: { texts: ['name', 'content'], numbers: ['expected_investment', 'expected_saving'], refs: ['expected_on'] },
  titles: { texts: ['name', 'level'], numbers: [], refs: ['awarded_on', 'certificate_id'] },
}
const bare = (v: unknown) => (v === null || v === undefined ? '' : typeof v === 'string' && /^-?\d+\.\d+$/.test(v) ? v.replace(/\.?0+$/, '') : String(v))

/** A new row of a list; its id is made here, so a second save is the same row. */
export function blank(list: Rows): Row {
  const s = ROWS[list]
  return Object.fromEntries([...(list === 'titles' ? [] : [['id', newKey()]]), ...[...s.texts, ...s.numbers, ...s.refs].map((k) => [k, ''])])
}
export function open(y: Year): Sheet {
  const row = (list: Rows) => (r: object): Row => {
    const from = r as Record<string, unknown>
    return Object.fromEntries(Object.keys(blank(list)).map((k) => [k, ROWS[list].numbers.includes(k) ? bare(from[k]) : from[k] === null || from[k] === undefined ? '' : String(from[k])]))
  }
  const data = y.data as unknown as Record<string, unknown>
  return {
    year: y.year, version: y.version,
    data: Object.fromEntries([...FIELDS.map((f) => [f.name, bare(data[f.name])]), ...TEXTS.map((t) => [t, data[t] ? String(data[t]) : ''])]),
    products: y.products.map(row('products')), measures: y.measures.map(row('measures')), plans: y.plans.map(row('plans')), titles: y.titles.map(row('titles')),
  }
}

/** What is typed, as the server takes it; `bad`: path → sentence for what cannot be read (then nothing is sent, so nothing kept is lost). */
export function wire(s: Sheet): { body: Body; bad: Record<string, string> } {
  const bad: Record<string, string> = {}
  const read = (path: string, raw: string, whole = false): string | number | null => {
    const r = normalise(raw)
    if (!r.ok) { bad[path] = r.message.replace('减碳请填在「过程」行。', '没有请填 0。'); return null }
    if (whole && r.value && !/^\d{1,9}$/.test(r.value)) { bad[path] = '请填整数。'; return null }
    return r.value === '' ? null : whole ? Number(r.value) : r.value
  }
  const data: Body['data'] = {}
  for (const f of FIELDS) data[f.name] = read(`data.${f.name}`, s.data[f.name] ?? '', f.whole)
  for (const t of TEXTS) data[t] = t === 'tested_on' || t === 'test_file' ? s.data[t] || null : (s.data[t] ?? '')
  const rows = (list: Rows) => s[list].map((r, n) => {
    const out: Record<string, string | null> = r.id ? { id: r.id } : {}
    for (const k of ROWS[list].texts) out[k] = r[k] ?? ''
    for (const k of ROWS[list].numbers) out[k] = read(`${list}[${n}].${k}`, r[k] ?? '') as string | null
    for (const k of ROWS[list].refs) out[k] = r[k] || null
    return out
  })
  return { body: { version: s.version, data, products: rows('products'), measures: rows('measures'), plans: rows('plans'), titles: rows('titles') }, bad }
}
/** Did typing change anything? Versions aside. */
export const same = (a: Sheet, b: Sheet) => JSON.stringify({ ...a, version: 0 }) === JSON.stringify({ ...b, version: 0 })

/** Which topic a field stands on. */
export const sectionOf = (path: string): Section => {
  const list = /^(products|measures|plans|titles)\b/.exec(path)?.[1]
  if (list) return list as Section
  const name = path.replace('data.', '')
  return FIELDS.find((f) => f.name === name)?.section ?? 'test'
}

// The live line --------------------------------------------------------------------------------------------------------
const known = (s: Sheet, names: readonly string[]): string[] | null => {
  const all = names.map((n) => normalise(s.data[n] ?? ''))
  return all.every((r) => r.ok && r.value !== '') ? all.map((r) => (r.ok ? r.value : '')) : null
}
const given = (s: Sheet, names: readonly string[]): string[] => names.map((n) => normalise(s.data[n] ?? '')).map((r) => (r.ok ? r.value : ''))
const negate = (v: string) => (v === '' ? '' : v.startsWith('-') ? v.slice(1) : `-${v}`)
const SOURCES = ['tap', 'surface', 'ground', 'bought_other'] as const
const UNCONVENTIONAL = ['reclaimed', 'rain', 'sea', 'mine', 'unconventional_other'] as const

/** V_f: all four sources must be said (0 is said), supplied water comes off. */
export function intake(s: Sheet): string | null {
  const taken = known(s, SOURCES)
  return taken === null ? null : sum([...taken, ...given(s, ['supplied_out']).map(negate)])
}
/** |a − b| of a in percent, for showing only; the server's figure counts. */
function apart(a: string, b: string): string | null {
  const d = sum([a, negate(b)])
  return Number(a) > 0 ? number(String(Math.abs(Number(d)) / Number(a) * 100), 2) : /[1-9]/.test(d) ? null : '0.00'
}
export interface Line { text: string; good: boolean | null }
/** 进 … = 出 … · 差 …%; until both sides are filled it says what is missing. */
export function balanceLine(s: Sheet): Line {
  const fresh = intake(s)
  const out = known(s, ['consumed', 'discharged', 'leaked'])
  if (fresh === null) return { text: '填齐四类取水后显示平衡（没有请填 0）', good: null }
  const inflow = sum([fresh, ...given(s, UNCONVENTIONAL)])
  if (out === null) return { text: `进 ${number(inflow, 4)} m³ · 填齐耗水、排水、漏失后显示平衡`, good: null }
  return compare('进', inflow, '出', sum(out))
}
/** Sum of the three classes of use against the intake. */
export function useLine(s: Sheet): Line {
  const fresh = intake(s)
  const used = known(s, ['use_production', 'use_auxiliary', 'use_attached'])
  if (used === null) return { text: fresh === null ? '填齐各类用水后与取水量核对' : `取水 ${number(fresh, 4)} m³ · 填齐三类用水后核对`, good: null }
  if (fresh === null) return { text: `三类用水合计 ${number(sum(used), 4)} m³ · 填齐取水后核对`, good: null }
  return compare('取水', fresh, '三类用水', sum(used))
}
const TOLERANCE = 10
function compare(a: string, left: string, b: string, right: string): Line {
  const pct = apart(left, right)
  const good = pct !== null && Number(pct.replace(/,/g, '')) <= TOLERANCE
  return { text: `${a} ${number(left, 4)} ${good ? '=' : '≠'} ${b} ${number(right, 4)} m³ · 差 ${pct === null ? '—' : `${pct}%`}${good ? '' : '，水量不平衡'}`, good }
}

/** What a row of a list says of itself in one line. */
export function rowDetail(list: Rows, r: Row): string {
  const n = (v: string | undefined, unit: string) => { const e = normalise(v ?? ''); return e.ok && e.value ? `${plain(e.value)} ${unit}` : '' }
  if (list === 'products') return [n(r.output, r.unit ?? ''), n(r.production_water, 'm³')].filter(Boolean).join(' · ')
  if (list === 'measures') return [r.implemented_on, n(r.annual_saving, 'm³/年'), n(r.investment, '万元')].filter(Boolean).join(' · ')
  if (list === 'plans') return [r.expected_on, n(r.expected_saving, 'm³/年'), n(r.expected_investment, '万元')].filter(Boolean).join(' · ')
  return [r.level, r.awarded_on].filter(Boolean).join(' · ')
}
