/** The operator's desk as the screens read it. */
import type { components } from '@/generated/schema'
import { answer, call, client, downloadFile, once, uploadFile } from './client'

type Schemas = components['schemas']

export type Organisation = Schemas['Listed']
export type Desk = Schemas['Detail']
export type Dispute = Schemas['Dispute']
export const organisations = (query: { state: string; kind: string; q: string; page: number }) => answer(client.GET('/api/v1/ops/organisations', { params: { query: { ...query, page_size: 20 } } }))
export const organisation = (organisation_id: string) => answer(client.GET('/api/v1/ops/organisations/{organisation_id}', { params: { path: { organisation_id } } }))
type Verdict = 'approve' | 'return' | 'reject' | 'suspend' | 'resume'
export const decide = (o: Desk, verdict: Verdict, reason: string, key: string) =>
  answer(client.POST(`/api/v1/ops/organisations/{organisation_id}/${verdict}`, { params: { path: { organisation_id: o.id }, header: once(key) }, body: { version: o.version, reason } }))
export const create = (body: Schemas['OrganisationBody']) => answer(client.POST('/api/v1/ops/organisations', { body }))
export const licencePath = (id: string) => `/api/v1/ops/organisations/${id}/licence`
export const disputes = () => answer(client.GET('/api/v1/ops/disputes', { params: { query: { state: 'open', page_size: 50 } } })).then((a) => a.items)
export const closeDispute = (d: Dispute, outcome: 'kept' | 'released', reason: string, key: string) =>
  answer(client.POST('/api/v1/ops/disputes/{dispute_id}/close', { params: { path: { dispute_id: d.id }, header: once(key) }, body: { outcome, version: d.version, reason } }))
export type Operator = Schemas['Member']
export const operators = () => answer(client.GET('/api/v1/ops/users')).then((a) => a.items)
export const addOperator = (body: Schemas['UserBody']) => answer(client.POST('/api/v1/ops/users', { body }))
export const changeOperator = (m: Operator, roles: string[], status: 'active' | 'ended', key: string) =>
  answer(client.PUT('/api/v1/ops/users/{member_id}', { params: { path: { member_id: m.id }, header: once(key) }, body: { roles, status, version: m.version } }))

/** The locks of one account, found by its whole name. */
export type Account = Schemas['AccountAnswer']
const of = (account_id: string) => ({ params: { path: { account_id } } })
export const account = (login_name: string) => answer(client.GET('/api/v1/ops/accounts', { params: { query: { login_name } } }))
export const resetPassword = (id: string) => answer(client.POST('/api/v1/ops/accounts/{account_id}/reset-password', of(id)))
export const dropFactor = (id: string) => answer(client.POST('/api/v1/ops/accounts/{account_id}/drop-second-factor', of(id)))
export const accountStatus = (id: string, status: string) => answer(client.PUT('/api/v1/ops/accounts/{account_id}/status', { ...of(id), body: { status } }))
export const endSessions = (id: string) => answer(client.POST('/api/v1/ops/accounts/{account_id}/end-sessions', of(id)))

export type ParameterRequest = Schemas['ParameterAnswer']
export const parameterRequests = (state: string) => answer(client.GET('/api/v1/ops/parameter-requests', { params: { query: { state: state || null } } })).then((a) => a.items)
export const decideParameter = (r: ParameterRequest, verdict: 'approve' | 'reject', decision: string, key: string) =>
  answer(client.POST(`/api/v1/ops/parameter-requests/{request_id}/${verdict}`, { params: { path: { request_id: r.id }, header: once(key) }, body: { version: r.version, decision } }))
/** The test report behind a request. */
export const parameterReport = (r: ParameterRequest) => downloadFile(`/api/v1/ops/parameter-requests/${r.id}/report`)

export type Benchmark = Schemas['BenchmarkRow']
export const benchmarks = (page: number, state: '' | 'draft' | 'published' | 'rejected') => answer(client.GET('/api/v1/ops/benchmarks', { params: { query: { page, page_size: 50, state } } }))
export const proposeBenchmark = (body: Schemas['ProposeBenchmark'], key: string) => answer(client.POST('/api/v1/ops/benchmarks', { body, params: { header: once(key) } }))
export const decideBenchmark = (id: string, publish: boolean, note: string, key: string) => answer(client.POST('/api/v1/ops/benchmarks/{id}/publish', { body: { publish, note }, params: { path: { id }, header: once(key) } }))

export type CertificateRow = Schemas['IndexedCertificate']
export type Action = 'suspend' | 'resume' | 'revoke'
export const certificates = (q: string, page: number) => answer(client.GET('/api/v1/ops/certificates', { params: { query: { q, page, page_size: 20 } } }))
export const propose = (id: string, action: Action, reason: string, key: string) => answer(client.POST('/api/v1/ops/certificates/{id}/propose', { body: { action, reason }, params: { path: { id }, header: once(key) } }))
export const decideAction = (id: string, action_id: string, verdict: 'approve' | 'reject', note: string, key: string) =>
  answer(client.POST(`/api/v1/ops/certificates/{id}/actions/{action_id}/${verdict}`, { body: { note }, params: { path: { id, action_id }, header: once(key) } }))

export type AuditLine = Schemas['AuditLine']
export interface AuditQuery { from?: string; to?: string; organisation?: string; actor?: string; action?: string; result?: string; request_id?: string; page: number; page_size: number }
const start = (day?: string) => (day ? `${day}T00:00:00+08:00` : undefined)
export const audit = (q: AuditQuery) => answer(client.GET('/api/v1/ops/audit', { params: { query: { ...q, from: start(q.from), to: q.to ? `${q.to}T23:59:59.999+08:00` : undefined } } }))
export const verifyAudit = () => answer(client.POST('/api/v1/ops/audit/verify'))

// ---- working days ----------------------------------------------------------------------------------------------------
/** `holiday`: of which holiday it is a part or a make-up day; `overridden`: the operator's word stands above the calendar. */
export interface WorkDay { date: string; working: boolean; holiday: string; by_calendar: boolean; overridden: boolean; note: string }
export interface WorkYear { year: number; known: boolean; source: string; working_days: number; days: WorkDay[] }
export const workDays = (year: number) => call<WorkYear>('GET', '/api/v1/ops/work-days', { query: { year } })
/** The year's days were entered from the notice: deadlines are final. */
export const confirmWorkYear = (year: number, key: string) => call('POST', `/api/v1/ops/work-days/${year}/confirm`, { body: {}, key })
/** `working` null: back to the calendar. */
export const setWorkDay = (date: string, body: { working: boolean | null; note: string }) => call('PUT', `/api/v1/ops/work-days/${date}`, { body })

// ---- register of enterprises -----------------------------------------------------------------------------------------
/** `masked`: the source had a masked number of the representative, matched by hand; `old_key`: load the register again. */
export interface RegistryRow { id: string; uscc: string; name: string; state: string; source: string; legal_name_masked: string; masked: boolean; old_key: boolean; legal_changed_at: string | null; imported_at: string; organisation_id: string | null }
export interface RegistryTask { id: string; kind: string; uscc: string; firm: string; claimant_masked: string; text: string; claims: number; at: string; version: number }
/** Rows with errors are left out. `representatives`: firms whose legal representative is another one now. */
export interface RegistryTrial { rows: number; added: number; changed: number; unchanged: number; masked: number; representatives: number; errors: { path: string; message: string }[] }
export const registry = (query: { q: string; state: string; page: number }) => call<{ items: RegistryRow[]; total: number }>('GET', '/api/v1/ops/registry', { query: { ...query, page_size: 20 } })
export const registryTasks = () => call<{ items: RegistryTask[]; total: number }>('GET', '/api/v1/ops/registry/tasks', { query: { page_size: 50 } })
export const closeRegistryTask = (t: RegistryTask, outcome: 'confirmed' | 'dismissed', note: string, key: string) =>
  call('POST', `/api/v1/ops/registry/tasks/${t.id}/close`, { body: { outcome, note, version: t.version }, key })
export const importRegistry = (file: File, dry: boolean, key: string) => uploadFile<RegistryTrial>(`/api/v1/ops/registry?dry_run=${dry}`, file, {}, key)
