import { call } from './client'

export interface Organisation { id: string; name: string; kind: string; roles: string[]; status?: string | null; region?: string | null; industry?: string | null }
export interface Menu { code: string; title: string }
export interface Me {
  account_id: string; account: string; name: string; phone_masked?: string | null; roles: string[]; permissions: string[]
  active_organisation: Organisation | null; organisations: Organisation[]; second_factor: boolean
}
export interface Login { access_token: string; expires_in: number; must_change_password?: boolean }
export interface PasswordLogin { account: string; password: string; captcha_id: string; captcha_answer: string; totp?: string; audience?: string }
export interface Captcha { captcha_id: string; image_png_base64: string; expires_in: number }
export interface DeviceSession { id: string; current: boolean; client: string; ip: string; created_at: string; last_seen_at: string; audience: string }
export interface DemoAccount { account: string; password: string; name: string; organisation: string; role: string; audience?: string }
export interface Demo { captcha_answer?: string; accounts: DemoAccount[] }

const A = '/api/v1/auth'
export const captcha = () => call<Captcha>('POST', `${A}/captcha`, { body: {} })
export const passwordLogin = (body: PasswordLogin) => call<Login>('POST', `${A}/password-login`, { body })
export const logout = () => call<void>('POST', `${A}/logout`, { body: {} })
export const logoutEverywhere = () => call<void>('POST', `${A}/logout-everywhere`, { body: {} })
export const switchOrganisation = (organisation_id: string) => call<Login>('POST', `${A}/switch`, { body: { organisation_id } })
export const me = () => call<Me>('GET', `${A}/me`)
export const changePassword = (old_password: string, new_password: string) => call<void>('POST', `${A}/change-password`, { body: { old_password, new_password } })
export const sessions = () => call<{ items: DeviceSession[] }>('GET', `${A}/sessions`)
export const endSession = (id: string) => call<void>('DELETE', `${A}/sessions/${id}`)
export const enrolSecondFactor = () => call<{ secret: string; otpauth_uri: string }>('POST', `${A}/second-factor/enrol`, { body: {} })
export const confirmSecondFactor = (code: string) => call<void>('POST', `${A}/second-factor/confirm`, { body: { code } })
/** Present in demo mode only. */
export const demo = () => call<Demo>('GET', '/api/v1/demo/accounts')
