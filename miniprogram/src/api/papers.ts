/** Grades, reports of every kind and certificates. */
import { type AnswerOf, call, get, post } from './client'
import type { Problem } from './problem'

export type Grade = AnswerOf<'/api/v1/grading/{year}', 'get'>
export type Report = AnswerOf<'/api/v1/reports', 'get'>['items'][number]
export type Certificate = AnswerOf<'/api/v1/certificates', 'get'>['items'][number]
export type Kind = 'grade' | 'water' | 'reduction'
export interface Missing { month: string; item_id: string; item: string }

export const grade = (year: number) => get('/api/v1/grading/{year}', { path: { year: String(year) } as never })
export const reports = async () => (await call<{ items: Report[] }>('GET', '/api/v1/reports', { query: { page_size: 100 } })).items
export const report = (id: string) => call<Report>('GET', `/api/v1/reports/${id}`)
export const makeReport = (year: number, key: string, kind: Kind = 'grade') => post('/api/v1/reports', { body: { kind, year }, key })
export const certificates = async () => (await get('/api/v1/certificates')).items
export const issue = (year: number, key: string) => post('/api/v1/certificates', { body: { year, show_amounts: false }, key })

/** The gaps a refusal names, as rows with a month to jump to. */
export function missingOf(p: Problem): Missing[] {
  const rows = Array.isArray(p.extra.missing) ? (p.extra.missing as Record<string, unknown>[]) : []
  return rows.map((r) => ({ month: String(r.month ?? ''), item_id: String(r.item_id ?? ''), item: String(r.item ?? r.name ?? '') }))
}
