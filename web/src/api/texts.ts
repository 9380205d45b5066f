/** Public texts in versions: the desk of those who write and those who publish. */
import type { components } from '@/generated/schema'
import { answer, client, once } from './client'

type Schemas = components['schemas']
export type DeskText = Schemas['DeskText']
export type TextBody = Schemas['TextBody']
export const texts = () => answer(client.GET('/api/v1/ops/content')).then((a) => a.items)
export const save = (body: TextBody) => answer(client.POST('/api/v1/ops/content', { body }))
const of = (text_id: string, key: string) => ({ path: { text_id }, header: once(key) })
export const publish = (id: string, revision: number, key: string) => answer(client.POST('/api/v1/ops/content/{text_id}/publish', { params: of(id, key), body: { revision } }))
export const giveBack = (id: string, revision: number, reason: string, key: string) => answer(client.POST('/api/v1/ops/content/{text_id}/return', { params: of(id, key), body: { revision, reason } }))
export const drop = (text_id: string, revision: number) => answer(client.DELETE('/api/v1/ops/content/{text_id}', { params: { path: { text_id }, query: { revision } } }))
export const version = (slug: string, v: number) => answer(client.GET('/api/v1/content/{slug}', { params: { path: { slug }, query: { version: v } } }))
