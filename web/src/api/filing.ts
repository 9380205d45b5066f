/** Filing as the screens read it; the wire's shapes end in this file. */
import type { components } from '@/generated/schema'
import { percent, plain } from '@/format/number'
import { type Green, greenOf, type GreenShown, greenWire, judgedGreen, storedGreen } from '@/format/green'
import { shortMonth } from '@/format/time'
import { unitName } from '@/format/unit'
import type { DraftDoor } from '@/pages/filing/year'
import { answer, client, downloadFile, newKey, once, uploadFile } from './client'
import type { Problem } from './problem'
import type { Trace } from './shapes'
import { traceOf } from './trace'

type Schemas = components['schemas']
const F = '/api/v1/filing'

export interface Item { id: string; carrier: string; name: string; use: string; group: 'direct' | 'indirect' | 'process'; unit: string; account: string | null; place: string | null; firstMonth: string; lastMonth: string | null; decimals: number }
export interface Month {
  month: string; state: string; version: number; draftVersion: number; savedAt: string | null; savedBy: string | null
  co2: string | null; tce: string | null; locked: boolean; estimated: boolean
}
export interface Value { item: string; month: string; submitted: string | null; draft: string | null; co2: string | null; tce: string | null; lastYear: string | null; mean3: string | null; reason: string | null; trace: Trace | null }
export interface Process { name: string; co2: string; note: string }
export type { Green } from '@/format/green'
export interface Year { year: number; years: number[]; items: Item[]; months: Month[]; values: Value[]; process: Record<string, Process[]>; green: Record<string, Green | null>; greenStored: Record<string, GreenShown | null>; lockedBy: string[] }

/** The screen's own record of a month being typed; the server keeps it as it is. */
export interface DraftBody { values: { item_id: string; amount: string | null }[]; process: Process[]; green: Green | null; reasons: Record<string, string> }
export interface OtherDraft { version: number; savedAt: string | null; savedBy: string | null; body: DraftBody }

export interface FilingMonth { month: string; lines: { item_id: string; amount: string }[]; process: Process[]; green: Green | null }
export interface FilingBody { from: string; to: string; mode: 'each' | 'sum'; months: FilingMonth[] }
export interface PreviewLine { item: string; month: string; name: string; amount: string; unit: string; co2: string | null; tce: string | null; trace: Trace | null }
export interface Question { id: string; month: string; item: string | null; code: string; message: string; reason: string }
export interface Preview { fingerprint: string; lines: PreviewLine[]; totals: { month: string; co2: string; tce: string | null }[]; co2: string; tce: string | null; tceEqual: string | null; questions: Question[]; green: (GreenShown & { month: string })[] }
export interface Conflict { label: string; before: string; after: string; unit?: string; delta?: string }

// ---- drafts ------------------------------------------------------------------------------------------------------
/** A stored draft may be older than this screen: what is missing is empty. */
export function draftOf(raw: unknown): DraftBody {
  const b = (raw ?? {}) as Partial<DraftBody>
  return {
    values: Array.isArray(b.values) ? b.values.map((v) => ({ item_id: String(v.item_id), amount: v.amount === null || v.amount === undefined ? null : String(v.amount) })) : [],
    process: Array.isArray(b.process) ? b.process.map((p) => ({ name: String(p.name ?? ''), co2: String(p.co2 ?? ''), note: String(p.note ?? '') })) : [],
    green: greenOf(b.green),
    reasons: b.reasons && typeof b.reasons === 'object' ? Object.fromEntries(Object.entries(b.reasons).map(([k, v]) => [k, String(v)])) : {},
  }
}
const short = (v: string) => (v.includes('.') ? v.replace(/0+$/, '').replace(/\.$/, '') : v)
const words: Record<string, string> = { empty: 'open', future: 'not_due' }

function itemOf(i: Schemas['ItemAnswer']): Item {
  return { id: i.id, carrier: i.carrier, name: i.label || i.name, use: i.use, group: i.scope as Item['group'], unit: i.unit, account: i.account_no ? `户号 …${i.account_no.slice(-4)}` : null, place: i.place || null, firstMonth: i.first_month, lastMonth: i.last_month, decimals: i.decimals }
}

function yearOf(g: Schemas['GridAnswer']): Year {
  const rank = { direct: 0, indirect: 1, process: 2 }
  const items = g.items.map(itemOf).sort((a, b) => rank[a.group] - rank[b.group])
  const units = Object.fromEntries(items.map((i) => [i.id, i.unit]))
  const drafts = Object.fromEntries(g.months.filter((m) => m.draft).map((m) => [m.month, draftOf(m.draft!.body)]))
  const values = g.cells.map((c): Value => {
    const d = drafts[c.month]
    const typed = d?.values.find((v) => v.item_id === c.item_id)
    return {
      item: c.item_id, month: c.month, submitted: c.submitted === null ? null : short(c.submitted), draft: d ? typed?.amount ?? '' : null, co2: c.co2_t, tce: c.tce, lastYear: c.last_year, mean3: c.mean3,
      reason: d?.reasons[c.item_id] ?? null, trace: c.submitted === null ? null : traceOf({ amount: c.submitted, unit: units[c.item_id] ?? '', trace: c.trace }),
    }
  })
  const months = g.months.map((m): Month => ({
    month: m.month, state: words[m.state] ?? m.state, version: m.version, draftVersion: m.draft?.version ?? 0, savedAt: m.draft?.saved_at ?? null, savedBy: m.draft && !m.draft.mine ? m.draft.saved_by : null,
    co2: m.co2_t, tce: m.tce, locked: m.locked, estimated: m.estimated,
  }))
  return {
    year: g.year, years: g.years, items, months, values, lockedBy: g.locked_by,
    process: Object.fromEntries(g.months.map((m) => [m.month, drafts[m.month] ? drafts[m.month]!.process : m.process.map((p) => ({ name: String(p.name), co2: short(String(p.co2)), note: String(p.note ?? '') }))])),
    green: Object.fromEntries(g.months.map((m) => [m.month, drafts[m.month] ? drafts[m.month]!.green : greenOf(m.green)])),
    greenStored: Object.fromEntries(g.months.map((m) => [m.month, storedGreen(m.green)])),
  }
}

export const door: DraftDoor = {
  year: (year) => answer(client.GET('/api/v1/filing/year/{year}', { params: { path: { year } } })).then(yearOf),
  saveDraft: (month, version, body) => answer(client.PUT('/api/v1/filing/drafts/{month}', { params: { path: { month } }, body: { version, body: { ...body } as unknown as Schemas['DraftBody']['body'] } })).then((d) => ({ version: d.version, savedAt: d.saved_at ?? new Date().toISOString() })),
  otherDraft: (p) => {
    if (p.code !== 'STALE_DRAFT') return null
    const t = (p.extra.theirs ?? {}) as Record<string, unknown>
    return { version: Number(t.version ?? 0), savedAt: t.saved_at ? String(t.saved_at) : null, savedBy: t.saved_by_name ? String(t.saved_by_name) : null, body: draftOf(t.body) }
  },
}
export const dropDraft = (month: string) => answer(client.DELETE('/api/v1/filing/drafts/{month}', { params: { path: { month } } }))

// ---- preview and submit --------------------------------------------------------------------------------------------
const wireBody = (b: FilingBody): Schemas['FilingBody'] => ({
  month_from: b.from, month_to: b.to, mode: b.mode,
  months: b.months.map((m) => ({ month: m.month, lines: m.lines, process: m.process, green: greenWire(m.green) })),
})
function previewOf(p: Schemas['PreviewAnswer']): Preview {
  return {
    fingerprint: p.fingerprint, co2: p.co2_t, tce: p.energy_tce.equivalent, tceEqual: p.energy_tce.equal_value,
    totals: p.months.map((m) => ({ month: m.month, co2: m.co2_t, tce: m.energy_tce.equivalent })),
    lines: p.lines.map((l) => ({ item: l.item_id ?? `process:${l.name}`, month: l.month, name: l.name, amount: l.amount, unit: l.unit, co2: l.co2_t, tce: l.energy_tce.equivalent, trace: traceOf(l) })),
    questions: p.questions.map((q) => ({ id: q.id, month: q.month, item: q.item_id, code: q.code, message: unitName(q.message), reason: '' })),
    green: p.green.map((g) => ({ month: g.month, ...judgedGreen(g) })),
  }
}
export const preview = (body: FilingBody) => answer(client.POST('/api/v1/filing/preview', { body: wireBody(body) })).then(previewOf)
export interface Reply { id: string; reason: string }
export const submit = (body: FilingBody, o: { fingerprint: string; replace: boolean; answers: Reply[]; reason?: string }, key: string) =>
  answer(client.POST('/api/v1/filing/submit', { body: { ...wireBody(body), fingerprint: o.fingerprint, replace: o.replace, answers: o.answers.map((a) => ({ question_id: a.id, reason: a.reason })), reason: o.reason ?? null }, params: { header: once(key) } }))

/** FI5: what is filed beside what would replace it. */
export function conflictsOf(p: Problem): Conflict[] {
  const rows = Array.isArray(p.extra.conflicts) ? (p.extra.conflicts as Record<string, unknown>[]) : []
  return rows.map((r) => ({ label: `${shortMonth(String(r.month))} ${String(r.name)}`, unit: String(r.unit ?? ''), before: r.before === null || r.before === undefined ? '—' : plain(String(r.before)), after: plain(String(r.after)) }))
}

// ---- evidence and files ----------------------------------------------------------------------------------------------
export type Evidence = Schemas['EvidenceAnswer']
export const evidenceOf = (month: string) => answer(client.GET('/api/v1/evidence', { params: { query: { month } } })).then((a) => a.items)
export const addEvidence = (file: File, where: { month?: string; item?: string; kind: string }) =>
  uploadFile<Evidence>('/api/v1/evidence', file, { kind: where.kind, ...(where.month ? { month: where.month } : {}), ...(where.item ? { item_id: where.item } : {}) }, newKey())
export const openEvidence = (e: Evidence) => downloadFile(`/api/v1/evidence/${e.id}`, e.name)
export const dropEvidence = (evidence_id: string) => answer(client.DELETE('/api/v1/evidence/{evidence_id}', { params: { path: { evidence_id } } }))
export const downloadSheet = (month: string) => downloadFile(`${F}/months/${month}/sheet.xlsx`, `能耗填报-${month}.xlsx`)
export const exportYear = (year: number) => downloadFile(`${F}/year/${year}/export.xlsx`, `能耗填报-${year}.xlsx`)

export interface SheetTrial { rows: number; errors: { path: string; message: string }[]; changes: Conflict[] }
export async function uploadSheet(month: string, file: File, dry: boolean): Promise<SheetTrial> {
  const a = await uploadFile<Schemas['SheetAnswer']>(`${F}/months/${month}/sheet?dry_run=${dry}`, file, {}, dry ? undefined : newKey())
  return { rows: a.rows, errors: a.errors, changes: a.changes.map((c) => ({ label: c.name, unit: c.unit, before: plain(c.before), after: plain(c.after) })) }
}

// ---- template ----------------------------------------------------------------------------------------------------
export interface Carrier { code: string; name: string; example: string; units: string[]; uses: { code: string; name: string }[]; common: boolean; family: string }
const examples: Record<string, string> = { electricity: '生产、办公用电', natural_gas: '锅炉、窑炉、食堂用气', diesel: '叉车、发电机', gasoline: '公务车', heat: '园区供热、外购蒸汽', lpg: '食堂、切割', bituminous: '锅炉', raw_coal: '锅炉', lng: '锅炉、车辆', anthracite: '锅炉', steam_low: '园区供汽', biomass: '生物质锅炉' }
const usual = new Set(['electricity', 'natural_gas', 'diesel', 'gasoline', 'heat', 'lpg', 'raw_coal', 'lng'])
export const carriers = () => answer(client.GET('/api/v1/energies')).then((a) => a.items.map((c): Carrier => ({
  code: c.code, name: c.name, example: examples[c.code] ?? '', common: usual.has(c.code), family: c.family, units: [c.unit, ...c.units.filter((u) => u !== c.unit)], uses: c.uses,
})))
export interface TemplateItem { id: string | null; carrier: string; name: string; use: string; unit: string; account_id: string | null; place: string; lastMonth: string | null; boundary: string; decimals: number }
export interface Template { version: number; firstMonth: string | null; items: TemplateItem[] }
const templateOf = (t: Schemas['TemplateAnswer']): Template => ({ version: t.version, firstMonth: t.first_month, items: t.items.map((i) => ({ id: i.id, carrier: i.carrier, name: i.name, use: i.use, unit: i.unit, account_id: i.account_id, place: i.place, lastMonth: i.last_month, boundary: i.boundary_item, decimals: i.decimals })) })
export const template = (month: string) => answer(client.GET('/api/v1/filing/template', { params: { query: { month } } })).then(templateOf)
export const saveTemplate = (t: { first_month: string; version: number; items: TemplateItem[] }, key: string) =>
  answer(client.PUT('/api/v1/filing/template', { params: { header: once(key) }, body: { first_month: t.first_month, version: t.version, items: t.items.map((i) => ({ id: i.id, carrier: i.carrier, use: i.use, unit: i.unit, account_id: i.account_id, place: i.place.trim(), boundary_item: i.boundary, decimals: i.decimals, last_month: i.lastMonth })) } })).then(templateOf)

// ---- history -----------------------------------------------------------------------------------------------------
export type HistoryRow = Schemas['VersionAnswer']
export const history = (page: number, year?: number) => answer(client.GET('/api/v1/filing/history', { params: { query: { page, page_size: 24, year } } }))
export const versions = (month: string) => answer(client.GET('/api/v1/filing/months/{month}/versions', { params: { path: { month } } })).then((a) => a.items)
export const versionDiff = (month: string, version: number) =>
  answer(client.GET('/api/v1/filing/months/{month}/versions/{version}/diff', { params: { path: { month, version } } })).then((a) => a.items.map((d): Conflict => ({ label: d.name, unit: d.unit, before: plain(d.before), after: plain(d.after) })))
export const withdraw = (month: string, version: number, reason: string, key: string) => answer(client.POST('/api/v1/filing/months/{month}/withdraw', { params: { path: { month }, header: once(key) }, body: { version, reason } }))

// ---- electricity accounts ----------------------------------------------------------------------------------------
export type ElectricityAccount = Schemas['ElectricityAnswer']
export type ElectricityForm = Omit<ElectricityAccount, 'id' | 'version'>
export const electricityAccounts = () => answer(client.GET('/api/v1/filing/electricity-accounts')).then((a) => a.items)
export const addElectricityAccount = (f: ElectricityForm, key: string) =>
  answer(client.POST('/api/v1/filing/electricity-accounts', { params: { header: once(key) }, body: { account_no: f.account_no, supplier: f.supplier, site: f.site, multiplier: f.multiplier, share: f.share } }))
export const changeElectricityAccount = (a: ElectricityAccount) =>
  answer(client.PUT('/api/v1/filing/electricity-accounts/{account_id}', { params: { path: { account_id: a.id } }, body: { version: a.version, supplier: a.supplier, site: a.site, multiplier: a.multiplier, share: a.share, active: a.active } }))

// ---- operating data ----------------------------------------------------------------------------------------------
export interface Operating { output: string; valueAdded: string; tax: string; staff: string; version: number; warnings: string[]; at: string | null; locks: string[] }
export type OperatingEntry = Pick<Operating, 'output' | 'valueAdded' | 'tax' | 'staff' | 'version'>
export type OperatingTrial = Schemas['OperatingTrial']
export type OperatingVersion = Schemas['OperatingVersion']
const operatingOf = (o?: Schemas['OperatingAnswer'], locks: string[] = []): Operating => ({ output: short(o?.output_value ?? ''), valueAdded: short(o?.value_added ?? ''), tax: short(o?.tax ?? ''), staff: o?.staff_avg === null || o?.staff_avg === undefined ? '' : String(o.staff_avg), version: o?.version ?? 0, warnings: o?.warnings ?? [], at: o?.saved_at ?? null, locks })
const amounts = (o: OperatingEntry) => ({ output_value: o.output, value_added: o.valueAdded, tax: o.tax, staff_avg: o.staff ? Number(o.staff) : null })
export const operating = (year: number) => answer(client.GET('/api/v1/operating/{year}', { params: { path: { year } } })).then((a) => operatingOf(a.items.find((i) => i.period === String(year)), a.locks))
/** `reason` makes it a restatement when a certificate or a rated report stands on the year (GN12). */
export const saveOperating = (year: number, o: OperatingEntry & { reason?: string }, key: string) =>
  answer(client.PUT('/api/v1/operating/{year}', { params: { path: { year }, header: once(key) }, body: { version: o.version, ...amounts(o), reason: o.reason ?? '' } })).then((a) => operatingOf(a))
export const tryOperating = (year: number, o: OperatingEntry) => answer(client.POST('/api/v1/operating/{year}/preview', { params: { path: { year } }, body: amounts(o) }))
export const operatingVersions = (year: number) => answer(client.GET('/api/v1/operating/{year}/versions', { params: { path: { year } } })).then((a) => a.items)
const shownOf = (v: string | null) => (v === null ? '—' : plain(v))
/** Rows for the table of differences: amounts as they are printed, the change with its percent. */
export const diffOf = (changes: OperatingTrial['changes']) => changes.map((c) => ({ label: c.name, unit: c.unit, before: shownOf(c.before), after: shownOf(c.after), delta: gapOf(c) }))
const signed = (v: string, text: string) => (v.startsWith('-') ? text : `+${text}`)
function gapOf(c: OperatingTrial['changes'][number]): string {
  if (c.difference === null) return c.before === c.after ? '无变化' : '—'
  if (Number(c.difference) === 0) return '无变化'
  return signed(c.difference, plain(c.difference)) + (c.pct === null ? '' : `（${signed(c.pct, percent(c.pct))}）`)
}
export interface Comprehensive { equivalent: string; equal: string; source: string; reason: string; version: number; computed: string | null; difference: string | null; needsReason: boolean }
const comprehensiveOf = (c: Schemas['ComprehensiveAnswer']): Comprehensive => ({ equivalent: short(c.tce_equivalent ?? ''), equal: short(c.tce_equal_value ?? ''), source: c.source, reason: c.reason, version: c.version, computed: c.computed, difference: c.difference_pct, needsReason: c.needs_reason })
export const comprehensive = (year: number) => answer(client.GET('/api/v1/comprehensive-energy/{year}', { params: { path: { year } } })).then(comprehensiveOf)
export const saveComprehensive = (year: number, c: { equivalent: string; equal: string; source: string; reason: string; version: number }, key: string) =>
  answer(client.PUT('/api/v1/comprehensive-energy/{year}', { params: { path: { year }, header: once(key) }, body: { version: c.version, tce_equivalent: c.equivalent, tce_equal_value: c.equal || null, source: c.source, reason: c.reason } })).then(comprehensiveOf)

// ---- months worked (GN7) -----------------------------------------------------------------------------------------
export type PartYear = Schemas['PartYearAnswer']
export const partYear = (year: number) => answer(client.GET('/api/v1/operating/{year}/months', { params: { path: { year } } }))
export const declarePartYear = (year: number, body: Schemas['PartYearBody']) => answer(client.PUT('/api/v1/operating/{year}/months', { params: { path: { year } }, body }))

// ---- parameters (FD11) -------------------------------------------------------------------------------------------
export const parameterKinds: Record<string, string> = { ncv: '低位发热量', carbon_content: '单位热值含碳量', oxidation_rate: '碳氧化率', factor: '排放因子', tce: '折标系数' }
export type Parameter = Schemas['ParameterAnswer']
export type ParameterForm = Schemas['ParameterBody']
export const parameters = () => answer(client.GET('/api/v1/parameters')).then((a) => a.items)
export const addParameter = (body: ParameterForm, key: string) => answer(client.POST('/api/v1/parameters', { body, params: { header: once(key) } }))
