/** Green finance: products for a firm, its cases and consents; the bank's desk; the operator's desk of products. */
import type { components } from '@/generated/schema'
import { call, fetchFile, uploadFile } from './client'

type Schemas = components['schemas']
export type Offers = Schemas['Offers']
export type Offer = Schemas['Offer']
export type OfferPage = Schemas['OfferPage']
export type ConsentText = Schemas['BankConsentText']
export type Case = Schemas['FinanceCase']
export type Cases = Schemas['FinanceCases']
export type Applied = Schemas['AppliedCase']
export type Consent = Schemas['BankConsent']
export type Consents = Schemas['BankConsents']
export type Reads = Schemas['ConsentReads']
export type Product = Schemas['FinanceProduct']
export type Products = Schemas['FinanceProducts']
export type ProductBody = Schemas['ProductBody']
export type Inbox = Schemas['DeskPage']
export type Line = Schemas['DeskLine']
export type DeskCase = Schemas['DeskCase']
export type Granted = Schemas['Granted']
export type Manager = Schemas['BankManager']
export type Export = Schemas['DeskExport']
export type Purpose = Schemas['LoanPurpose']
export type Tab = 'new' | 'due' | 'overdue' | 'unassigned' | 'all'

/** 绿色工厂贷 ... and what a consent may open, in words. */
export const kinds: Record<string, string> = { green_loan: '绿色贷款', carbon_linked_loan: '碳效挂钩贷款', transition_loan: '转型贷款', carbon_reduction_tool_loan: '碳减排支持工具贷款', ccer_or_allowance_pledge: '碳配额或 CCER 质押贷款', other: '其他' }
export const preferences: [string, string, boolean][] = [['has_water_report', '有节水报告', false], ['has_reduction_report', '有碳减排报告', false], ['verified', '等级经机构核查', false], ['filing_months', '已填报月数不少于', true], ['evidenced_score', '问卷已佐证分不低于', true]]
export const papers: Record<string, string> = { grade: '低碳等级报告', water: '节水报告', reduction: '碳减排报告', questionnaire: '碳表现问卷' }
export const steps: [string, string][] = [['submitted', '已提交'], ['assigned', '已分配'], ['contacted', '已联系'], ['applying', '申请中'], ['approved', '结果']]
export const tone: Record<string, string> = { submitted: 'info', assigned: 'info', contacted: 'info', applying: 'info', approved: 'ok', declined: 'bad', withdrawn: '', expired: '' }
export const productTone: Record<string, string> = { draft: '', submitted: 'info', published: 'ok', paused: 'warn', ended: '' }

export interface ConsentBody { report_kinds: string[]; years: number[]; text_sha256: string; contact: boolean; days?: number; end?: string }
export interface CaseBody { product_id: string; amount: string | null; term: number | null; purpose: string | null; project: { name: string; total_investment: string | null; annual_reduction: string | null }; manager_id: string | null; consent: ConsentBody }

const root = '/api/v1/finance'
export const offers = (purpose: string, q: string) => call<Offers>('GET', `${root}/products`, { query: { purpose, q } })
export const offer = (id: string, purpose = '') => call<OfferPage>('GET', `${root}/products/${id}`, { query: { purpose } })
export const consentText = () => call<ConsentText>('GET', `${root}/consent-text`)
/** Asks for a fresh proof on the way: the client shows the dialog. */
export const apply = (body: CaseBody, key: string) => call<Applied>('POST', `${root}/cases`, { body, key })
export const cases = (page = 1) => call<Cases>('GET', `${root}/cases`, { query: { page } })
export const readCase = (id: string) => call<Case>('GET', `${root}/cases/${id}`)
export const withdraw = (c: Case, reason: string, key: string) => call<Case>('POST', `${root}/cases/${c.id}/withdraw`, { body: { version: c.version, reason }, key })
export const confirm = (c: Case, key: string) => call<Case>('POST', `${root}/cases/${c.id}/confirm`, { body: { version: c.version }, key })
export const renew = (case_id: string, consent: ConsentBody, key: string) => call<Consent>('POST', `${root}/consents`, { body: { case_id, ...consent }, key })
export const consents = (page = 1) => call<Consents>('GET', `${root}/consents`, { query: { page } })
export const revoke = (id: string, key: string) => call<Consent>('POST', `${root}/consents/${id}/revoke`, { body: { reason: '' }, key })
export const reads = (id: string, page = 1) => call<Reads>('GET', `${root}/consents/${id}/reads`, { query: { page } })

const desk = '/api/v1/bank'
export const inbox = (tab: Tab, q: string, page: number) => call<Inbox>('GET', `${desk}/cases`, { query: { tab, q, page } })
export const deskCase = (id: string) => call<DeskCase>('GET', `${desk}/cases/${id}`)
export const granted = (id: string) => call<Granted>('GET', `${desk}/cases/${id}/reports`)
export const contact = (c: { id: string; version: number }) => call<DeskCase>('POST', `${desk}/cases/${c.id}/contact`, { body: { version: c.version } })
export const advance = (c: DeskCase, key: string) => call<DeskCase>('POST', `${desk}/cases/${c.id}/advance`, { body: { version: c.version, to: 'applying' }, key })
export const outcome = (c: DeskCase, body: { result: 'approved' | 'declined'; amount: string | null; rate: string | null; on: string | null; note: string }, key: string) =>
  call<DeskCase>('POST', `${desk}/cases/${c.id}/outcome`, { body: { version: c.version, ...body }, key })
export const assign = (l: { id: string; version: number }, manager_id: string, key: string) => call<Line>('POST', `${desk}/cases/${l.id}/assign`, { body: { manager_id, version: l.version }, key })
/** A picture of one page; asked anew each time, the caller lets go of the address. */
/** The picture of a page and its headings, for who cannot see it; its text is never sent. */
export const pagePicture = async (case_id: string, report_id: string, n: number) => { const f = await fetchFile(`${desk}/cases/${case_id}/reports/${report_id}/pages/${n}.png`); return { src: URL.createObjectURL(f.blob), headings: f.headings } }
export const products = (state: string, page: number) => call<Products>('GET', `${desk}/products`, { query: { state, page } })
export const createProduct = (body: ProductBody, key: string) => call<Product>('POST', `${desk}/products`, { body, key })
export const editProduct = (id: string, body: ProductBody & { version: number }, key: string) => call<Product>('PUT', `${desk}/products/${id}`, { body, key })
export const moveProduct = (p: Product, how: 'submit' | 'pause' | 'end', reason: string, key: string) => call<Product>('POST', `${desk}/products/${p.id}/${how}`, { body: { version: p.version, reason }, key })
export const managers = () => call<{ items: Manager[] }>('GET', `${desk}/managers`).then((a) => a.items)
export const changeManager = (m: Manager, body: { areas: string[]; products: string[]; active: boolean }, key: string) => call<Manager>('PUT', `${desk}/managers/${m.id}`, { body: { ...body, version: m.version }, key })
export const startExport = (key: string) => call<Export>('POST', `${desk}/exports`, { key })
export const readExport = (id: string) => call<Export>('GET', `${desk}/exports/${id}`)
export const exportFile = (id: string) => `${desk}/exports/${id}/file`

const ops = '/api/v1/ops'
export const deskProducts = (state: string, q: string, page: number) => call<Products>('GET', `${ops}/products`, { query: { state, q, page } })
export const publish = (p: Product, key: string) => call<Product>('POST', `${ops}/products/${p.id}/publish`, { body: { version: p.version }, key })
export const sendBack = (p: Product, reason: string, key: string) => call<Product>('POST', `${ops}/products/${p.id}/return`, { body: { version: p.version, reason }, key })
export const purposes = () => call<Schemas['PurposesAnswer']>('GET', `${ops}/purposes`)
export const loadPurposes = (file: File, dry: boolean) => uploadFile<Schemas['PurposesLoaded']>(`${ops}/purposes?dry_run=${dry}`, file)
export const purposesTemplate = `${ops}/purposes/template.xlsx`

/** `50–2,000 万元`, `12–60 个月`, `3.35%–4.20%`; a missing bound is said. */
export function range(low: string | number | null | undefined, high: string | number | null | undefined, unit: string, shown: (v: string | number) => string): string {
  if ((low === null || low === undefined) && (high === null || high === undefined)) return ''
  if (high === null || high === undefined) return `${shown(low!)} ${unit}起`
  if (low === null || low === undefined) return `不超过 ${shown(high)} ${unit}`
  return low === high ? `${shown(low)} ${unit}` : `${shown(low)}–${shown(high)} ${unit}`
}
