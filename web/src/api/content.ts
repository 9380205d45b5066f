/** Published texts: policy, grading, help and the like; open to everybody. */
import type { components } from '@/generated/schema'
import { answer, client } from './client'

type Schemas = components['schemas']
export type PublicText = Schemas['PublicText']
export type Block = Schemas['Block']
export const text = (slug: string) => answer(client.GET('/api/v1/content/{slug}', { params: { path: { slug } } }))
export const platform = () => answer(client.GET('/api/v1/platform'))
