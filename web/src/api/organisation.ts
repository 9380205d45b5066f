/** Organisation, members, invitations, regions and industries. */
import type { components } from '@/generated/schema'
import { answer, client, once, uploadFile } from './client'

type Schemas = components['schemas']
export type Profile = Schemas['ProfileView']
export type ProfileEdit = Schemas['EditProfile']
export type Node = Schemas['Node']
export type Member = Schemas['Member']
export type Invitation = Schemas['Invitation']
export type Door = Schemas['Door']

export const profile = () => answer(client.GET('/api/v1/organisation/profile'))
export const saveProfile = (body: ProfileEdit, key: string) => answer(client.PUT('/api/v1/organisation/profile', { body, params: { header: once(key) } }))
export const uploadLicence = (file: File, key: string) => uploadFile<Profile>('/api/v1/organisation/licence', file, {}, key)
export const regions = (q: string) => answer(client.GET('/api/v1/regions', { params: { query: { q, page_size: 30 } } })).then((a) => a.items)
export const industries = (q: string, level = '') => answer(client.GET('/api/v1/industries', { params: { query: { q, level, page_size: 30 } } })).then((a) => a.items)
export const members = () => answer(client.GET('/api/v1/organisation/members')).then((a) => a.items)
export const changeMember = (m: Member, roles: string[], status: 'active' | 'ended', key: string) =>
  answer(client.PUT('/api/v1/organisation/members/{member_id}', { params: { path: { member_id: m.id }, header: once(key) }, body: { roles, status, version: m.version } }))
export const invitations = () => answer(client.GET('/api/v1/organisation/invitations')).then((a) => a.items)
/** No idempotency key: the answer shows the link once and is never kept. */
export const invite = (body: Schemas['Invite']) => answer(client.POST('/api/v1/organisation/invitations', { body }))
export const cancelInvitation = (invitation_id: string) => answer(client.DELETE('/api/v1/organisation/invitations/{invitation_id}', { params: { path: { invitation_id } } }))
export const register = (body: Schemas['Register']) => answer(client.POST('/api/v1/tenants/register', { body }))
export const look = (token: string) => answer(client.POST('/api/v1/invitations/look', { body: { token } }))
export const accept = (body: Schemas['Accept']) => answer(client.POST('/api/v1/invitations/accept', { body }))
export const join = (token: string) => answer(client.POST('/api/v1/invitations/join', { body: { token } }))
export const sendSms = (phone: string, purpose: string, captcha_id: string, captcha_answer: string) => answer(client.POST('/api/v1/auth/sms/send', { body: { phone, purpose, captcha_id, captcha_answer } }))
