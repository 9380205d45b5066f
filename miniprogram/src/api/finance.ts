/** Green finance for the firm: products with reasons, consents to banks, its cases (GF1–GF12). 授权 is to a bank, never 委托. */
import { type AnswerOf, call, newKey } from './client'

export type Offers = AnswerOf<'/api/v1/finance/products', 'get'>
export type Offer = Offers['items'][number]
export type OfferPage = AnswerOf<'/api/v1/finance/products/{product_id}', 'get'>
export type Words = AnswerOf<'/api/v1/finance/consent-text', 'get'>
export type Consent = AnswerOf<'/api/v1/finance/consents', 'get'>['items'][number]
export type Reading = AnswerOf<'/api/v1/finance/consents/{consent_id}/reads', 'get'>['items'][number]
export type Case = AnswerOf<'/api/v1/finance/cases/{case_id}', 'get'>

export interface ConsentBody { report_kinds: string[]; years: number[]; text_sha256: string; contact: boolean; days: number }
export interface Application { product_id: string; consent: ConsentBody; amount: string | null; term: number | null; purpose: string | null; project: { name: string; total_investment: string | null; annual_reduction: string | null }; manager_id: string | null }

export const offers = (purpose: string, q: string) => call<Offers>('GET', '/api/v1/finance/products', { query: { purpose, q } })
export const offer = (id: string, purpose: string) => call<OfferPage>('GET', `/api/v1/finance/products/${id}`, { query: { purpose } })
export const words = () => call<Words>('GET', '/api/v1/finance/consent-text')
export const apply = (body: Application, key: string) => call<{ case: Case; consent: Consent }>('POST', '/api/v1/finance/cases', { body, key })
export const cases = (page: number) => call<{ items: Case[]; total: number }>('GET', '/api/v1/finance/cases', { query: { page, page_size: 20 } })
export const one = (id: string) => call<Case>('GET', `/api/v1/finance/cases/${id}`)
export const withdraw = (id: string, version: number, reason: string) => call<Case>('POST', `/api/v1/finance/cases/${id}/withdraw`, { body: { version, reason }, key: newKey() })
export const confirm = (id: string, version: number) => call<Case>('POST', `/api/v1/finance/cases/${id}/confirm`, { body: { version }, key: newKey() })
export const renew = (body: ConsentBody & { case_id: string }, key: string) => call<Consent>('POST', '/api/v1/finance/consents', { body, key })
export const consents = (page: number) => call<{ items: Consent[]; total: number }>('GET', '/api/v1/finance/consents', { query: { page, page_size: 50 } })
export const revoke = (id: string, reason = '') => call<Consent>('POST', `/api/v1/finance/consents/${id}/revoke`, { body: { reason }, key: newKey() })
export const reads = (id: string, page: number) => call<{ items: Reading[]; total: number }>('GET', `/api/v1/finance/consents/${id}/reads`, { query: { page, page_size: 50 } })
