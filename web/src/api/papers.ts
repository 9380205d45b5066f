/** Grades, reports and certificates as the screens read them. */
import { call } from './client'
import type { Problem } from './problem'

export interface GradeStep { label: string; text: string; value: string; failed: boolean }
export interface Missing { month: string; item_id: string; item: string }
export interface Grade { year: number; graded: boolean; reason: string; reasonText: string; missing: Missing[]; level: number | null; letter: string | null; k: string | null; l: string | null; percentile: string | null; distance: string | null; basis: string; steps: GradeStep[]; benchmark: string; emission: string | null; tce: string | null }
export interface Report { id: string; year: number; title: string; number: string; label: string; state: string; version: number; snapshot: string; pages: number; createdAt: string; level: number | null; warnings: string[]; stale: boolean; dataVersion: string; problem: string }
export interface Certificate { id: string; number: string; code: string; url: string; year: number; level: number; letter: string; k: string; l: string; n: string; state: string; issuedAt: string; validUntil: string; basis: string; benchmark: string; reason: string | null }

export const grade = (year: number) => call<Grade>('GET', `/api/v1/grading/${year}`)
export const reports = () => call<{ items: Report[] }>('GET', '/api/v1/reports').then((a) => a.items)
export const report = (id: string) => call<Report>('GET', `/api/v1/reports/${id}`)
export const makeReport = (year: number, key: string) => call<Report>('POST', '/api/v1/reports', { body: { kind: 'grade', year }, key })
export const pagePath = (id: string, n: number) => `/api/v1/reports/${id}/pages/${n}.png`
export const pdfPath = (id: string) => `/api/v1/reports/${id}/report.pdf`
export const certificates = () => call<{ items: Certificate[] }>('GET', '/api/v1/certificates').then((a) => a.items)
export const issue = (year: number, showAmounts: boolean, key: string) => call<Certificate>('POST', '/api/v1/certificates', { body: { year, show_amounts: showAmounts }, key })
export const certificateFile = (id: string, name: string) => `/api/v1/certificates/${id}/${name}`

export function missingOf(p: Problem): Missing[] {
  const rows = Array.isArray(p.extra.missing) ? (p.extra.missing as Record<string, unknown>[]) : []
  return rows.map((r) => ({ month: String(r.month ?? ''), item_id: String(r.item_id ?? ''), item: String(r.item ?? r.name ?? '') }))
}
