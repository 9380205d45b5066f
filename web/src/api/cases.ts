/** Third-party cases: the firm's side and the agency's, one shape for both. */
import type { components } from '@/generated/schema'
import { answer, call, client, downloadFile, fetchFile, once, uploadFile } from './client'

type Schemas = components['schemas']
export type Case = Schemas['CaseDetail']
export type CaseLine = Schemas['CaseLine']
export type CaseList = Schemas['CaseList']
export type Inbox = Schemas['Inbox']
export type OpsCase = Schemas['OpsCase']
export type Section = Schemas['SectionView']
export type Figure = Schemas['FigureView']
export type Finding = Schemas['FindingView']
export type Message = Schemas['MessageView']
export type Proof = Schemas['CaseProof']
export type Choice = Schemas['AgencyChoice']
export type Person = Schemas['AgencyPerson']
export type AgencyDetail = Schemas['AgencyDetail']
export type Consent = Schemas['CaseConsentText']
export type Kind = 'grade' | 'reduction'
export type Verdict = 'accepted' | 'corrected' | 'rejected'

export const kindNames: Record<string, string> = { grade: '低碳等级报告', reduction: '减碳（审核）报告' }
/** State to the colour of its tag. */
export const tagOf = (state: string) => ({ submitted: 'info', in_audit: 'info', in_verification: 'info', returned: 'warn', concluded: 'info', audited: 'info', issued: 'ok', rated: 'ok', refused: 'bad', declined: 'bad', cancelled: 'bad' } as Record<string, string>)[state] ?? ''
export const findingTag = (state: string) => ({ open: 'warn', answered: 'info', closed_ok: 'ok', closed_not_ok: 'bad', unanswered: 'bad' } as Record<string, string>)[state] ?? ''
export const may = (found: Case | null | undefined, move: string) => found?.allowed.find((a) => a.move === move)
/** The steps of a case in words, and how far it is. */
export function stepsOf(found: { kind: string; state: string; accepted_at?: string | null }): { names: string[]; at: number; ended: boolean } {
  const names = found.kind === 'grade' ? ['受理', '核查', '企业回复', '复核签字', '评级完成'] : ['受理', '审核', '企业回复', '复核签字', '出具报告']
  const at = ({ submitted: 0, in_audit: 1, in_verification: 1, returned: 2, concluded: 3, audited: 4, issued: 5, rated: 5, superseded: 5 } as Record<string, number>)[found.state] ?? 0
  return { names, at, ended: ['refused', 'declined', 'withdrawn', 'cancelled'].includes(found.state) }
}

// firm
export const agencies = (kind: Kind, region = '') => answer(client.GET('/api/v1/agencies', { params: { query: { kind, region } } })).then((a) => a.items)
export const consent = (kind: Kind) => answer(client.GET('/api/v1/cases/consent-text', { params: { query: { kind } } }))
export const submit = (body: Schemas['SubmitCase'], key: string) => answer(client.POST('/api/v1/cases', { body, headers: once(key) as never }))
export const list = (query: { kind?: string; state?: string; page?: number }) => answer(client.GET('/api/v1/cases', { params: { query } }))
const at = (case_id: string) => ({ params: { path: { case_id } } })
export const read = (case_id: string) => answer(client.GET('/api/v1/cases/{case_id}', at(case_id)))
const firmPath = (id: string, more: string) => `/api/v1/cases/${id}/${more}`
export const withdraw = (id: string, version: number, reason: string, key: string) => call<Case>('POST', firmPath(id, 'withdraw'), { body: { version, reason }, key })
export const resubmit = (id: string, version: number, key: string) => call<Case>('POST', firmPath(id, 'resubmit'), { body: { version }, key })
export const reply = (id: string, finding: string, body: { choice: string; text: string; value?: string; files: string[] }, key: string) => call<Case>('POST', firmPath(id, `findings/${finding}/answer`), { body, key })
/** Changes the firm's data behind the question and answers it. */
export const correct = (id: string, finding: string, body: { value: string; text: string; files: string[] }, key: string) => call<Case>('POST', firmPath(id, `findings/${finding}/correct`), { body, key })
export const say = (id: string, text: string, key: string, finding_id?: string) => call<Case>('POST', firmPath(id, 'messages'), { body: { text, ...(finding_id ? { finding_id } : {}) }, key })
export const upload = (id: string, file: File) => uploadFile<Proof>(firmPath(id, 'files'), file)
export const openFile = (id: string, file: Proof) => downloadFile(firmPath(id, `files/${file.id}`), file.name)

// agency
const agencyPath = (id: string, more = '') => `/api/v1/agency/cases/${id}${more ? `/${more}` : ''}`
export const inbox = (query: { state?: string; q?: string; page?: number }) => answer(client.GET('/api/v1/agency/cases', { params: { query } }))
export const agencyCase = (case_id: string) => answer(client.GET('/api/v1/agency/cases/{case_id}', at(case_id)))
export const people = (case_id?: string) => answer(client.GET('/api/v1/agency/people', { params: { query: case_id ? { case_id } : {} } })).then((p) => p.items)
export const profile = () => answer(client.GET('/api/v1/agency/profile'))
export const saveProfile = (body: Schemas['ProfileWords']) => answer(client.PUT('/api/v1/agency/profile', { body }))
/** Any move of the agency; conclude and sign ask for a fresh proof on the way. */
export const act = (id: string, move: string, body: Record<string, unknown>, key: string) => call<Case>('POST', agencyPath(id, move), { body, key })
export const judge = (id: string, figure: string, verdict: Verdict, value: string | null, reason: string) =>
  call<Case>('PUT', agencyPath(id, `amounts/${encodeURIComponent(figure)}`), { body: { verdict, ...(value ? { value } : {}), reason } })
export const acceptAll = (id: string, keys: string[]) => call<Case>('POST', agencyPath(id, 'amounts'), { body: { keys } })
export const evidencePicture = async (id: string, file: Proof) => URL.createObjectURL((await fetchFile(agencyPath(id, `evidence/${file.id}`))).blob)
export const downloadEvidence = (id: string, file: Proof) => downloadFile(agencyPath(id, `evidence/${file.id}`), file.name)
export const pagePicture = async (id: string, n: number) => URL.createObjectURL((await fetchFile(agencyPath(id, `pages/${n}.png`))).blob)

// operator
export const allCases = (query: { q: string; state: string; kind: string; page: number }) => call<CaseList>('GET', '/api/v1/ops/cases', { query: { ...query, page_size: 20 } })
export const anyCase = (id: string) => call<OpsCase>('GET', `/api/v1/ops/cases/${id}`)
/** Asks for a fresh proof on the way. */
export const cancelCase = (c: CaseLine, reason: string, key: string) => call<OpsCase>('POST', `/api/v1/ops/cases/${c.id}/cancel`, { body: { version: c.version, reason }, key })
