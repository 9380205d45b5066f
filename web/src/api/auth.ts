/** Identity: signing in, staying signed in, devices, second factor. */
import type { components } from '@/generated/schema'
import { answer, call, client } from './client'

type Schemas = components['schemas']
export type Organisation = Schemas['OrganisationBrief']
export type Login = Schemas['SessionAnswer']
export type Captcha = Schemas['CaptchaAnswer']
export type Me = Schemas['Me']
export type Device = Schemas['DeviceAnswer']
export type PasswordLogin = Schemas['PasswordLogin']

export interface DemoAccount { account: string; password: string; about: string; audience?: string; totp?: string | null }
export interface Demo { captcha_id: string; captcha_answer: string; accounts: DemoAccount[] }

export const captcha = () => answer(client.POST('/api/v1/auth/captcha'))
export const passwordLogin = (body: PasswordLogin) => answer(client.POST('/api/v1/auth/password-login', { body }))
export const logout = () => answer(client.POST('/api/v1/auth/logout'))
export const logoutEverywhere = () => answer(client.POST('/api/v1/auth/logout-everywhere'))
export const switchOrganisation = (organisation_id: string) => answer(client.POST('/api/v1/auth/switch', { body: { organisation_id } }))
export const me = () => answer(client.GET('/api/v1/auth/me'))
export const changePassword = (old_password: string, new_password: string) => answer(client.POST('/api/v1/auth/change-password', { body: { old_password, new_password } }))
export const sessions = () => answer(client.GET('/api/v1/auth/sessions'))
export const endSession = (session_id: string) => answer(client.DELETE('/api/v1/auth/sessions/{session_id}', { params: { path: { session_id } } }))
export const stepUp = (body: Schemas['StepUp']) => answer(client.POST('/api/v1/auth/step-up', { body }))
/** A code to the account's own phone, for a step-up by text message. */
export const sendProofCode = () => answer(client.POST('/api/v1/auth/step-up/sms', { body: {} }))
/** `code`: of the authenticator in force, when there is one. */
export const enrolSecondFactor = (code: string | null) => answer(client.POST('/api/v1/auth/second-factor/enrol', { body: { code } }))
export const confirmSecondFactor = (code: string) => answer(client.POST('/api/v1/auth/second-factor/confirm', { body: { code } }))
/** Present in demo mode only; a route outside the contract of production. */
export const demo = () => call<Record<string, unknown>>('GET', '/api/v1/demo/accounts').then((d): Demo => ({
  captcha_id: String(d.captcha_id ?? 'demo'), captcha_answer: String(d.captcha_answer ?? ''),
  accounts: ((d.accounts ?? d.items ?? []) as Record<string, unknown>[]).map((a) => ({
    account: String(a.account ?? a.login), password: String(a.password ?? d.password ?? ''), about: String(a.about ?? [a.organisation, a.role].filter(Boolean).join(' · ')),
    audience: a.audience ? String(a.audience) : undefined, totp: a.totp ? String(a.totp) : null,
  })),
}))
