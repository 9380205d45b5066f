/** The machinery: state of the system, outbox, jobs. */
import type { components } from '@/generated/schema'
import { call } from './client'

type Schemas = components['schemas']
export type SystemState = Schemas['SystemState']
export type Outbox = Schemas['Outbox']
export type Job = Schemas['JobLine']
export interface JobFilter { state: string; kind: string; organisation: string; object: string; from: string; page: number }
export const system = () => call<SystemState>('GET', '/api/v1/ops/system')
export const outbox = (days: number) => call<Outbox>('GET', '/api/v1/ops/outbox', { query: { days } })
export const jobs = (f: JobFilter) => call<{ items: Job[]; total: number; counts: Record<string, number>; kinds: string[] }>('GET', '/api/v1/ops/jobs', { query: { ...f, from: f.from ? `${f.from}T00:00:00+08:00` : '', page_size: 50 } })
export const retryJob = (id: string, key: string) => call<Job>('POST', `/api/v1/ops/jobs/${id}/retry`, { key })
export const retryKind = (kind: string, key: string) => call<{ retried: number }>('POST', '/api/v1/ops/jobs/retry', { body: { kind }, key })
