/** Identity: signing in, staying signed in, choosing the firm. */
import type { components } from '@/generated/schema'
import { audience, call, get, post } from './client'

type Schemas = components['schemas']
/** Delegated firms carry roles ["agent"], their scopes and the last day of the delegation. */
export type Organisation = Schemas['OrganisationBrief'] & { scopes?: string[]; valid_to?: string | null }
export type SignedIn = Schemas['SessionAnswer']
export type Me = Omit<Schemas['Me'], 'organisations'> & { organisations: Organisation[] }
export type Captcha = Schemas['CaptchaAnswer']
export interface Demo { captcha_id: string; captcha_answer: string; accounts: { account: string; password: string; about: string; audience?: string | null }[] }
export interface Platform { name: string; city: string; demo: boolean; hotline: string }
export interface PrivacyText { version: string; sha256: string; text: string; effective: string }
export interface IdentityProvider { code: string; name: string; kind: string; audience: string[]; id_types: string[] }
export interface FaceSession { session_id: string; secret: string; kind: string; payload: Record<string, unknown>; expires_at: string }
export interface FaceEnterprise { uscc: string; name: string; role: string; organisation_id: string | null }
export interface FaceClaim { state: 'pending' | 'failed' | 'verified'; reason?: string | null; signed_in?: SignedIn | null; enterprises: FaceEnterprise[] }

export const platformFacts = () => call<Platform>('GET', '/api/v1/platform')
export const captcha = () => post('/api/v1/auth/captcha')
export const demo = () => call<Demo>('GET', '/api/v1/demo/accounts')

/** This build's audience, for lists that depend on it. */
export const face = () => audience

/** Parts of every sign-in: which face of the product, and the ticket that binds a WeChat account to what signs in. */
const bind = (ticket?: string | null) => ({ audience, ...(ticket ? { bind_ticket: ticket } : {}) })
export const sendCode = (phone: string, human?: { captcha_id: string; captcha_answer: string }, purpose = 'login') =>
  call<{ expires_in: number }>('POST', '/api/v1/auth/sms/send', { body: { phone, purpose, ...human } })
export const smsLogin = (phone: string, code: string, ticket?: string | null) => call<SignedIn>('POST', '/api/v1/auth/sms-login', { body: { phone, code, ...bind(ticket) } })
export const passwordLogin = (form: { account: string; password: string; captcha_id: string; captcha_answer: string; totp?: string }, ticket?: string | null) =>
  call<SignedIn>('POST', '/api/v1/auth/password-login', { body: { ...form, ...bind(ticket) } })
export const me = () => get('/api/v1/auth/me') as Promise<Me>
export const switchTo = (organisation_id: string) => post('/api/v1/auth/switch', { body: { organisation_id } })
export const logout = () => post('/api/v1/auth/logout')
export const changePassword = (old_password: string, new_password: string) => post('/api/v1/auth/change-password', { body: { old_password, new_password } })
export const stepUp = (body: Schemas['StepUp']) => post('/api/v1/auth/step-up', { body })
export const stepUpCode = () => call<{ expires_in: number; phone_masked: string }>('POST', '/api/v1/auth/step-up/sms', { body: {} })

const sameForm = (t: PrivacyText): PrivacyText => ({ ...t, version: String(t.version) })
export const privacyText = () => call<PrivacyText>('GET', '/api/v1/privacy').then(sameForm)
export const consent = (purpose: string, version: string) => call<unknown>('POST', '/api/v1/me/consents', { body: { purpose, version } })

export const identityProviders = () => call<IdentityProvider[] | { items: IdentityProvider[] }>('GET', '/api/v1/auth/identity-providers').then((r) => (Array.isArray(r) ? r : r.items))
export const startFace = (body: { provider: string; name: string; id_type: string; id_no: string; consent_version: string; code?: string }, ticket?: string | null) =>
  call<FaceSession>('POST', '/api/v1/auth/face/start', { body: { ...body, ...bind(ticket) } })
export const claimFace = (session_id: string, secret: string, ticket?: string | null) => call<FaceClaim>('POST', '/api/v1/auth/face/claim', { body: { session_id, secret, ...bind(ticket) } })
export const enterByFace = (session_id: string, secret: string, uscc: string, ticket?: string | null) => call<SignedIn>('POST', '/api/v1/auth/face/enter', { body: { session_id, secret, uscc, ...bind(ticket) } })

export const wechatLogin = (code: string) =>
  call<{ state: 'signed_in'; signed_in: SignedIn } | { state: 'unbound'; bind_ticket: string; expires_in: number }>('POST', '/api/v1/auth/wechat/login', { body: { code } })
export const wechatPhone = (bind_ticket: string, code: string) => call<SignedIn | { signed_in: SignedIn }>('POST', '/api/v1/auth/wechat/phone', { body: { bind_ticket, code } }).then((r) => ('signed_in' in r ? r.signed_in : r))
