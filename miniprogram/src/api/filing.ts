/** Filing as the pages read it; the wire's shapes end in this file. */
import { type Green, greenOf, greenWire } from '@/filing/green'
import { type AnswerOf, call, get, newKey, post, put, uploadFile } from './client'
import type { Problem } from './problem'

export type Grid = AnswerOf<'/api/v1/filing/year/{year}', 'get'>
export type Item = Grid['items'][number]
export type Cell = Grid['cells'][number]
export type GridMonth = Grid['months'][number]
export type Template = AnswerOf<'/api/v1/filing/template', 'get'>
export type Account = AnswerOf<'/api/v1/filing/electricity-accounts', 'get'>['items'][number]
export type Energy = AnswerOf<'/api/v1/energies', 'get'>['items'][number]
export type Preview = AnswerOf<'/api/v1/filing/preview', 'post'>
export type PreviewLine = Preview['lines'][number]
export type Question = Preview['questions'][number]
export type Submitted = AnswerOf<'/api/v1/filing/submit', 'post'>
export type Version = AnswerOf<'/api/v1/filing/history', 'get'>['items'][number]
export type Difference = AnswerOf<'/api/v1/filing/months/{month}/versions/{version}/diff', 'get'>['items'][number]
export type Evidence = AnswerOf<'/api/v1/evidence', 'get'>['items'][number]
export type Parameter = AnswerOf<'/api/v1/parameters', 'get'>['items'][number]
export type Operating = AnswerOf<'/api/v1/operating/{year}', 'get'>['items'][number]
export type OperatingTrial = AnswerOf<'/api/v1/operating/{year}/preview', 'post'>
export type Comprehensive = AnswerOf<'/api/v1/comprehensive-energy/{year}', 'get'>

export interface Process { name: string; co2: string; note: string }
/** A month being typed, as the server keeps it (the console writes the same). */
export interface DraftBody { values: { item_id: string; amount: string | null }[]; process: Process[]; green: Green | null; reasons: Record<string, string> }
/** `filed`: the other one did not save a draft but submitted the month, as this version. */
export interface OtherDraft { version: number; savedAt: string | null; savedBy: string; body: DraftBody; filed: number | null }
export interface WireMonth { month: string; lines: { item_id: string; amount: string }[]; process: Process[]; green: ReturnType<typeof greenWire> }
export interface FilingBody { month_from: string; month_to: string; mode: 'each' | 'sum'; months: WireMonth[] }

export const year = (y: number) => call<Grid>('GET', `/api/v1/filing/year/${y}`)
export const saveDraft = (month: string, version: number, body: DraftBody) => call<{ version: number; saved_at: string | null }>('PUT', `/api/v1/filing/drafts/${month}`, { body: { version, body } })
export const preview = (body: FilingBody) => post('/api/v1/filing/preview', { body: body as never })
export const submit = (body: FilingBody & { fingerprint: string | null; replace: boolean; answers: { question_id: string; reason: string }[]; reason?: string }, key: string) => post('/api/v1/filing/submit', { body: body as never, key })
export const withdraw = (month: string, version: number, reason: string) => call('POST', `/api/v1/filing/months/${month}/withdraw`, { body: { version, reason }, key: newKey() })
export const history = (page: number, y?: number) => call<{ items: Version[]; total: number }>('GET', '/api/v1/filing/history', { query: { page, page_size: 20, year: y } })
export const difference = async (month: string, version: number) => (await call<{ items: Difference[] }>('GET', `/api/v1/filing/months/${month}/versions/${version}/diff`)).items

export const energies = async () => (await get('/api/v1/energies')).items
export const template = (month: string) => get('/api/v1/filing/template', { query: { month } as never })
export const saveTemplate = (body: unknown, key: string) => put('/api/v1/filing/template', { body: body as never, key })
export const accounts = async () => (await get('/api/v1/filing/electricity-accounts')).items
export const addAccount = (body: { account_no: string; supplier: string; site: string; multiplier: string | null; share: string | null }) => post('/api/v1/filing/electricity-accounts', { body, key: newKey() })
export const changeAccount = (id: string, body: unknown) => put('/api/v1/filing/electricity-accounts/{account_id}', { path: { account_id: id } as never, body: body as never })

export const evidence = async (month: string) => (await get('/api/v1/evidence', { query: { month } as never })).items
export const addEvidence = (path: string, kind: string, month?: string, item?: string) => uploadFile<Evidence>('/api/v1/evidence', path, { kind, ...(month ? { month } : {}), ...(item ? { item_id: item } : {}) }, { key: newKey() })
export const dropEvidence = (id: string) => call('DELETE', `/api/v1/evidence/${id}`)

export const parameters = async () => (await get('/api/v1/parameters')).items
export const askParameter = (body: unknown) => post('/api/v1/parameters', { body: body as never, key: newKey() })
export const operating = (y: number) => call<{ items: Operating[]; locks: string[] }>('GET', `/api/v1/operating/${y}`)
export const tryOperating = (y: number, body: unknown) => call<OperatingTrial>('POST', `/api/v1/operating/${y}/preview`, { body })
export const saveOperating = (y: number, body: unknown) => call<Operating>('PUT', `/api/v1/operating/${y}`, { body, key: newKey() })
export const comprehensive = (y: number) => call<Comprehensive>('GET', `/api/v1/comprehensive-energy/${y}`)
export const saveComprehensive = (y: number, body: unknown) => call<Comprehensive>('PUT', `/api/v1/comprehensive-energy/${y}`, { body, key: newKey() })

/** A stored draft may be older than this page: what is missing is empty. */
export function draftOf(raw: unknown): DraftBody {
  const b = (raw ?? {}) as Partial<DraftBody>
  return {
    values: Array.isArray(b.values) ? b.values.map((v) => ({ item_id: String(v.item_id), amount: v.amount === null || v.amount === undefined ? null : String(v.amount) })) : [],
    process: Array.isArray(b.process) ? b.process.map((p) => ({ name: String(p.name ?? ''), co2: String(p.co2 ?? ''), note: String(p.note ?? '') })) : [],
    green: greenOf(b.green),
    reasons: b.reasons && typeof b.reasons === 'object' ? Object.fromEntries(Object.entries(b.reasons).map(([k, v]) => [k, String(v)])) : {},
  }
}

/** Two phones on one month: what the other one saved (message 7). */
export function otherOf(p: Problem): OtherDraft | null {
  if (p.code !== 'STALE_DRAFT') return null
  const t = (p.extra.theirs ?? {}) as Record<string, unknown>
  return { version: Number(t.version ?? 0), savedAt: t.saved_at ? String(t.saved_at) : null, savedBy: String(t.saved_by_name ?? ''), body: draftOf(t.body), filed: t.filed_version ? Number(t.filed_version) : null }
}

export interface Conflict { month: string; name: string; unit: string; before: string; after: string }
/** FI5: what is filed beside what would replace it. */
export function conflictsOf(p: Problem): Conflict[] {
  const rows = Array.isArray(p.extra.conflicts) ? (p.extra.conflicts as Record<string, unknown>[]) : []
  return rows.map((r) => ({ month: String(r.month), name: String(r.name), unit: String(r.unit ?? ''), before: r.before === null || r.before === undefined ? '' : String(r.before), after: String(r.after) }))
}
