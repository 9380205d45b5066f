/** The operator's desk as the screens read it. */
import type { components } from '@/generated/schema'
import { answer, call, client, once } from './client'

type Schemas = components['schemas']

const O = '/api/v1/ops'
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
export const operators = () => answer(client.GET('/api/v1/ops/users')).then((a) => a.items)
export const addOperator = (body: Schemas['UserBody']) => answer(client.POST('/api/v1/ops/users', { body }))

export interface ParameterRequest { id: string; enterprise: string; carrier: string; parameter: string; value: string; usual: string | null; unit: string; from: string; to: string; basis: string; reason: string; state: string; at: string; version: number; evidence: string | null }
export const parameterRequests = () => call<{ items: ParameterRequest[] }>('GET', `${O}/parameter-requests`).then((a) => a.items)
export const decideParameter = (r: ParameterRequest, verdict: 'approve' | 'reject', reason: string, key: string) => call<void>('POST', `${O}/parameter-requests/${r.id}/${verdict}`, { body: { reason, version: r.version }, key })

export interface Benchmark { id: string; region: string; regionName: string; industry: string; industryName: string; period: string; basis: string; value: string; n: number | null; largest: string | null; origin: string; source: string; state: string; proposedBy: string; mine: boolean }
export interface NewBenchmark { region: string; industry: string; period: string; value: string; source: string; source_url: string }
export const benchmarks = (page = 1) => call<{ items: Benchmark[]; total: number }>('GET', `${O}/benchmarks`, { query: { page, page_size: 50 } })
export const proposeBenchmark = (b: NewBenchmark, key: string) => call<Benchmark>('POST', `${O}/benchmarks`, { body: b, key })
export const publishBenchmark = (id: string, key: string) => call<Benchmark>('POST', `${O}/benchmarks/${id}/publish`, { body: {}, key })

export interface CertificateRow { id: string; number: string; code: string; enterprise: string; year: string; level: number; letter: string; state: string; validUntil: string; actions: { id: string; action: string; reason: string; state: string; by: string; at: string; mine: boolean }[] }
export const certificates = (q: string, page = 1) => call<{ items: CertificateRow[]; total: number }>('GET', `${O}/certificates`, { query: { q, page, page_size: 20 } })
export const propose = (id: string, action: string, reason: string, key: string) => call<void>('POST', `${O}/certificates/${id}/propose`, { body: { action, reason }, key })
export const decideAction = (id: string, actionId: string, verdict: 'approve' | 'reject', key: string) => call<void>('POST', `${O}/certificates/${id}/actions/${actionId}/${verdict}`, { body: {}, key })

export type AuditLine = Schemas['AuditLine']
export interface AuditQuery { from?: string; to?: string; organisation?: string; actor?: string; action?: string; result?: string; request_id?: string; page: number; page_size: number }
const start = (day?: string) => (day ? `${day}T00:00:00+08:00` : undefined)
export const audit = (q: AuditQuery) => answer(client.GET('/api/v1/ops/audit', { params: { query: { ...q, from: start(q.from), to: q.to ? `${q.to}T23:59:59.999+08:00` : undefined } } }))
export const verifyAudit = () => answer(client.POST('/api/v1/ops/audit/verify'))

export type Job = Schemas['JobLine']
export const jobs = (state: string, page = 1) => answer(client.GET('/api/v1/ops/jobs', { params: { query: { state, page, page_size: 50 } } }))
export const retryJob = (id: string, key: string) => answer(client.POST('/api/v1/ops/jobs/{id}/retry', { params: { path: { id }, header: once(key) } }))
