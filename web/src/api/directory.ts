/** Banks and third-party agencies on the operator's desk: dated accounts. */
import type { components } from '@/generated/schema'
import { call, downloadFile, uploadFile } from './client'

type Schemas = components['schemas']
interface Page<T> { items: T[]; total: number; page: number; page_size: number }
export interface FirstUser { name: string; account: string; phone: string; roles: string[] }

export type Bank = Schemas['BankLine']
export type BankDetail = Schemas['BankDetail']
export const banks = (query: { q: string; state: string; page: number }) => call<Page<Bank>>('GET', '/api/v1/ops/banks', { query: { ...query, page_size: 20 } })
export const bank = (id: string) => call<BankDetail>('GET', `/api/v1/ops/banks/${id}`)
export const makeBank = (body: { name: string; uscc: string; contact: string; valid_to: string; region: string | null; agreement_no: string; user: FirstUser }, key: string) => call<BankDetail>('POST', '/api/v1/ops/banks', { body, key })
export const editBank = (b: Bank, body: { contact: string; agreement_no: string; valid_to: string; reason: string }, key: string) => call<BankDetail>('PUT', `/api/v1/ops/banks/${b.id}`, { body: { version: b.version, ...body }, key })
export const switchBank = (b: Bank, to: 'suspend' | 'resume', reason: string, key: string) => call<BankDetail>('POST', `/api/v1/ops/banks/${b.id}/${to}`, { body: { version: b.version, reason }, key })

export type Agency = Schemas['AgencyLine']
export type AgencyDetail = Schemas['AgencyDetail']
export interface AgencyFacts { kinds: string[]; regions: string[]; contact: string; trades: string; qualification_no: string }
export interface NewAgency extends AgencyFacts { valid_to: string; name: string; uscc: string; region: string | null; user: FirstUser }
const at = (id: string, act = '') => `/api/v1/ops/agencies/${id}${act ? `/${act}` : ''}`
export const agencies = (query: { q: string; state: string; page: number }) => call<Page<Agency>>('GET', '/api/v1/ops/agencies', { query: { ...query, page_size: 20 } })
export const agency = (id: string) => call<AgencyDetail>('GET', at(id))
export const makeAgency = (body: NewAgency, key: string) => call<AgencyDetail>('POST', '/api/v1/ops/agencies', { body, key })
export const editAgency = (a: Agency, body: AgencyFacts) => call<AgencyDetail>('PUT', at(a.id), { body: { version: a.version, ...body } })
/** `valid_to` null ends the designation in force. */
export const designateAgency = (a: Agency, valid_from: string | null, valid_to: string | null, note: string) => call<AgencyDetail>('POST', at(a.id, 'designate'), { body: { version: a.version, valid_from, valid_to, note } })
export const switchAgency = (a: Agency, to: 'suspend' | 'resume', reason: string) => call<AgencyDetail>('POST', at(a.id, to), { body: { version: a.version, reason } })
export const extendAgency = (a: Agency, valid_to: string, reason: string) => call<AgencyDetail>('POST', at(a.id, 'extend'), { body: { version: a.version, valid_to, reason } })
export const uploadQualification = (a: Agency, file: File) => uploadFile<AgencyDetail>(`${at(a.id, 'qualification')}?version=${a.version}`, file)
export const openQualification = (a: Agency) => downloadFile(at(a.id, 'qualification'))
