import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as scan from '@/api/scan'
import { Problem } from '@/api/problem'
import ScanCard from '@/shell/ScanCard.vue'
import { useSession } from '@/stores/session'

vi.mock('@/api/scan', () => ({ ask: vi.fn(), poll: vi.fn(), cancel: vi.fn(async () => ({})), exchange: vi.fn() }))
const ticket = (n: number) => ({ ticket_id: `ticket-${n}`, qr_text: `https://example.org/m/#/pages/scan/confirm?t=ticket-${n}`, expires_at: '2026-01-01T00:02:00Z', poll_secret: null })
const standing = (state: string, number: number | null = null) => ({ state, number, name_masked: number ? '陈*明' : null, expires_at: '2026-01-01T00:02:00Z' })
const later = async (ms: number) => { await vi.advanceTimersByTimeAsync(ms); await flushPromises() }
/** A poll that is answered when the test says so. */
function held() {
  let answer!: (s: unknown) => void
  let fail!: (e: unknown) => void
  vi.mocked(scan.poll).mockImplementationOnce(() => new Promise((a, f) => { answer = a as typeof answer; fail = f }))
  return { answer: (s: unknown) => { answer(s); return flushPromises() }, fail: (e: unknown) => { fail(e); return flushPromises() } }
}
const show = (props = {}) => mount(ScanCard, { props: { active: true, ...props }, global: { stubs: { ElButton: { template: '<button><slot /></button>' } } } })

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  for (const f of [scan.ask, scan.poll, scan.exchange]) vi.mocked(f as typeof scan.ask).mockReset()
  let n = 0
  vi.mocked(scan.ask).mockImplementation(async () => ticket(++n))
})
afterEach(() => { vi.useRealTimers() })

describe('scan sign-in card', () => {
  it('shows the number after the scan and enters after the confirmation', async () => {
    const first = held()
    const second = held()
    const w = show()
    await later(0)
    expect(w.attributes('data-state')).toBe('created')
    expect(scan.poll).toHaveBeenCalledWith('ticket-1', 'created', expect.anything())
    await first.answer(standing('scanned', 7))
    expect(w.get('[data-testid=scan-number]').text()).toContain('07')
    await later(1100)
    await second.answer(standing('confirmed', 7))
    const enter = vi.spyOn(useSession(), 'enter').mockResolvedValue({ changed: false })
    vi.mocked(scan.exchange).mockResolvedValueOnce({ access_token: 'x' } as never)
    await later(1100)
    expect(enter).toHaveBeenCalledOnce()
    expect(w.emitted('done')).toHaveLength(1)
  })
  it('polls at least a second apart, and five seconds more when told to slow down', async () => {
    const first = held()
    show()
    await later(0)
    await first.fail(new Problem('SLOW_DOWN', '查询太频繁，请放慢。', 429))
    await later(5900)
    expect(scan.poll).toHaveBeenCalledTimes(1)
    held()
    await later(300)
    expect(scan.poll).toHaveBeenCalledTimes(2)
  })
  it('asks nothing while another tab is shown, and goes on with the same code', async () => {
    const first = held()
    const w = show()
    await later(0)
    await w.setProps({ active: false })
    await first.answer(standing('created'))
    await later(30_000)
    expect(scan.poll).toHaveBeenCalledTimes(1)
    held()
    await w.setProps({ active: true })
    await later(1200)
    expect(scan.poll).toHaveBeenCalledTimes(2)
    expect(scan.ask).toHaveBeenCalledTimes(1)
  })
  it.each([['denied', '已在手机上拒绝'], ['expired', '二维码已失效'], ['cancelled', '已取消']])('draws %s where the code stood, with a refresh', async (state, words) => {
    const first = held()
    const w = show()
    await later(0)
    await first.answer(standing(state))
    expect(w.get('[data-testid=scan-cover]').text()).toContain(words)
    held()
    await w.get('[data-testid=scan-refresh]').trigger('click')
    await later(0)
    expect(w.attributes('data-state')).toBe('created')
    expect(scan.ask).toHaveBeenCalledTimes(2)
  })
  it('says that the service is away and tries again', async () => {
    const first = held()
    const w = show()
    await later(0)
    await first.fail(new Problem('UNREACHABLE', '暂时连不上服务。'))
    expect(w.find('[data-testid=scan-away]').exists()).toBe(true)
    const second = held()
    await later(2300)
    await second.answer(standing('created'))
    expect(w.find('[data-testid=scan-away]').exists()).toBe(false)
  })
  it('gives its code up when the page is left', async () => {
    held()
    const w = show()
    await later(0)
    w.unmount()
    expect(scan.cancel).toHaveBeenCalledWith('ticket-1')
  })
})
