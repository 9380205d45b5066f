/** Applications of agents and foreign legal representatives, as the operator's desk reads them. */
import { call, downloadFile, fetchFile } from './client'

export interface Line { id: string; number: string; kind: string; kind_name: string; state: string; state_word: string; enterprise_name: string; applicant_name: string; submitted_at: string | null; used: string; days: number; due_on: string | null; due_provisional: boolean; level: 'on_time' | 'amber' | 'overdue' | 'stopped' | 'done'; form_check: string; manual: boolean }
export interface Queue { items: Line[]; total: number; page: number; page_size: number; waiting: number; amber: number; overdue: number }
export interface Source { name: string; state: 'ok' | 'look' | 'bad'; text: string }
export interface Case {
  line: Line; uscc: string; legal_name: string; legal_id_name: string; legal_id_no: string; id_name: string; id_no: string; phone: string; scopes: string[]; valid_to: string | null; reason: string
  pages: number; sources: Source[]; checks: string[]; registry: string; organisation_id: string | null; organisation_status: string | null; returns: number; decision_reason: string; decided_at: string | null
  account_name: string | null; version: number; next_id: string | null; previous_id: string | null; has_original: boolean
}
export interface Clear { legal_name: string; legal_id_no: string; applicant_name: string; id_no: string; phone: string }
export interface Decided { id: string; number: string; state: string; result: string; account: string | null; initial_password: string | null }

const path = (id: string, more = '') => `/api/v1/ops/applications/${id}${more}`
export const queue = (state: string, page: number) => call<Queue>('GET', '/api/v1/ops/applications', { query: { state: state || undefined, page, page_size: 20 } })
export const read = (id: string) => call<Case>('GET', path(id))
export const reveal = (id: string, reason: string) => call<Clear>('POST', path(id, '/reveal'), { body: { reason } })
export const approve = (id: string, body: { checks: boolean[]; uscc: string; legal_id_no: string; region?: string; version: number }) => call<Decided>('POST', path(id, '/approve'), { body })
export const sendBack = (id: string, how: 'return' | 'reject', body: { reason: string; version: number }, key: string) => call<Decided>('POST', path(id, `/${how}`), { body, key })
/** A picture of one page of the stamped form; the caller lets go of the address. */
export const pagePicture = async (id: string, n: number) => URL.createObjectURL((await fetchFile(path(id, `/pages/${n}.png`))).blob)
export const original = (id: string) => downloadFile(path(id, '/original'))
