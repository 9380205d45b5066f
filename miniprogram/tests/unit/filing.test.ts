import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Energy, Grid, Template } from '@/api/filing'
import { Problem } from '@/api/problem'
import * as queue from '@/filing/queue'
import * as sheets from '@/filing/sheet'
import * as wizard from '@/filing/wizard'
import { useFiling } from '@/stores/filing'
import { useSession } from '@/stores/session'
import { phone, problem } from './setup'

const item = (id: string, carrier: string, first = '2026-01', last: string | null = null) => ({ id, carrier, name: carrier, label: carrier === 'diesel' ? '柴油' : '电力', use: 'fuel', unit: 't', scope: 'direct', account_id: null, account_no: null, boundary_item: 'UNASSIGNED', decimals: 6, first_month: first, last_month: last, place: '', sort: 0 })
const cell = (id: string, month: string, submitted: string | null) => ({ item_id: id, month, submitted, co2_t: null, tce: null, due: true, estimated: false, last_year: null, mean3: null, trace: null })
const gridMonth = (month: string, state: string, more: object = {}) => ({ month, due_on: '2026-11-15', state, version: state === 'submitted' ? 1 : 0, co2_t: null, tce: null, estimated: false, locked: false, answers: [], process: [], green: null, draft: null, ...more })
const grid = (more: object = {}) => ({ year: 2026, years: [2026], template_version: 1, locked_by: [], items: [item('e', 'electricity'), item('d', 'diesel')], months: [gridMonth('2026-09', 'submitted'), gridMonth('2026-10', 'empty')], cells: [cell('e', '2026-09', '41.920000'), cell('d', '2026-09', '1.300000'), cell('e', '2026-10', null), cell('d', '2026-10', null)], ...more }) as unknown as Grid

describe('a month being typed', () => {
  it('opens empty with last month as the hint, not as the value', () => {
    const s = sheets.open(grid(), '2026-10', null, null)
    expect(s.rows.map((r) => [r.text, r.lastMonth])).toEqual([['', '41.92'], ['', '1.3']])
  })
  it('takes January’s hint from December of the year before', () => {
    const now = grid({ months: [gridMonth('2026-01', 'empty')], cells: [cell('e', '2026-01', null), cell('d', '2026-01', null)] })
    const before = { ...grid(), year: 2025, cells: [cell('e', '2025-12', '40')] } as unknown as Grid
    expect(sheets.open(now, '2026-01', before, null).rows[0]!.lastMonth).toBe('40')
  })
  it('what this phone kept goes before the server’s draft, the draft before what is filed', () => {
    const draft = { values: [{ item_id: 'e', amount: '5' }], process: [], green: null, reasons: {} }
    const g = grid({ months: [gridMonth('2026-09', 'submitted', { draft: { body: draft, version: 3, month: '2026-09', mine: true, saved_at: null, saved_by: '' } })] })
    expect(sheets.open(g, '2026-09', null, null).rows.map((r) => r.text)).toEqual(['5', ''])
    const kept = { body: { ...draft, values: [{ item_id: 'e', amount: '7' }] }, base: 3, at: 0, sent: false }
    expect(sheets.open(g, '2026-09', null, kept).rows[0]!.text).toBe('7')
    expect(sheets.open(grid(), '2026-09', null, null).rows.map((r) => r.text)).toEqual(['41.92', '1.3'])
  })
  it('an amount finer than its item takes is said at its row and kept as typed', () => {
    const s = sheets.open(grid({ items: [{ ...item('e', 'electricity'), decimals: 1 }, item('d', 'diesel')] }), '2026-10', null, null)
    s.rows[0]!.text = '12.34'
    s.rows[1]!.text = '12.34'
    expect(sheets.faults(s)).toEqual([{ at: 'e', text: '这一项最多 1 位小数，请四舍五入后填写。' }])
    expect(sheets.body(s).values[0]).toEqual({ item_id: 'e', amount: '12.34' })
    expect(sheets.wire([s], { from: '2026-10', to: '2026-10', mode: 'each' }, true).months[0]!.lines[0]!.amount).toBe('0')
  })
  it('green certificates keep their month of production; drafts of before are read, one amount may stay open', () => {
    const old = { values: [], process: [], green: { mwh: '10', numbers: ['G1'] }, reasons: {} }
    const s = sheets.open(grid(), '2026-10', null, { body: old as never, base: 0, at: 0, sent: false })
    expect(s.green).toEqual({ mwh: '10', certificates: [{ number: 'G1', produced: '', mwh: '' }] })
    s.rows.forEach((r) => { r.text = '1' })
    s.green!.certificates[0]!.produced = '2026-08'
    expect(sheets.faults(s)).toEqual([])
    expect(sheets.wire([s], { from: '2026-10', to: '2026-10', mode: 'each' }).months[0]!.green).toEqual({ mwh: '10', gec_numbers: [], certificates: [{ number: 'G1', produced: '2026-08', mwh: null }] })
    s.green!.certificates.push({ number: 'G2', produced: '2026-08', mwh: '' })
    expect(sheets.faults(s)).toEqual([{ at: 'green', text: '有多张绿证时，请填每张的电量；最多一张可以空着，按余下的电量计。' }])
  })
  it('a stored month’s claim opens for correction without the power that has no certificate', () => {
    const green = { mwh: '10.000000', gec_numbers: ['G1'], certificates: [{ number: 'G1', produced: '2026-08', mwh: '4.000000', counted_mwh: '4.000000', reason: '' }, { number: '', produced: null, mwh: '6', counted_mwh: '0', reason: '没有绿证编号' }], counted: true, counted_mwh: '4' }
    const s = sheets.open(grid({ months: [gridMonth('2026-09', 'submitted', { green })] }), '2026-09', null, null)
    expect(s.green).toEqual({ mwh: '10', certificates: [{ number: 'G1', produced: '2026-08', mwh: '4' }] })
  })
  it('an item that begins later or has ended is not asked', () => {
    const g = grid({ items: [item('e', 'electricity', '2026-11'), item('d', 'diesel', '2026-01', '2026-10')] })
    expect(sheets.open(g, '2026-10', null, null).rows.map((r) => r.item.id)).toEqual(['d'])
  })
  it('names each gap and what to do; 0 is a value, blank is not', () => {
    const s = sheets.open(grid(), '2026-10', null, null)
    s.rows[0]!.text = '0'
    expect(sheets.faults(s)).toEqual([{ at: 'd', text: '请填 10月柴油。没有使用请填 0，空着不能提交。' }])
    s.rows[1]!.text = '１,２３４．５ '
    expect(sheets.faults(s)).toEqual([])
    expect(s.rows[1]!.text).toBe('1234.5')
    s.rows[1]!.text = '12吨'
    expect(sheets.faults(s)[0]!.text).toContain('不是数字')
  })
  it('a reduction asks for its reason, a process line for its name and its figure', () => {
    const s = sheets.open(grid(), '2026-10', null, null)
    s.rows.forEach((r) => { r.text = '1' })
    s.process = [{ name: '', co2: '1', note: '' }, { name: '回收', co2: '-2.5', note: '' }, { name: '石灰', co2: '', note: '' }]
    expect(sheets.faults(s).map((f) => f.at)).toEqual(['process.0', 'process.1', 'process.2'])
  })
  it('the wire carries strings as typed; blanks only count 0 for the running sum', () => {
    const s = sheets.open(grid(), '2026-10', null, null)
    s.rows[0]!.text = '42.860000'
    const range = { from: '2026-10', to: '2026-10', mode: 'each' as const }
    expect(sheets.wire([s], range).months[0]!.lines).toEqual([{ item_id: 'e', amount: '42.860000' }])
    expect(sheets.wire([s], range, true).months[0]!.lines).toEqual([{ item_id: 'e', amount: '42.860000' }, { item_id: 'd', amount: '0' }])
  })
  it('change against last month, none without a measure', () => {
    expect([sheets.changeOf('42.86', '41.92'), sheets.changeOf('', '41.92'), sheets.changeOf('5', '0'), sheets.changeOf('5', null)]).toEqual(['2.24', null, null, null])
  })
})

describe('template wizard', () => {
  const energy = (code: string, name: string) => ({ code, name, family: 'x', has_factor: true, has_tce: true, unit: 't', units: ['t', 'kg'], uses: [{ code: 'fuel', name: '燃料燃烧' }] }) as unknown as Energy
  const all = ['raw_coal', 'diesel', 'electricity', 'heat', 'ethylene', 'natural_gas'].map((c) => energy(c, c))
  it('puts the usual ones of the industry first, nothing ticked beforehand', () => {
    expect(wizard.order(all, 'C2926').usual.map((e) => e.code)).toEqual(['electricity', 'natural_gas', 'diesel', 'heat', 'raw_coal'])
    expect(wizard.order(all, null).rest.map((e) => e.code)).toEqual(['ethylene'])
    expect(wizard.picksOf({ items: [] } as unknown as Template)).toEqual([])
  })
  it('ticks on and off; the same energy twice needs a place', () => {
    let picks = wizard.turn([], all[1]!)
    expect(picks[0]).toMatchObject({ carrier: 'diesel', unit: 't', use: 'fuel' })
    picks = [...picks, wizard.pickOf(all[1]!)]
    expect(Object.keys(wizard.faults(picks, 0))).toEqual(['1'])
    picks[1]!.place = '叉车'
    expect(wizard.faults(picks, 0)).toEqual({})
    expect(wizard.turn(picks, all[1]!)).toEqual([])
    expect(wizard.faults([], 0).pick).toBe('请至少选择一种能源。')
  })
})

const FIRM = { id: 'o1', name: '甲', kind: 'enterprise', status: 'active', roles: ['legal'] }
const me = { status: 200, body: { account_id: 'a', person_id: 'p', login_name: 'x', name: '陈*明', must_change_password: false, second_factor: false, must_enrol_second_factor: false, phone_masked: null, roles: [], permissions: ['filing.edit', 'filing.submit'], audience: 'h5', organisations: [FIRM], active_organisation: 'o1', demo: true, hotline: '1' } }
const preview = (co2 = '10.000000') => ({ status: 200, body: { co2_t: co2, conflicts: [], energy_tce: { equivalent: '1', equal_value: '1' }, fingerprint: `f.${co2}`, lines: [], months: [{ month: '2026-10', co2_t: co2, direct: co2, indirect: '0', process: '0', energy_tce: { equivalent: '1', equal_value: '1' } }], questions: [] } })
const accepted = { status: 200, body: { co2_t: '10', energy_tce: { equivalent: '1', equal_value: '1' }, fingerprint: 'f', months: [{ month: '2026-10' }], restated: false, versions: { '2026-10': 1 } } }
let served: Record<string, ReturnType<typeof problem> | { status: number; body: unknown } | 'dead'>
beforeEach(async () => {
  vi.useFakeTimers()
  vi.setSystemTime(new Date('2026-11-08T01:41:00Z'))
  served = { '/auth/me': me, '/filing/year/': { status: 200, body: grid() }, '/filing/preview': preview(), '/filing/drafts/': { status: 200, body: { version: 1, saved_at: '2026-11-08T01:41:00Z' } }, '/filing/submit': accepted }
  phone.serve = (r) => Object.entries(served).find(([part]) => r.path.includes(part))?.[1] ?? 'dead'
  await useSession().load()
})
const type = (store: ReturnType<typeof useFiling>, ...values: string[]) => { values.forEach((v, n) => { store.sheet!.rows[n]!.text = v; store.touch() }) }

describe('keeping what is typed', () => {
  it('on the phone at once, on the server a moment later, then only there', async () => {
    const store = useFiling()
    await store.choose('2026-10')
    type(store, '42.86')
    expect(phone.stored.get('tx-month:o1:2026-10')).toMatchObject({ sent: false })
    await vi.advanceTimersByTimeAsync(1500)
    expect(phone.asked.filter((a) => a.method === 'PUT').length).toBe(1)
    expect([store.saved, phone.stored.has('tx-month:o1:2026-10')]).toEqual(['saved', false])
  })
  it('without a network it stays on the phone, and a new start finds it', async () => {
    const store = useFiling()
    await store.choose('2026-10')
    served['/filing/drafts/'] = 'dead'
    type(store, '42.86')
    await vi.advanceTimersByTimeAsync(1500)
    expect(store.saved).toBe('local')
    store.open = {}
    await store.choose('2026-10')
    expect(store.sheet!.rows[0]!.text).toBe('42.86')
  })
  it('another phone’s newer draft is shown beside mine and nothing is written over', async () => {
    const store = useFiling()
    await store.choose('2026-10')
    served['/filing/drafts/'] = problem('STALE_DRAFT', 409, { theirs: { version: 7, saved_by_name: '李*', saved_at: '2026-11-08T01:38:00Z', body: { values: [{ item_id: 'e', amount: '40' }] } } })
    type(store, '42.86')
    await vi.advanceTimersByTimeAsync(1500)
    expect([store.other?.savedBy, store.sheet!.rows[0]!.text, store.saved]).toEqual(['李*', '42.86', 'local'])
    served['/filing/drafts/'] = { status: 200, body: { version: 8, saved_at: null } }
    await store.keepMine()
    expect((phone.asked.filter((a) => a.method === 'PUT').slice(-1)[0]!.body as { version: number }).version).toBe(7)
    expect(store.other).toBeNull()
  })
  it('a month left and come back to shows what was saved, and saves on without a conflict with itself', async () => {
    const store = useFiling()
    await store.choose('2026-10')
    type(store, '42.86')
    await vi.advanceTimersByTimeAsync(1500)
    await store.choose('2026-09', false)
    await store.choose('2026-10', false)
    expect([store.sheet!.rows[0]!.text, store.sheet!.draftVersion, store.saved]).toEqual(['42.86', 1, 'saved'])
  })
  it('typed offline before another phone saved: a new start asks too, on the version it was typed on', async () => {
    phone.stored.set('tx-month:o1:2026-10', { body: { values: [{ item_id: 'e', amount: '7' }], process: [], green: null, reasons: {} }, base: 3, at: 0, sent: false })
    served['/filing/year/'] = { status: 200, body: grid({ months: [gridMonth('2026-09', 'submitted'), gridMonth('2026-10', 'empty', { draft: { body: { values: [] }, version: 7, month: '2026-10', mine: false, saved_at: null, saved_by: '李*' } })] }) }
    served['/filing/drafts/'] = problem('STALE_DRAFT', 409, { theirs: { version: 7, saved_by_name: '李*', saved_at: null, body: { values: [{ item_id: 'e', amount: '40' }] } } })
    const store = useFiling()
    await store.choose('2026-10')
    await vi.advanceTimersByTimeAsync(1500)
    expect((phone.asked.filter((a) => a.method === 'PUT').slice(-1)[0]!.body as { version: number }).version).toBe(3)
    expect([store.other?.savedBy, store.sheet!.rows[0]!.text]).toEqual(['李*', '7'])
  })
  it('typed offline and submitted elsewhere meanwhile: the submitted figures stand beside mine, and mine stays until I choose', async () => {
    phone.stored.set('tx-month:o1:2026-09', { body: { values: [{ item_id: 'e', amount: '7' }], process: [], green: null, reasons: {} }, base: 3, at: 0, sent: false, filed: 0 })
    served['/filing/year/'] = { status: 200, body: grid({ months: [gridMonth('2026-09', 'submitted', { version: 1 }), gridMonth('2026-10', 'empty')] }) }
    const store = useFiling()
    await store.choose('2026-09')
    await vi.advanceTimersByTimeAsync(1500)
    expect(phone.asked.filter((a) => a.method === 'PUT')).toEqual([])
    const filed = grid().cells.find((c) => c.item_id === 'e' && c.month === '2026-09')!.submitted!
    expect([store.other?.filed, store.sheet!.rows[0]!.text]).toEqual([1, '7'])
    expect(sheets.differences(store.sheet!, store.other!.body)[0]).toMatchObject({ mine: '7', theirs: String(Number(filed)) })
    store.touch() // a key typed meanwhile asks again at the next start
    expect(phone.stored.get('tx-month:o1:2026-09')).toMatchObject({ filed: 0 })
    store.takeTheirs()
    expect([store.sheet!.rows[0]!.text, store.other, phone.stored.has('tx-month:o1:2026-09')]).toEqual([String(Number(filed)), null, false])
  })
  it('while the month is open: the refusal brings what was submitted', async () => {
    const store = useFiling()
    await store.choose('2026-10')
    served['/filing/drafts/'] = problem('STALE_DRAFT', 409, { theirs: { version: 0, saved_by_name: '李*', saved_at: null, filed_version: 2, body: { values: [{ item_id: 'e', amount: '40' }] } } })
    type(store, '42.86')
    await vi.advanceTimersByTimeAsync(1500)
    expect([store.other?.filed, store.sheet!.rows[0]!.text]).toEqual([2, '42.86'])
    served['/filing/drafts/'] = { status: 200, body: { version: 1, saved_at: null } }
    await store.keepMine()
    expect((phone.asked.filter((a) => a.method === 'PUT').slice(-1)[0]!.body as { version: number }).version).toBe(0)
  })
  it('or theirs is taken, by choice', async () => {
    const store = useFiling()
    await store.choose('2026-10')
    served['/filing/drafts/'] = problem('STALE_DRAFT', 409, { theirs: { version: 7, saved_by_name: '李*', saved_at: null, body: { values: [{ item_id: 'e', amount: '40' }] } } })
    type(store, '42.86')
    await vi.advanceTimersByTimeAsync(1500)
    store.takeTheirs()
    expect([store.sheet!.rows[0]!.text, store.sheet!.draftVersion]).toEqual(['40', 7])
  })
})

describe('submitting', () => {
  it('sends what the preview showed, once, and forgets the draft', async () => {
    const store = useFiling()
    await store.choose('2026-10')
    type(store, '42.86', '1.3')
    await store.compute()
    await store.send()
    const sent = phone.asked.find((a) => a.path.includes('/submit'))!
    expect(sent.body).toMatchObject({ fingerprint: 'f.10.000000', replace: false })
    expect(sent.header['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/)
    expect([store.done?.queued, phone.stored.has('tx-month:o1:2026-10')]).toEqual([false, false])
  })
  it('without a network it waits with its key; sending it later is the same submission', async () => {
    const store = useFiling()
    await store.choose('2026-10')
    type(store, '42.86', '1.3')
    await store.compute()
    served['/filing/submit'] = 'dead'
    await store.send()
    const first = phone.asked.filter((a) => a.path.includes('/submit')).slice(-1)[0]!.header['idempotency-key']
    expect([store.done?.queued, queue.waiting('o1').length]).toEqual([true, 1])
    served['/filing/submit'] = accepted
    await store.sendQueued()
    expect(phone.asked.filter((a) => a.path.includes('/submit')).slice(-1)[0]!.header['idempotency-key']).toBe(first)
    expect(queue.waiting('o1')).toEqual([])
  })
  it('what the server refuses later stays with its reason', async () => {
    queue.add({ key: 'k', organisation: 'o1', at: 0, title: '2026年10月', body: { month_from: '2026-10', month_to: '2026-10', mode: 'each', months: [], fingerprint: null, replace: false, answers: [] } })
    served['/filing/submit'] = problem('MONTH_ALREADY_FILED', 409)
    await queue.flush('o1')
    expect(queue.waiting('o1')[0]!.refused?.code).toBe('MONTH_ALREADY_FILED')
    expect(queue.waiting('another firm')).toEqual([])
  })
  it('a refusal with an answer is thrown, with a fresh key the next time', async () => {
    const store = useFiling()
    await store.choose('2026-10')
    type(store, '42.86', '1.3')
    await store.compute()
    served['/filing/submit'] = problem('FACTOR_CHANGED', 409, { before: '10', after: '11' })
    await expect(store.send()).rejects.toBeInstanceOf(Problem)
    served['/filing/submit'] = accepted
    await store.send({ replace: true })
    const keys = phone.asked.filter((a) => a.path.includes('/submit')).map((a) => a.header['idempotency-key'])
    expect(new Set(keys).size).toBe(2)
  })
})
