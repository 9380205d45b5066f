/** My devices, messages, consents, data: what belongs to the person and not to the firm. */
import { call, get } from './client'

export interface Notice { id: string; kind: string; title: string; text: string; link: string | null; at: string; read: boolean }
export const notices = (page: number, unreadOnly = false) => call<{ items: Notice[]; total: number; unread: number }>('GET', '/api/v1/notices', { query: { page, page_size: 20, unread: unreadOnly || undefined } })
export const unread = async () => (await call<{ unread: number }>('GET', '/api/v1/notices', { query: { page: 1, page_size: 1 } })).unread
export const readNotice = (id: string) => call('POST', `/api/v1/notices/${id}/read`, { body: {} })
export const readAll = () => call('POST', '/api/v1/notices/read-all', { body: {} })
export interface Channels { sms: boolean; wechat: boolean }
export const channels = () => call<Channels>('GET', '/api/v1/notices/settings')
export const setChannels = (body: Channels) => call<Channels>('PUT', '/api/v1/notices/settings', { body })

export const devices = () => get('/api/v1/auth/sessions')
export const endDevice = (id: string) => call('DELETE', `/api/v1/auth/sessions/${id}`)
export const endAll = () => call('POST', '/api/v1/auth/logout-everywhere', { body: {} })

export interface Consent { purpose: string; purpose_name?: string; version: string; given_at: string; withdrawn_at: string | null }
export const consents = () => call<{ items: Consent[] }>('GET', '/api/v1/me/consents')
export const withdraw = (purpose: string) => call('DELETE', `/api/v1/me/consents/${purpose}`)
export interface Export { id: string; state: string; state_word?: string; created_at: string; expires_at: string | null }
export const exports_ = () => call<{ items: Export[] }>('GET', '/api/v1/me/exports')
export const askExport = () => call<Export>('POST', '/api/v1/me/exports', { body: {} })
export interface Receiver { name: string; purpose: string; kinds?: string; since: string | null; until: string | null }
export const receivers = () => call<{ items: Receiver[] }>('GET', '/api/v1/me/receivers')
export const askDeletion = () => call<{ until: string }>('POST', '/api/v1/me/deletion', { body: {} })
export const stopDeletion = () => call('DELETE', '/api/v1/me/deletion')
export const deletion = () => call<{ until: string | null }>('GET', '/api/v1/me/deletion')

export const wechatBinding = () => call<{ bound: boolean; since: string | null }>('GET', '/api/v1/auth/wechat/binding')
export const bindWechat = (code: string) => call('POST', '/api/v1/auth/wechat/bind', { body: { code } })
export const unbindWechat = () => call('DELETE', '/api/v1/auth/wechat/binding')
export const changePhone = (phone: string, code: string) => call('POST', '/api/v1/auth/phone/change', { body: { phone, code } })
