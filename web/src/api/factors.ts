/** Factor and parameter versions on the operator's desk (S20). */
import type { components } from '@/generated/schema'
import { call } from './client'

type Schemas = components['schemas']
export type FactorSet = Schemas['FactorSet']
export type ShelfRow = Schemas['ShelfRow']
export type ParameterVersion = Schemas['ParameterVersion']
export type Draft = Schemas['FactorDraft']
export type DraftLine = Schemas['DraftLine']
export type DraftRow = Schemas['DraftRow']
export type Impact = Schemas['FactorImpact']
/** One row as its author writes it. */
export interface NewRow {
  base_code: string; value: unknown; source: string; act: 'version' | 'confirm'; base_from: string | null; valid_from: string | null; valid_to: string | null
  factor_year: number | null; region_code: string | null; source_url: string; confidence: string; note: string
}
interface Page<T> { items: T[]; total: number; page: number; page_size: number }

export const sets = () => call<{ items: FactorSet[] }>('GET', '/api/v1/ops/factor-sets').then((a) => a.items)
export const rows = (query: { set: string; q: string; unverified: boolean; page: number }) => call<Page<ShelfRow>>('GET', '/api/v1/ops/factors', { query: { ...query, page_size: 50 } })
export const parameters = () => call<{ items: ParameterVersion[] }>('GET', '/api/v1/ops/parameters-table').then((a) => a.items)
export const drafts = (state: string, page: number) => call<Page<DraftLine>>('GET', '/api/v1/ops/factor-drafts', { query: { state, page, page_size: 20 } })
export const draft = (id: string) => call<Draft>('GET', `/api/v1/ops/factor-drafts/${id}`)
export const impact = (id: string) => call<Impact>('GET', `/api/v1/ops/factor-drafts/${id}/impact`)
export const make = (body: { kind: 'factor' | 'parameter'; title: string; rows: NewRow[] }, key: string) => call<Draft>('POST', '/api/v1/ops/factor-drafts', { body, key })
export const edit = (d: Draft, title: string, list: NewRow[], key: string) => call<Draft>('PUT', `/api/v1/ops/factor-drafts/${d.draft.id}`, { body: { version: d.draft.version, title, rows: list }, key })
export const move = (d: Draft, to: 'review' | 'withdraw' | 'publish', key: string) => call<Draft>('POST', `/api/v1/ops/factor-drafts/${d.draft.id}/${to}`, { body: { version: d.draft.version }, key })
export const giveBack = (d: Draft, reason: string, key: string) => call<Draft>('POST', `/api/v1/ops/factor-drafts/${d.draft.id}/return`, { body: { version: d.draft.version, reason }, key })
export const confirmSource = (d: Draft, position: number, body: { confidence: string; source: string; source_url: string }, key: string) =>
  call<Draft>('POST', `/api/v1/ops/factor-drafts/${d.draft.id}/rows/${position}/confirm`, { body: { version: d.draft.version, ...body }, key })

/** A row of a draft as it would be written again. */
export const written = (r: DraftRow): NewRow => ({
  base_code: r.base_code, value: r.value, source: r.source, act: r.act as NewRow['act'], base_from: r.base_from ?? null, valid_from: r.act === 'version' ? r.valid_from ?? null : null,
  valid_to: r.valid_to ?? null, factor_year: r.factor_year ?? null, region_code: r.region_code || null, source_url: r.source_url, confidence: r.confidence, note: r.note,
})
/** Values of factors are decimal texts, of parameters JSON. */
export const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
export const confidences: Record<string, [string, string]> = { 'verified-2-sources': ['两处来源一致', 'ok'], 'one-source': ['一处来源', 'info'], unverified: ['未核实', 'warn'] }
/** What parameters carry besides: chosen by the platform, read in the whole text, a draft for comment. */
export const said = (confidence: string): string => confidences[confidence]?.[0] ?? ({ 'product-choice': '平台规定', 'read-in-full': '全文核对', seed: '用户手册', draft: '征求意见稿' } as Record<string, string>)[confidence] ?? (confidence.startsWith('one-source') ? '一处来源' : confidence)
/** Sources that the program itself brought are named in its own words. */
export const origin = (source: string): string => (source === 'product choice' ? '平台规定' : source.startsWith('seed ') ? '用户手册' : source)
const units: Record<string, string> = { 'working days': '工作日', days: '天', months: '月', years: '年', enterprises: '家', ratio: '比值', x: '倍', 'day of month': '日' }
export const unit = (u: string): string => units[u] ?? u
export const draftStates: Record<string, [string, string]> = { draft: ['起草中', 'info'], review: ['待复核', 'warn'], published: ['已发布', 'ok'], withdrawn: ['已作废', ''] }
