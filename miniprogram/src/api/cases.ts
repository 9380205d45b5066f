/** Third-party cases of the firm: an agency rates or audits a report (LR5, RA8, R106). */
import { type AnswerOf, call, newKey, uploadFile } from './client'

export type Kind = 'grade' | 'reduction'
export type Case = AnswerOf<'/api/v1/cases/{case_id}', 'get'>
export type Line = AnswerOf<'/api/v1/cases', 'get'>['items'][number]
export type Finding = Case['findings'][number]
export type Agency = AnswerOf<'/api/v1/agencies', 'get'>['items'][number]
export type Proof = Case['proofs'][number]
export interface ConsentText { kind: string; title: string; text: string; sha256: string }
export type Choice = 'correct' | 'evidence' | 'explain'

export const agencies = async (kind: Kind) => (await call<{ items: Agency[] }>('GET', '/api/v1/agencies', { query: { kind } })).items
export const consentText = (kind: Kind) => call<ConsentText>('GET', '/api/v1/cases/consent-text', { query: { kind } })
export const submit = (body: { kind: Kind; year: number; agency_id: string; consent_text_sha256: string }, key: string) => call<Case>('POST', '/api/v1/cases', { body, key })
export const list = (page: number, filter: { kind?: string; state?: string; year?: number } = {}) => call<{ items: Line[]; total: number }>('GET', '/api/v1/cases', { query: { page, page_size: 20, ...filter } })
export const one = (id: string) => call<Case>('GET', `/api/v1/cases/${id}`)
export const withdraw = (id: string, version: number, reason: string) => call<Case>('POST', `/api/v1/cases/${id}/withdraw`, { body: { version, reason }, key: newKey() })
export const resubmit = (id: string, version: number, key: string) => call<Case>('POST', `/api/v1/cases/${id}/resubmit`, { body: { version }, key })
export const answer = (id: string, finding: string, body: { choice: Choice; text: string; value: string | null; files: string[] }, key: string) => call<Case>('POST', `/api/v1/cases/${id}/findings/${finding}/answer`, { body, key })
export const say = (id: string, text: string, finding: string | null, files: string[], key: string) => call<Case>('POST', `/api/v1/cases/${id}/messages`, { body: { text, finding_id: finding, files }, key })
export const handIn = (id: string, path: string) => uploadFile<Proof>(`/api/v1/cases/${id}/files`, path)
export const fileOf = (id: string, file: string) => `/api/v1/cases/${id}/files/${file}`
