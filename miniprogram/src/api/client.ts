/**
 * The one door to the server, over `uni.request` (mini-programs know no fetch). The access token lives in memory; a 401 is
 * answered by one refresh and one repeat of the same request (same idempotency key). H5 refreshes by its cookie (audience `h5`),
 * the mini-program by the token it keeps (audience `mini`). When that fails the session is over: `onSessionOver` is told, the page stays.
 *
 * Typed:    get('/api/v1/dashboard')  ·  post('/api/v1/filing/submit', { body, key: newKey() })  ·  put('/api/v1/x/{id}', { path: { id }, body })
 * Untyped:  call<T>('GET', '/api/v1/…', { query, body, key })  for routes whose document entry is still to come.
 * Both throw `Problem`.
 */
import type { paths } from '@/generated/schema'
import { connection } from './connection'
import { offline, Problem, problemOf, unreachable } from './problem'

export type Audience = 'h5' | 'mini'
const platform = { mini: false }
// #ifdef MP-WEIXIN
platform.mini = true
// #endif
export const audience: Audience = platform.mini ? 'mini' : 'h5'

/** Where the server is: the page's own host for H5; a deployer's address, given at build time, for the mini-program. */
export const origin: string = audience === 'h5' ? '' : String(import.meta.env.VITE_API_ORIGIN ?? '').replace(/\/$/, '')

const REFRESH = 'tx-refresh'
const DEVICE = 'tx-device'
let accessToken = ''
let sessionOver: () => void = () => {}
let tokenTaken: (answer: SessionAnswer) => void = () => {}
let prove: (purpose: string, operation: string) => Promise<string | null> = async () => null
let refreshing: Promise<boolean> | null = null

export interface SessionAnswer { access_token: string; refresh_token?: string | null; must_change_password?: boolean; active_organisation?: string | null }
export const hasToken = () => accessToken !== ''
export const onSessionOver = (f: () => void) => { sessionOver = f }
export const onTokenTaken = (f: (answer: SessionAnswer) => void) => { tokenTaken = f }
/** Asked when the server wants the person proven again for one act; answers the proof's id, or null when given up. */
export const onStepUp = (f: typeof prove) => { prove = f }

/** Keeps what a sign-in or a switch answered. */
export function takeToken(answer: { access_token: string; refresh_token?: string | null }): void {
  accessToken = answer.access_token
  if (audience === 'mini' && answer.refresh_token) uni.setStorageSync(REFRESH, answer.refresh_token)
}
export function dropToken(): void {
  accessToken = ''
  if (audience === 'mini') uni.removeStorageSync(REFRESH)
}

/** A random UUID; `crypto` where there is one. */
export function newKey(): string {
  const bytes = new Uint8Array(16)
  const c = (globalThis as { crypto?: Crypto }).crypto
  if (c?.getRandomValues) c.getRandomValues(bytes)
  else for (let i = 0; i < 16; i++) bytes[i] = Math.floor(Math.random() * 256)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** This phone's own random name: binds codes and the refresh token to it. */
export function deviceId(): string {
  const kept = uni.getStorageSync(DEVICE) as string
  if (kept) return kept
  const made = newKey()
  uni.setStorageSync(DEVICE, made)
  return made
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
export interface Options {
  query?: Record<string, unknown>
  body?: unknown
  /** Idempotency key: make it once per act with newKey() and keep it until the act is answered. */
  key?: string
  headers?: Record<string, string>
  timeout?: number
  raw?: boolean
}
interface Answered { status: number; data: unknown; header: Record<string, string> }

const quiet = ['/auth/password-login', '/auth/refresh', '/auth/captcha', '/auth/sms/', '/auth/sms-login', '/auth/logout', '/auth/wechat/login', '/auth/wechat/phone', '/auth/face/']

function address(path: string, query: Record<string, unknown> = {}): string {
  const pairs = Object.entries(query).filter(([, v]) => v !== undefined && v !== null && v !== '').map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(String(v))}`)
  return origin + path + (pairs.length ? (path.includes('?') ? '&' : '?') + pairs.join('&') : '')
}

/** What every request to the server carries. */
export function headersNow(more: Record<string, string> = {}): Record<string, string> {
  const headers: Record<string, string> = { accept: 'application/json', 'x-device-id': deviceId(), ...more }
  if (accessToken) headers.authorization = `Bearer ${accessToken}`
  return headers
}

function send(method: Method, path: string, o: Options): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const headers = headersNow(o.headers)
    if (o.body !== undefined) headers['content-type'] = 'application/json'
    if (o.key) headers['idempotency-key'] = o.key
    uni.request({
      url: address(path, o.query), method: method as 'GET', header: headers, data: o.body === undefined ? undefined : (JSON.stringify(o.body) as unknown as object),
      timeout: o.timeout ?? 20_000, withCredentials: true, dataType: o.raw ? 'raw' : 'json', responseType: o.raw ? 'arraybuffer' : 'text',
      success: (r) => {
        connection.reached()
        const header: Record<string, string> = {}
        for (const [k, v] of Object.entries((r.header ?? {}) as Record<string, string>)) header[k.toLowerCase()] = v
        resolve({ status: r.statusCode, data: r.data, header })
      },
      fail: () => reject(connection.failed() ? offline() : unreachable()),
    })
  })
}

function alone<T>(work: () => Promise<T>): Promise<T> {
  // Refresh tokens rotate: two tabs of a browser must not spend the same one.
  const locks = typeof navigator === 'undefined' ? undefined : (navigator as Navigator & { locks?: LockManager }).locks
  return locks ? (locks.request('tanxiao-refresh-h5', work) as Promise<T>) : work()
}

/** Takes a new access token. True when there is one; throws when the server cannot be reached (the session may still live). */
export function refresh(): Promise<boolean> {
  refreshing ??= alone(async () => {
    const kept = audience === 'mini' ? (uni.getStorageSync(REFRESH) as string) : ''
    if (audience === 'mini' && !kept) return false
    const before = accessToken
    accessToken = ''
    let answer: Answered
    try {
      answer = await send('POST', '/api/v1/auth/refresh', { body: kept ? { refresh_token: kept } : { client: 'h5' } })
    } catch (error) {
      accessToken = before
      throw error
    }
    if (answer.status >= 500 || answer.status === 429) { accessToken = before; throw problemOf(answer.status, answer.data, answer.header) }
    if (answer.status !== 200) { if (kept) uni.removeStorageSync(REFRESH); return false }
    const session = answer.data as SessionAnswer
    takeToken(session)
    tokenTaken(session)
    return true
  }).finally(() => { refreshing = null })
  return refreshing
}

async function request(method: Method, path: string, o: Options = {}): Promise<Answered> {
  const ours = !quiet.some((part) => path.includes(part))
  if (ours && refreshing) await refreshing.catch(() => false) // a page that opens with the app waits for its token
  let answer = await send(method, path, o)
  if (answer.status === 401 && ours) {
    if (await refresh()) answer = await send(method, path, o)
    if (answer.status === 401) sessionOver()
  }
  if (answer.status === 403 && (answer.data as { code?: string } | null)?.code === 'STEP_UP_REQUIRED') {
    const wanted = answer.data as { purpose?: string; operation?: string }
    const proof = await prove(String(wanted.purpose ?? ''), String(wanted.operation ?? ''))
    if (proof) answer = await send(method, path, { ...o, headers: { ...o.headers, 'x-step-up': proof } })
  }
  if (answer.status >= 400) throw problemOf(answer.status, answer.data, answer.header)
  return answer
}

/** Untyped way in. */
export async function call<T>(method: Method, path: string, o: Options = {}): Promise<T> {
  const answer = await request(method, path, o)
  return (answer.status === 204 ? undefined : answer.data) as T
}

/** A file of ours: bytes, media type and the name the server gave. */
export async function fetchFile(path: string, query?: Record<string, unknown>): Promise<{ bytes: ArrayBuffer; type: string; name: string }> {
  const answer = await request('GET', path, { query, raw: true, headers: { accept: '*/*' }, timeout: 60_000 })
  const disposition = answer.header['content-disposition'] ?? ''
  const star = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1]
  const plain = /filename="?([^";]+)"?/i.exec(disposition)?.[1]
  return { bytes: answer.data as ArrayBuffer, type: answer.header['content-type'] ?? 'application/octet-stream', name: star ? decodeURIComponent(star) : plain ?? path.split('/').pop() ?? 'file' }
}

/** Opens a file of ours: the phone's viewer in the mini-program, a download in a browser. */
export async function openFile(path: string, query?: Record<string, unknown>): Promise<void> {
  const file = await fetchFile(path, query)
  // #ifdef H5
  const url = URL.createObjectURL(new Blob([file.bytes], { type: file.type }))
  const link = document.createElement('a')
  link.href = url
  link.download = file.name
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
  // #endif
  // #ifdef MP-WEIXIN
  const target = `${(uni as unknown as { env: { USER_DATA_PATH: string } }).env.USER_DATA_PATH}/${file.name}`
  uni.getFileSystemManager().writeFileSync(target, file.bytes, 'binary')
  await uni.openDocument({ filePath: target, showMenu: true })
  // #endif
}

/** Multipart upload of a chosen file (`filePath` of uni.chooseImage, uni.chooseFile or wx.chooseMessageFile); `fields` are texts beside it. */
export async function uploadFile<T>(path: string, filePath: string, fields: Record<string, string> = {}, o: { name?: string; key?: string; headers?: Record<string, string> } = {}): Promise<T> {
  const once = () => new Promise<Answered>((resolve, reject) => {
    const header = headersNow({ ...o.headers, ...(o.key ? { 'idempotency-key': o.key } : {}) })
    uni.uploadFile({
      url: address(path), filePath, name: o.name ?? 'file', formData: fields, header, timeout: 60_000,
      success: (r) => { let data: unknown = r.data; try { data = JSON.parse(r.data) } catch { /* not JSON: problemOf says so */ } resolve({ status: r.statusCode, data, header: {} }) },
      fail: () => reject(connection.failed() ? offline() : unreachable()),
    })
  })
  let answer = await once()
  if (answer.status === 401 && (await refresh())) answer = await once()
  if (answer.status >= 400) throw problemOf(answer.status, answer.data, answer.header)
  return answer.data as T
}

// Types of the served document --------------------------------------------------------------------------------------
type Ops<M extends string> = { [P in keyof paths]: paths[P] extends Record<M, infer O> ? ([O] extends [undefined] ? never : P) : never }[keyof paths]
type Op<P extends keyof paths, M extends string> = M extends keyof paths[P] ? NonNullable<paths[P][M]> : never
type Json<T> = T extends { content: { 'application/json': infer J } } ? J : undefined
export type AnswerOf<P extends keyof paths, M extends string> = Op<P, M> extends { responses: infer R } ? Json<R extends { 200: infer A } ? A : R extends { 201: infer B } ? B : R extends { 202: infer C } ? C : never> : never
type BodyOf<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : undefined
type Extra<O> = Omit<Options, 'body' | 'query'> & {
  path?: O extends { parameters: { path: infer X } } ? X : never
  query?: O extends { parameters: { query?: infer Q } } ? Q : never
  body?: BodyOf<O>
}
const fill = (path: string, values: Record<string, unknown> = {}) => path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])))
const by = <M extends 'get' | 'post' | 'put' | 'delete'>(method: M) => <P extends Ops<M>>(path: P, o: Extra<Op<P, M>> = {}) => {
  const { path: values, ...rest } = o as Options & { path?: Record<string, unknown> }
  return call<AnswerOf<P, M>>(method.toUpperCase() as Method, fill(path as string, values), rest)
}
export const get = by('get')
export const post = by('post')
export const put = by('put')
export const del = by('delete')

export { Problem }
