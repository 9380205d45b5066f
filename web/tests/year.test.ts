import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { DraftBody, Year } from '@/api/filing'
import { Problem } from '@/api/problem'
import { keyOf } from '@/pages/filing/grid'
import { FilingYear, type DraftDoor } from '@/pages/filing/year'

const month = (n: number, state: string) => ({ month: `2026-${String(n).padStart(2, '0')}`, state, version: state === 'submitted' ? 1 : 0, draftVersion: 0, savedAt: null, savedBy: null, co2: null, tce: null, locked: false, estimated: false })
const item = (id: string) => ({ id, carrier: id, name: id, use: 'fuel', group: 'direct' as const, unit: 't', account: null, place: null, firstMonth: '2026-01', lastMonth: null, decimals: 6 })
const wire = (): Year => ({ year: 2026, years: [2026], items: [item('gas'), item('oil')], months: [month(1, 'submitted'), month(2, 'open'), month(3, 'open'), month(4, 'not_due')],
  values: [{ item: 'gas', month: '2026-01', submitted: '3', draft: null, co2: null, tce: null, lastYear: null, mean3: null, reason: null, trace: null }], process: {}, green: {}, greenStored: {}, lockedBy: [] })

class Door implements DraftDoor {
  versions: Record<string, number> = {}
  sent: { month: string; version: number; body: DraftBody }[] = []
  down = false
  newer: DraftBody | null = null
  async year() { return wire() }
  async saveDraft(m: string, version: number, body: DraftBody) {
    if (this.down) throw new TypeError('network')
    if ((this.versions[m] ?? 0) !== version) throw new Problem('STALE_VERSION', '已有更新的草稿', 409, [], '', { current: true })
    this.versions[m] = version + 1
    this.sent.push({ month: m, version, body })
    return { version: version + 1, savedAt: '2026-03-10T01:41:00Z' }
  }
  otherDraft() { return this.newer ? { version: 5, savedAt: '2026-03-10T01:38:00Z', savedBy: '李*', body: this.newer } : null }
}
const write = (y: FilingYear, id: string, m: string, v: string) => y.grid.write([[keyOf(id, m), v]])

describe('drafts', () => {
  beforeEach(() => { vi.useFakeTimers(); localStorage.clear() })
  it('saves a changed month by itself, once', async () => {
    const door = new Door()
    const y = new FilingYear(door, 'k', '2026-03', true)
    await y.load(2026)
    write(y, 'gas', '2026-02', '3'); write(y, 'oil', '2026-02', '4')
    expect(y.state.saved).toBe('waiting')
    await vi.advanceTimersByTimeAsync(1000)
    expect(door.sent).toHaveLength(1)
    expect(door.sent[0]!.body.values).toEqual([{ item_id: 'gas', amount: '3' }, { item_id: 'oil', amount: '4' }])
    expect([y.state.saved, y.grid.unsaved(), y.state.months['2026-02']!.draftVersion]).toEqual(['saved', [], 1])
  })
  it('keeps what is typed on this machine while the server is away, and sends it later', async () => {
    const door = new Door()
    door.down = true
    const y = new FilingYear(door, 'k', '2026-03', true)
    await y.load(2026)
    write(y, 'gas', '2026-02', '7')
    await vi.advanceTimersByTimeAsync(1000)
    expect(y.state.saved).toBe('failed')
    vi.clearAllTimers()
    const again = new FilingYear(door, 'k', '2026-03', true)
    await again.load(2026)
    expect(again.grid.state.cells[keyOf('gas', '2026-02')]!.value).toBe('7')
    expect(again.state.restored).toBe(1)
    door.down = false
    await vi.advanceTimersByTimeAsync(11_000)
    expect(again.state.saved).toBe('saved')
    expect(localStorage.length).toBe(0)
  })
  it('shows the newer draft beside mine and overwrites neither', async () => {
    const door = new Door()
    door.newer = { values: [{ item_id: 'gas', amount: '9' }, { item_id: 'oil', amount: null }], process: [], green: null, reasons: {} }
    door.versions['2026-02'] = 5
    const y = new FilingYear(door, 'k', '2026-03', true)
    await y.load(2026)
    write(y, 'gas', '2026-02', '3')
    await vi.advanceTimersByTimeAsync(1000)
    expect(y.state.others['2026-02']!.savedBy).toBe('李*')
    expect(y.grid.state.cells[keyOf('gas', '2026-02')]!.value).toBe('3')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(door.sent).toHaveLength(0)
    await y.settle('2026-02', 'mine')
    expect(door.sent.map((s) => [s.version, s.body.values[0]!.amount])).toEqual([[5, '3']])
  })
  it('takes theirs when I say so', async () => {
    const door = new Door()
    door.newer = { values: [{ item_id: 'gas', amount: '9' }, { item_id: 'oil', amount: null }], process: [{ name: '回收', co2: '-1', note: '自用' }], green: null, reasons: {} }
    door.versions['2026-02'] = 5
    const y = new FilingYear(door, 'k', '2026-03', true)
    await y.load(2026)
    write(y, 'gas', '2026-02', '3')
    await vi.advanceTimersByTimeAsync(1000)
    await y.settle('2026-02', 'theirs')
    expect(y.grid.state.cells[keyOf('gas', '2026-02')]!.value).toBe('9')
    expect(y.processOf('2026-02')).toEqual([{ name: '回收', co2: '-1', note: '自用' }])
    expect(door.sent).toHaveLength(0)
  })
  it('knows what is missing, what may be edited and what has ended', async () => {
    const y = new FilingYear(new Door(), 'k', '2026-03', true)
    await y.load(2026)
    write(y, 'gas', '2026-02', '0')
    expect(y.missing('2026-02').map((i) => i.id)).toEqual(['oil'])
    expect(y.grid.state.cells[keyOf('gas', '2026-04')]!.editable).toBe(false)
    expect([y.hasEnded('2026-02'), y.hasEnded('2026-03')]).toEqual([true, false])
  })
})
