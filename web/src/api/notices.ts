/** Messages to the signed-in person, of all organisations, and the channels he wants. */
import type { components } from '@/generated/schema'
import { answer, client } from './client'

type Schemas = components['schemas']
export type Notice = Schemas['Notice']
export type Channels = Schemas['SettingsBody']
export const notices = (page: number, unread: boolean, page_size = 20) => answer(client.GET('/api/v1/notices', { params: { query: { page, page_size, unread } } }))
export const markRead = (notice_id: string) => answer(client.POST('/api/v1/notices/{notice_id}/read', { params: { path: { notice_id } } }))
export const markAllRead = () => answer(client.POST('/api/v1/notices/read-all'))
export const channels = () => answer(client.GET('/api/v1/notices/settings'))
export const saveChannels = (body: Channels) => answer(client.PUT('/api/v1/notices/settings', { body }))

/** A notice's link as an address of this console. */
export function address(link: string): string {
  const filed = /^\/filing\/(\d{4})(?:\?month=(.+))?$/.exec(link)
  if (filed) return `/filing?year=${filed[1]}${filed[2] ? `&month=${filed[2]}` : ''}`
  return link === '/certificate' ? '/certificates' : link
}
