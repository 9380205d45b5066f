import { beforeEach, describe, expect, it } from 'vitest'
import { connection } from '@/api/connection'
import { call, deviceId, dropToken, get, newKey, onSessionOver, onStepUp, takeToken, uploadFile } from '@/api/client'
import { Problem } from '@/api/problem'
import { phone, problem } from './setup'

describe('the one door to the server', () => {
  beforeEach(() => { dropToken(); takeToken({ access_token: 'old' }); onSessionOver(() => {}); onStepUp(async () => null); connection.online = true })

  it('takes a new token once for all who wait and repeats the same requests with the same key and body', async () => {
    phone.serve = (r) => (r.path.endsWith('/refresh') ? { status: 200, body: { access_token: 'new' } } : r.header.authorization === 'Bearer new' ? { status: 200, body: { ok: 1 } } : problem('SESSION_ENDED', 401))
    const [a, b] = await Promise.all([call('POST', '/api/v1/filing/submit', { body: { n: 1 }, key: 'k1' }), get('/api/v1/dashboard')])
    expect([a, b]).toEqual([{ ok: 1 }, { ok: 1 }])
    expect(phone.asked.filter((r) => r.path.endsWith('/refresh'))).toHaveLength(1)
    const posts = phone.asked.filter((r) => r.path.endsWith('/submit'))
    expect(posts.map((r) => [r.header['idempotency-key'], r.body])).toEqual([['k1', { n: 1 }], ['k1', { n: 1 }]])
  })
  it('says that the session is over when no new token is given, once', async () => {
    let over = 0
    onSessionOver(() => { over++ })
    phone.serve = () => problem('SESSION_ENDED', 401)
    await expect(call('GET', '/api/v1/dashboard')).rejects.toMatchObject({ code: 'SESSION_ENDED', status: 401 })
    expect(over).toBe(1)
  })
  it('a server that cannot be reached while refreshing is not the end of the session', async () => {
    let over = 0
    onSessionOver(() => { over++ })
    phone.serve = (r) => (r.path.endsWith('/refresh') ? problem('BUSY', 503) : problem('SESSION_ENDED', 401))
    await expect(call('GET', '/api/v1/dashboard')).rejects.toMatchObject({ code: 'BUSY' })
    expect(over).toBe(0)
  })
  it('a wrong password is no ended session', async () => {
    let over = 0
    onSessionOver(() => { over++ })
    phone.serve = () => problem('LOGIN_FAILED', 401)
    await expect(call('POST', '/api/v1/auth/password-login', { body: {} })).rejects.toMatchObject({ code: 'LOGIN_FAILED' })
    expect([over, phone.asked.length]).toEqual([0, 1])
  })
  it('asks for one more proof and sends it with the repeated act', async () => {
    onStepUp(async (purpose, operation) => { expect([purpose, operation]).toEqual(['member.manage', 'PUT /x']); return 'proof-1' })
    phone.serve = (r) => (r.header['x-step-up'] === 'proof-1' ? { status: 200, body: { done: 1 } } : problem('STEP_UP_REQUIRED', 403, { purpose: 'member.manage', operation: 'PUT /x' }))
    expect(await call('PUT', '/api/v1/x', { body: {} })).toEqual({ done: 1 })
  })
  it('tells want of a network from a silent server', async () => {
    await expect(call('GET', '/api/v1/x')).rejects.toMatchObject({ code: 'UNREACHABLE', unanswered: true })
    connection.online = false
    await expect(call('GET', '/api/v1/x')).rejects.toMatchObject({ code: 'OFFLINE', unanswered: true })
    phone.serve = () => ({ status: 200, body: {} })
    await call('GET', '/api/v1/x')
    expect(connection.online).toBe(true)
  })
  it('reads problem+json, keeps what is extra, shows six characters for the hotline; a page of a proxy is said to be one', async () => {
    phone.serve = () => problem('MONTH_ALREADY_FILED', 409, { conflicts: [1], errors: [{ path: 'a', code: 'X', message: 'm' }] })
    const p = (await call('POST', '/api/v1/x').catch((e: unknown) => e)) as Problem
    expect(p).toBeInstanceOf(Problem)
    expect([p.number, p.extra, p.errors.length]).toEqual(['7F3A21', { conflicts: [1] }, 1])
    phone.serve = () => ({ status: 502, body: '<html>' })
    await expect(call('GET', '/api/v1/x')).rejects.toMatchObject({ code: 'HTTP_502' })
  })
  it('fills addresses, leaves empty queries out, names this phone on every request', async () => {
    phone.serve = () => ({ status: 200, body: {} })
    await get('/api/v1/reports/{report_id}', { path: { report_id: 'a/b' } as never })
    await call('GET', '/api/v1/x', { query: { year: 2025, q: '', none: null, zh: '电' } })
    expect(phone.asked.map((r) => r.path)).toEqual(['/api/v1/reports/a%2Fb', '/api/v1/x?year=2025&zh=%E7%94%B5'])
    expect(phone.asked[0]!.header['x-device-id']).toBe(deviceId())
    expect(deviceId().length).toBeGreaterThanOrEqual(16)
  })
  it('makes keys that are UUIDs and never the same', () => {
    const keys = Array.from({ length: 50 }, newKey)
    expect(new Set(keys).size).toBe(50)
    for (const k of keys) expect(k).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
  it('uploads with the same token, key and problem', async () => {
    const sent: { header: Record<string, string> }[] = []
    Object.assign(uni, { uploadFile: (o: { header: Record<string, string>; success: (r: object) => void }) => { sent.push(o); o.success({ statusCode: 422, data: JSON.stringify(problem('FILE_KIND', 422).body) }) } })
    await expect(uploadFile('/api/v1/x', '/tmp/a.heic', {}, { key: 'k2' })).rejects.toMatchObject({ code: 'FILE_KIND' })
    expect([sent[0]!.header.authorization, sent[0]!.header['idempotency-key']]).toEqual(['Bearer old', 'k2'])
  })
})
