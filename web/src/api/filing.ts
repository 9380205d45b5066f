/** Filing as the screens read it; the wire's shapes end in this file. */
import type { Column } from '@/components/StackedColumns.vue'
import type { StripMonth } from '@/components/TxMonthStrip.vue'
import type { DraftDoor } from '@/pages/filing/year'
import { call, downloadFile, newKey, uploadFile } from './client'
import type { Problem } from './problem'
import type { Trace } from './shapes'

const F = '/api/v1/filing'

export interface Item { id: string; carrier: string; name: string; use: string; group: 'direct' | 'indirect' | 'process'; unit: string; account: string | null; place: string | null; firstMonth: string; lastMonth: string | null }
export interface Month {
  month: string; state: string; version: number; draftVersion: number; savedAt: string | null; savedBy: string | null
  co2: string | null; tce: string | null; locked: boolean; estimated: boolean
}
export interface Value { item: string; month: string; submitted: string | null; draft: string | null; co2: string | null; tce: string | null; lastYear: string | null; mean3: string | null; reason: string | null; trace: Trace | null }
export interface Process { name: string; co2: string; note: string }
export interface Green { mwh: string; numbers: string[] }
export interface Year { year: number; years: number[]; items: Item[]; months: Month[]; values: Value[]; process: Record<string, Process[]>; green: Record<string, Green | null> }

export interface DraftBody { values: { item_id: string; amount: string | null }[]; process: Process[]; green: Green | null; reasons: Record<string, string> }
export interface OtherDraft { version: number; savedAt: string | null; savedBy: string | null; body: DraftBody }

export interface FilingMonth { month: string; lines: { item_id: string; amount: string }[]; process: Process[]; green: Green | null }
export interface FilingBody { from: string; to: string; mode: 'each' | 'sum'; months: FilingMonth[] }
export interface PreviewLine { item: string; month: string; name: string; amount: string; unit: string; co2: string | null; tce: string | null; trace: Trace | null }
export interface Question { id: string; month: string; item: string | null; code: string; message: string; reason: string }
export interface Preview { fingerprint: string; lines: PreviewLine[]; totals: { month: string; co2: string; tce: string }[]; co2: string; tce: string; tceEqual: string | null; questions: Question[] }
export interface Submitted { months: { month: string; version: number; co2: string; tce: string }[]; co2: string; tce: string }

export const evidence = (month: string, item: string, file: File) => uploadFile<{ id: string; name: string }>(`/api/v1/evidence`, file, { month, item_id: item })
export const downloadSheet = (month: string) => downloadFile(`${F}/months/${month}/sheet.xlsx`, `能耗填报-${month}.xlsx`)
export const exportYear = (year: number) => downloadFile(`${F}/year/${year}/export.xlsx`, `能耗填报-${year}.xlsx`)

export const preview = (body: FilingBody) => call<Preview>('POST', `${F}/preview`, { body })
export interface Answer { id: string; month: string; item: string | null; code: string; reason: string }
export const submit = (body: FilingBody, fingerprint: string, replace: boolean, answers: Answer[], key: string) => call<Submitted>('POST', `${F}/submit`, { body: { ...body, fingerprint, replace, answers }, key })

export interface Conflict { label: string; before: string; after: string; unit?: string }
export function conflictsOf(_p: Problem, _items: Item[]): Conflict[] { return [] }

export interface SheetTrial { rows: number; errors: { row: number; column: string; message: string }[]; changes: Conflict[] }
export async function uploadSheet(month: string, file: File, dry: boolean, _items: Record<string, Item>): Promise<SheetTrial> {
  return uploadFile<SheetTrial>(`${F}/months/${month}/sheet?dry_run=${dry}`, file, {}, dry ? undefined : newKey())
}

export const door: DraftDoor = {
  year: (year) => call<Year>('GET', `${F}/year/${year}`),
  saveDraft: (month, version, body) => call<{ version: number; savedAt: string }>('PUT', `${F}/drafts/${month}`, { body: { version, ...body } }),
  otherDraft: () => null,
}

// ---- template ----------------------------------------------------------------------------------------------------
export interface Carrier { code: string; name: string; example: string; units: string[]; uses: { code: string; name: string }[]; common: boolean; family: string }
export interface TemplateItem { id?: string; carrier: string; name: string; use: string; unit: string; account_id: string | null; place: string; lastMonth: string | null }
export interface Template { version: number; firstMonth: string | null; items: TemplateItem[] }
export const carriers = () => call<{ items: Carrier[] }>('GET', '/api/v1/energies').then((a) => a.items)
export const template = (month: string) => call<Template>('GET', `${F}/template`, { query: { month } })
export const saveTemplate = (body: { first_month: string; version: number; items: TemplateItem[] }, key: string) => call<Template>('PUT', `${F}/template`, { body, key })

// ---- history -----------------------------------------------------------------------------------------------------
export interface HistoryRow { month: string; version: number; state: string; co2: string; tce: string; at: string; by: string; reason: string | null }
export const history = (page: number) => call<{ items: HistoryRow[]; total: number }>('GET', `${F}/history`, { query: { page, page_size: 24 } })
export const versions = (month: string) => call<{ items: HistoryRow[] }>('GET', `${F}/months/${month}/versions`).then((a) => a.items)
export const versionDiff = (month: string, v: number) => call<{ items: Conflict[] }>('GET', `${F}/months/${month}/versions/${v}/diff`).then((a) => a.items)
export const withdraw = (month: string, version: number, reason: string, key: string) => call<void>('POST', `${F}/months/${month}/withdraw`, { body: { version, reason }, key })

// ---- electricity accounts ----------------------------------------------------------------------------------------
export interface ElectricityAccount { id: string; account_no: string; supplier: string; site: string; multiplier: string; share: string; active: boolean; version: number }
export type ElectricityForm = Omit<ElectricityAccount, 'id' | 'version'>
export const electricityAccounts = () => call<{ items: ElectricityAccount[] }>('GET', `${F}/electricity-accounts`).then((a) => a.items)
export const addElectricityAccount = (body: ElectricityForm, key: string) => call<ElectricityAccount>('POST', `${F}/electricity-accounts`, { body, key })
export const changeElectricityAccount = (a: ElectricityAccount) => call<ElectricityAccount>('PUT', `${F}/electricity-accounts/${a.id}`, { body: a })

// ---- operating data ----------------------------------------------------------------------------------------------
export interface Operating { output: string; valueAdded: string; tax: string; staff: string; version: number; warnings: string[]; at: string | null }
export const operating = (year: number) => call<Operating>('GET', `/api/v1/operating/${year}`)
export const saveOperating = (year: number, body: Omit<Operating, 'warnings' | 'at'>, key: string) => call<Operating>('PUT', `/api/v1/operating/${year}`, { body, key })
export interface Comprehensive { equivalent: string; equal: string; source: string; reason: string; version: number; computed: string | null; difference: string | null; needsReason: boolean }
export const comprehensive = (year: number) => call<Comprehensive>('GET', `/api/v1/comprehensive-energy/${year}`)
export const saveComprehensive = (year: number, body: { equivalent: string; equal: string; source: string; reason: string; version: number }, key: string) => call<Comprehensive>('PUT', `/api/v1/comprehensive-energy/${year}`, { body, key })

// ---- parameters (FD11) -------------------------------------------------------------------------------------------
export interface Parameter { id: string; carrier: string; carrierName: string; parameter: string; value: string; unit: string; validFrom: string; validTo: string; basis: string; state: string; reason: string; decision: string; usual: string | null }
export interface ParameterForm { carrier: string; parameter: string; value: string; unit: string; validFrom: string; validTo: string; basis: string; reason: string; evidence_id: string | null }
export const parameterKinds: Record<string, string> = { ncv: '低位发热量', carbon_content: '单位热值含碳量', oxidation_rate: '碳氧化率', factor: '排放因子', standard_coal: '折标系数' }
export const parameters = () => call<{ items: Parameter[] }>('GET', '/api/v1/parameters').then((a) => a.items)
export const addParameter = (f: ParameterForm, key: string) => call<Parameter>('POST', '/api/v1/parameters', { body: f, key })

// ---- enterprise home ---------------------------------------------------------------------------------------------
export interface Home {
  duty: { month: string; due: string | null; filled: number; total: number; savedAt: string | null; savedBy: string | null } | null
  todos: { text: string; detail: string; link: string; action: string; icon: 'warn' | 'form' | 'report' }[]
  start: { done: boolean; title: string; link: string }[] | null
  columns: Column[]
  figures: { label: string; value: string | null; unit: string; places: number; change?: string | null; reason?: string }[]
  calendar: { year: number; months: StripMonth[] }[]
  grade: { year: number; level: number | null; k: string | null; basis: string; percentile: string | null; distance: string | null; nextLetter: string | null; reason: string } | null
  papers: { title: string; detail: string; state: string; tone: string; link: string; icon: 'report' | 'code' }[]
}
export const home = () => call<Home>('GET', '/api/v1/dashboard')
