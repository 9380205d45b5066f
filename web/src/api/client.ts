/**
 * The one door to the server. The access token lives in memory only; a 401 is answered by one refresh (cookie) and one
 * repeat of the same request; when that fails the session is over and `onSessionOver` is told, while the page stays as it is.
 */
import createClient from 'openapi-fetch'
import type { paths } from '@/generated/schema'
import { Problem, problemOf, unreachable } from './problem'

let accessToken = ''
let sessionOver: () => void = () => {}
let tokenTaken: (answer: unknown) => void = () => {}
let refreshing: Promise<boolean> | null = null
let prove: (purpose: string, operation: string) => Promise<string | null> = async () => null

export const setToken = (token: string) => { accessToken = token }
export const hasToken = () => accessToken !== ''
export const onSessionOver = (f: () => void) => { sessionOver = f }
/** Asked when the server wants the person proven again for one act; answers the proof's id, or null when given up. */
export const onStepUp = (f: typeof prove) => { prove = f }
export const onTokenTaken = (f: (answer: unknown) => void) => { tokenTaken = f }

/** A random name of this browser: binds codes and the refresh token to it. */
const device = (() => {
  if (typeof localStorage === 'undefined') return 'none'
  const known = localStorage.getItem('tx-device')
  if (known) return known
  const made = crypto.randomUUID()
  localStorage.setItem('tx-device', made)
  return made
})()

const quiet = ['/auth/password-login', '/auth/refresh', '/auth/captcha', '/auth/sms', '/auth/logout', '/auth/scan']

async function send(request: Request): Promise<Response> {
  request.headers.set('x-device-id', device)
  if (accessToken) request.headers.set('authorization', `Bearer ${accessToken}`)
  try {
    return await fetch(request)
  } catch (error) {
    if (request.signal.aborted) throw error
    throw unreachable()
  }
}

async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  // Refresh tokens rotate: two tabs must not spend the same one.
  return typeof navigator !== 'undefined' && navigator.locks ? navigator.locks.request('tanxiao-refresh', work) as Promise<T> : work()
}

/** Takes a new access token for the session cookie. True when there is one. */
export function refresh(): Promise<boolean> {
  refreshing ??= exclusively(async () => {
    accessToken = ''
    const response = await send(new Request(new URL('/api/v1/auth/refresh', location.origin), {
      method: 'POST', credentials: 'same-origin', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ client: 'console' }),
    }))
    if (!response.ok) { void response.body?.cancel(); return false } // an unread body keeps the connection busy
    const answer = await response.json()
    accessToken = String(answer.access_token ?? '')
    tokenTaken(answer)
    return accessToken !== ''
  }).finally(() => { refreshing = null })
  return refreshing
}

export async function authorisedFetch(input: Request): Promise<Response> {
  const silent = quiet.some((part) => input.url.includes(part))
  const again = silent ? null : input.clone()
  const response = await send(input)
  if (!again || (response.status !== 401 && response.status !== 403)) return response
  if (response.status === 403) {
    const problem = await problemOf(response.clone())
    if (problem.code !== 'STEP_UP_REQUIRED') return response
    const proof = await prove(String(problem.extra.purpose ?? ''), String(problem.extra.operation ?? ''))
    if (!proof) return response
    again.headers.set('x-step-up', proof)
    void response.body?.cancel()
    return send(again)
  }
  if (await refresh()) { void response.body?.cancel(); return send(again) }
  sessionOver()
  return response
}

export const client = createClient<paths>({ baseUrl: typeof location === 'undefined' ? 'http://localhost' : location.origin, fetch: authorisedFetch, credentials: 'same-origin' })

/** Data of an answer, or the Problem thrown. */
export async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call
  if (!response.ok) {
    const body = (error ?? {}) as Record<string, unknown>
    throw await problemOf(new Response(JSON.stringify(body), { status: response.status, headers: response.headers }))
  }
  return data as T
}

/** A file of ours, fetched with the token. */
export async function fetchFile(path: string): Promise<{ blob: Blob; name: string; headings: string[] }> {
  const response = await authorisedFetch(new Request(new URL(path, location.origin), { credentials: 'same-origin' }))
  if (!response.ok) throw await problemOf(response)
  const disposition = response.headers.get('content-disposition') ?? ''
  const star = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1]
  const plain = /filename="?([^";]+)"?/i.exec(disposition)?.[1]
  return { blob: await response.blob(), name: star ? decodeURIComponent(star) : plain ?? path.split('/').pop() ?? 'file', headings: decodeURIComponent(response.headers.get('x-page-headings') ?? '').split('\n').filter(Boolean) }
}

export async function downloadFile(path: string, name?: string): Promise<void> {
  const file = await fetchFile(path)
  const url = URL.createObjectURL(file.blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name ?? file.name
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** Multipart upload; `fields` are plain texts beside the file. */
export async function uploadFile<T>(path: string, file: File, fields: Record<string, string> = {}, key?: string): Promise<T> {
  const form = new FormData()
  for (const [k, v] of Object.entries(fields)) form.set(k, v)
  form.set('file', file)
  const headers: Record<string, string> = {}
  if (key) headers['idempotency-key'] = key
  const response = await authorisedFetch(new Request(new URL(path, location.origin), { method: 'POST', body: form, headers, credentials: 'same-origin' }))
  if (!response.ok) throw await problemOf(response)
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T)
}

export const newKey = () => crypto.randomUUID()

/** Header for acts that must happen once. Keep the key until the act is answered. */
export const once = (key: string) => ({ 'Idempotency-Key': key })

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Untyped way in; only for routes whose document entry is still to come. */
export async function call<T>(method: Method, path: string, o: { query?: Record<string, unknown>; body?: unknown; key?: string } = {}): Promise<T> {
  const url = new URL(path, location.origin)
  for (const [k, v] of Object.entries(o.query ?? {})) if (v !== undefined && v !== null && v !== '') url.searchParams.set(k, String(v))
  const headers: Record<string, string> = { accept: 'application/json' }
  if (o.body !== undefined) headers['content-type'] = 'application/json'
  if (o.key) headers['idempotency-key'] = o.key
  const response = await authorisedFetch(new Request(url, {
    method, headers, credentials: 'same-origin', body: o.body === undefined ? undefined : JSON.stringify(o.body),
  }))
  if (!response.ok) throw await problemOf(response)
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T)
}

export { Problem }
