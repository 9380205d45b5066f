/** A year's water (FD10) as the pages read it. */
import { type AnswerOf, call, newKey } from './client'
import type { Problem } from './problem'

export type Year = AnswerOf<'/api/v1/water/{year}', 'get'>
export type Line = AnswerOf<'/api/v1/water', 'get'>['items'][number]
export type Quota = AnswerOf<'/api/v1/water-quotas', 'get'>['items'][number]
export type Indicator = Year['indicators'][number]

/** As the server takes it; null is not filled in, '0' is a value. */
export interface Body {
  version: number
  data: Record<string, string | number | null>
  products: Record<string, string | null>[]
  measures: Record<string, string | null>[]
  plans: Record<string, string | null>[]
  titles: Record<string, string | null>[]
}

export const years = async () => (await call<{ items: Line[] }>('GET', '/api/v1/water')).items
export const year = (y: number) => call<Year>('GET', `/api/v1/water/${y}`)
export const save = (y: number, body: Body) => call<Year>('PUT', `/api/v1/water/${y}`, { body, key: newKey() })
export const quotas = async (q: string, y: number) => (await call<{ items: Quota[] }>('GET', '/api/v1/water-quotas', { query: { q, year: y } })).items

/** Somebody else saved the year meanwhile: the version that is kept now. */
export const theirs = (p: Problem) => (p.code === 'STALE_VERSION' ? Number(p.extra.version ?? 0) : null)
