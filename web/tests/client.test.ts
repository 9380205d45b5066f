import { beforeEach, describe, expect, it, vi } from 'vitest'
import { call, onSessionOver, onStepUp, setToken } from '@/api/client'
import { Problem, problemOf } from '@/api/problem'

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' } })
const problem = (code: string, status: number, extra = {}) => json({ type: 'about:blank', title: code, status, code, detail: '说明。', instance: '/x', request_id: '0192-7f3a21', errors: [], ...extra }, status)
let asked: Request[] = []
function serve(answer: (r: Request, n: number) => Response | Promise<Response>) {
  asked = []
  vi.stubGlobal('fetch', vi.fn(async (r: Request) => { asked.push(r.clone()); return answer(r, asked.length) }))
}
const path = (r: Request) => new URL(r.url).pathname

describe('the one door to the server', () => {
  beforeEach(() => { setToken('old'); onSessionOver(() => {}); onStepUp(async () => null) })

  it('takes a new token once and repeats the same request with the same key and body', async () => {
    serve((r) => (path(r).endsWith('/refresh') ? json({ access_token: 'new' }) : r.headers.get('authorization') === 'Bearer new' ? json({ ok: true }) : problem('SESSION_ENDED', 401)))
    const [a, b] = await Promise.all([call('POST', '/api/v1/filing/submit', { body: { n: 1 }, key: 'k1' }), call('GET', '/api/v1/dashboard')])
    expect([a, b]).toEqual([{ ok: true }, { ok: true }])
    expect(asked.filter((r) => path(r).endsWith('/refresh'))).toHaveLength(1)
    const posts = asked.filter((r) => path(r).endsWith('/submit'))
    expect(posts.map((r) => r.headers.get('idempotency-key'))).toEqual(['k1', 'k1'])
    expect(await Promise.all(posts.map((r) => r.json()))).toEqual([{ n: 1 }, { n: 1 }])
  })
  it('says that the session is over when no new token is given', async () => {
    let over = 0
    onSessionOver(() => { over++ })
    serve((r) => (path(r).endsWith('/refresh') ? problem('UNAUTHENTICATED', 401) : problem('SESSION_ENDED', 401)))
    await expect(call('GET', '/api/v1/dashboard')).rejects.toMatchObject({ code: 'SESSION_ENDED', status: 401 })
    expect(over).toBe(1)
  })
  it('asks for one more proof and sends it with the repeated act', async () => {
    onStepUp(async (purpose, operation) => { expect([purpose, operation]).toEqual(['member.manage', 'PUT /x']); return 'proof-1' })
    serve((r) => (r.headers.get('x-step-up') === 'proof-1' ? json({ done: 1 }) : problem('STEP_UP_REQUIRED', 403, { purpose: 'member.manage', operation: 'PUT /x' })))
    expect(await call('PUT', '/api/v1/x', { body: {} })).toEqual({ done: 1 })
  })
  it('a refused proof leaves the refusal', async () => {
    serve(() => problem('STEP_UP_REQUIRED', 403))
    await expect(call('PUT', '/api/v1/x', { body: {} })).rejects.toMatchObject({ code: 'STEP_UP_REQUIRED' })
    expect(asked).toHaveLength(1)
  })
  it('a dead line is a sentence, not a stack', async () => {
    serve(() => { throw new TypeError('Failed to fetch') })
    await expect(call('GET', '/api/v1/dashboard')).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })
  it('reads problem+json and keeps what is extra; shows six characters for the hotline', async () => {
    const p = await problemOf(problem('MONTH_ALREADY_FILED', 409, { conflicts: [1], errors: [{ path: 'a', code: 'X', message: 'm' }] }))
    expect(p).toBeInstanceOf(Problem)
    expect([p.number, p.extra, p.errors.length]).toEqual(['7F3A21', { conflicts: [1] }, 1])
    expect((await problemOf(new Response('<html>', { status: 502 }))).code).toBe('HTTP_502')
  })
})
