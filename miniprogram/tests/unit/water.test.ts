import { beforeEach, describe, expect, it, vi } from 'vitest'
import { useSession } from '@/stores/session'
import { useWater } from '@/stores/water'
import { phone, problem } from './setup'

const served = (version: number, tap: string | null, more: object = {}) => ({ year: 2025, version, state: 'draft', data: { tap, surface: null }, products: [], measures: [], plans: [], titles: [], indicators: [], warnings: [], missing: [], reasons: [], saved_by: '李*', saved_at: version ? '2026-11-20T01:41:00Z' : null, ...more })
const puts = () => phone.asked.filter((r) => r.method === 'PUT')
const KEY = 'tx-water:o1:2025'
function start(permissions = ['water.read', 'water.edit']) {
  useSession().me = { active_organisation: 'o1', permissions, organisations: [] } as never
  return useWater()
}
beforeEach(() => { vi.useFakeTimers() })

describe('a water year being typed', () => {
  it('is kept on the phone at once and on the server a moment later, on the version that was read', async () => {
    phone.serve = (r) => ({ status: 200, body: r.method === 'PUT' ? served(4, '1200.0000') : served(3, null) })
    const w = start()
    await w.choose(2025)
    w.sheet!.data.tap = '1200'
    w.touch()
    expect(phone.stored.has(KEY)).toBe(true)
    expect(puts()).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(1000)
    expect(puts().map((r) => [(r.body as { version: number }).version, (r.body as { data: { tap: string } }).data.tap])).toEqual([[3, '1200']])
    expect([w.sheet!.version, w.saved, phone.stored.has(KEY)]).toEqual([4, 'saved', false])
  })
  it('what cannot be read is not sent, so that nothing kept is lost', async () => {
    phone.serve = () => ({ status: 200, body: served(3, '5.0000') })
    const w = start()
    await w.choose(2025)
    w.sheet!.data.tap = 'x'
    w.touch()
    await vi.advanceTimersByTimeAsync(1000)
    expect([puts().length, w.saved, w.wrong['data.tap']]).toEqual([0, 'local', '「x」不是数字，请填数字，例如 12.5。'])
  })
  it('without a network it stays on the phone and comes back when the year is opened again', async () => {
    phone.serve = (r) => (r.method === 'PUT' ? 'dead' : { status: 200, body: served(3, null) })
    const w = start()
    await w.choose(2025)
    w.sheet!.data.tap = '88'
    w.touch()
    await vi.advanceTimersByTimeAsync(1000)
    expect(w.saved).toBe('local')
    await w.choose(2025)
    expect(w.sheet!.data.tap).toBe('88')
    phone.serve = (r) => ({ status: 200, body: r.method === 'PUT' ? served(4, '88.0000') : served(3, null) })
    await vi.advanceTimersByTimeAsync(1000)
    expect(w.saved).toBe('saved')
  })
  it('typed for one firm is never sent for another: it waits under its own', async () => {
    phone.serve = (r) => (r.method === 'PUT' ? 'dead' : { status: 200, body: served(3, null) })
    const w = start()
    await w.choose(2025)
    w.sheet!.data.tap = '88'
    w.touch()
    await vi.advanceTimersByTimeAsync(1000)
    phone.serve = (r) => ({ status: 200, body: r.method === 'PUT' ? served(4, '88.0000') : served(3, null) })
    phone.asked.length = 0
    useSession().me = { active_organisation: 'o2', permissions: ['water.edit'], organisations: [] } as never
    await w.choose(2025)
    await vi.advanceTimersByTimeAsync(1000)
    expect([puts().length, w.sheet!.data.tap, phone.stored.has(KEY)]).toEqual([0, '', true])
    useSession().me = { active_organisation: 'o1', permissions: ['water.edit'], organisations: [] } as never
    await w.choose(2025)
    expect(w.sheet!.data.tap).toBe('88')
    await vi.advanceTimersByTimeAsync(1000)
    expect([puts().length, w.saved]).toEqual([1, 'saved'])
  })
  it('a newer version elsewhere is shown, and only my choice writes over it or takes it', async () => {
    let now = 7
    phone.serve = (r) => (r.method === 'PUT' ? ((r.body as { version: number }).version === now ? { status: 200, body: served(++now, '88.0000') } : problem('STALE_VERSION', 409, { version: now })) : { status: 200, body: puts().length ? served(now, '70.0000') : served(3, null) })
    const w = start()
    await w.choose(2025)
    w.sheet!.data.tap = '88'
    w.touch()
    await vi.advanceTimersByTimeAsync(1000)
    expect([w.other?.data.tap, w.sheet!.data.tap]).toEqual(['70.0000', '88'])
    await vi.advanceTimersByTimeAsync(5000)
    expect(puts()).toHaveLength(1)
    await w.keepMine()
    expect([puts().length, w.other, w.saved, w.sheet!.version]).toEqual([2, null, 'saved', 8])
  })
  it('the other’s version can be taken instead', async () => {
    phone.serve = (r) => (r.method === 'PUT' ? problem('STALE_VERSION', 409, { version: 7 }) : { status: 200, body: puts().length ? served(7, '70.0000') : served(3, null) })
    const w = start()
    await w.choose(2025)
    w.sheet!.data.tap = '88'
    w.touch()
    await vi.advanceTimersByTimeAsync(1000)
    w.takeTheirs()
    expect([w.sheet!.data.tap, w.sheet!.version, phone.stored.has(KEY)]).toEqual(['70', 7, false])
  })
  it('a refusal is said beside its field; who may only look writes nothing', async () => {
    phone.serve = (r) => (r.method === 'PUT' ? problem('INVALID', 422, { errors: [{ path: 'data.supplied_out', code: 'SUPPLIED_OUT', message: '外供水量大于各类取水之和。' }] }) : { status: 200, body: served(3, null) })
    const w = start()
    await w.choose(2025)
    w.sheet!.data.supplied_out = '9'
    w.touch()
    await vi.advanceTimersByTimeAsync(1000)
    expect([w.saved, w.wrong['data.supplied_out']]).toEqual(['failed', '外供水量大于各类取水之和。'])
    phone.asked.length = 0
    useSession().me = { active_organisation: 'o2', permissions: ['water.read'], organisations: [] } as never
    await w.choose(2025)
    w.touch()
    await vi.advanceTimersByTimeAsync(1000)
    expect(puts()).toHaveLength(0)
  })
})
