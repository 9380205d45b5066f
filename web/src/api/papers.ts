/** Grades, reports and certificates. */
import type { components } from '@/generated/schema'
import { answer, client, once } from './client'
import type { Problem } from './problem'

type Schemas = components['schemas']
export type Grade = Schemas['Evaluation']
export type Missing = Schemas['Missing']
export type Report = Schemas['Report']
export type Certificate = Schemas['Certificate']

export const grade = (year: number) => answer(client.GET('/api/v1/grading/{year}', { params: { path: { year } } }))
export const reports = () => answer(client.GET('/api/v1/reports', { params: { query: { page_size: 100 } } })).then((a) => a.items)
export const report = (report_id: string) => answer(client.GET('/api/v1/reports/{report_id}', { params: { path: { report_id } } }))
export type Kind = Schemas['CreateReport']['kind']
export const makeReport = (year: number, key: string, kind: Kind = 'grade') => answer(client.POST('/api/v1/reports', { body: { kind, year }, params: { header: once(key) } }))
export const pagePath = (id: string, n: number) => `/api/v1/reports/${id}/pages/${n}.png`
export type PageText = Schemas['PageText']
export const pageText = (report_id: string, page: number) => answer(client.GET('/api/v1/reports/{report_id}/pages/{page}/text', { params: { path: { report_id, page: String(page) } } }))
export const wordPath = (id: string) => `/api/v1/reports/${id}/report.docx`
/** Where the data of a kind are typed. */
export const homeOf = (kind: string, year: number) => (kind === 'grade' ? { path: '/filing', query: { year: String(year) } } : { path: `/${kind}`, query: { year: String(year) } })
export const pdfPath = (id: string) => `/api/v1/reports/${id}/report.pdf`
export const certificates = () => answer(client.GET('/api/v1/certificates')).then((a) => a.items)
export const issue = (year: number, show_amounts: boolean, key: string) => answer(client.POST('/api/v1/certificates', { body: { year, show_amounts }, params: { header: once(key) } }))
export const certificateFile = (id: string, name: string) => `/api/v1/certificates/${id}/${name}`
/** The path of the public page on this very server. */
export const publicPath = (c: { url: string }) => new URL(c.url, location.origin).pathname

export function missingOf(p: Problem): Missing[] {
  const rows = Array.isArray(p.extra.missing) ? (p.extra.missing as Record<string, unknown>[]) : []
  return rows.map((r) => ({ month: String(r.month ?? ''), item_id: String(r.item_id ?? ''), item: String(r.item ?? r.name ?? '') }))
}
