/** Organisation, members, invitations, regions and industries as the screens read them. */
import { call, uploadFile } from './client'

export interface Profile { name: string; uscc: string; industry: string; industryName: string; region: string; regionName: string; nature: string; address: string; registeredCapital: string; establishedOn: string; staff: string; siteArea: string; contactName: string; contactPhone: string; aboveScale: boolean | null; keyUnit: boolean | null; intro: string; status: string; reviewReason: string; licence: { name: string; at: string } | null; version: number }
export interface Node { code: string; name: string; level: number; leaf: boolean }
export interface Member { id: string; name: string; account: string; phone: string; roles: string[]; status: string; version: number; self: boolean }
export interface Invitation { id: string; phone: string; name: string; roles: string[]; state: string; expiresAt: string; link: string | null }

export const profile = () => call<Profile>('GET', '/api/v1/organisation/profile')
export const saveProfile = (p: Profile, key: string) => call<Profile>('PUT', '/api/v1/organisation/profile', { body: p, key })
export const uploadLicence = (file: File, key: string) => uploadFile<Profile>('/api/v1/organisation/licence', file, {}, key)
export const regions = (parent: string, q = '') => call<{ items: Node[] }>('GET', '/api/v1/regions', { query: { parent, q } }).then((a) => a.items)
export const industries = (parent: string, q = '') => call<{ items: Node[] }>('GET', '/api/v1/industries', { query: { parent, q } }).then((a) => a.items)
export const members = () => call<{ items: Member[] }>('GET', '/api/v1/organisation/members').then((a) => a.items)
export const changeMember = (m: Member, roles: string[], status: string) => call<Member>('PUT', `/api/v1/organisation/members/${m.id}`, { body: { roles, status, version: m.version } })
export const invitations = () => call<{ items: Invitation[] }>('GET', '/api/v1/organisation/invitations').then((a) => a.items)
export const invite = (body: { name: string; phone: string; roles: string[] }, key: string) => call<Invitation>('POST', '/api/v1/organisation/invitations', { body, key })
export const cancelInvitation = (id: string) => call<void>('DELETE', `/api/v1/organisation/invitations/${id}`)
export interface Registration { organisation_name: string; uscc: string; account: string; password: string; name: string; phone: string; sms_code: string }
export const register = (body: Registration, key: string) => call<void>('POST', '/api/v1/tenants/register', { body, key })
export interface Acceptance { token: string; account: string; password: string; name: string }
export const acceptInvitation = (body: Acceptance, key: string) => call<void>('POST', '/api/v1/invitations/accept', { body, key })
export const sendSms = (phone: string, purpose: string, captcha_id: string, captcha_answer: string) => call<void>('POST', '/api/v1/auth/sms/send', { body: { phone, purpose, captcha_id, captcha_answer } })
/** contact_name -> contactName: the field of the form a server's path belongs to. */
export const formField = (path: string) => path.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase())
