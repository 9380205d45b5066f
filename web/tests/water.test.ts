import { describe, expect, it } from 'vitest'
import { apart, bodyOf, intake, liveBalance, liveGap, liveUses, typedOf, type Typed } from '@/pages/water/form'
import type { WaterYear } from '@/api/water'

const empty = { data: {}, products: [], measures: [], plans: [], titles: [] } as unknown
const typed = (data: Record<string, string>): Typed => ({ ...(empty as Typed), data, metering: '', tested_on: '', tested_by: '', test_file: null, comments: '' })
const CASE = { tap: '86,000', surface: '0', ground: '14000', bought_other: '0', supplied_out: '2000', reclaimed: '6000', consumed: '31000', discharged: '66000', leaked: '3500', use_production: '82100', use_auxiliary: '8600', use_attached: '7300' }

describe('the balance while typing', () => {
  it('says what the server will say of the case', () => {
    expect(intake(CASE)).toBe('98000')
    expect(liveBalance(CASE, 10)).toMatchObject({ gap: '3.37', over: false, text: '进 104,000.0000 = 出 100,500.0000 · 差 3.37%' })
    expect(liveUses(CASE, 10)).toMatchObject({ gap: '0.00', over: false })
  })
  it('takes ten percent and not a hundredth more', () => {
    expect(liveBalance({ ...CASE, discharged: '59100' }, 10)).toMatchObject({ gap: '10.00', over: false })
    expect(liveBalance({ ...CASE, discharged: '59094.8' }, 10)).toMatchObject({ gap: '10.01', over: true })
  })
  it('waits until both sides are known; a blank is not nothing', () => {
    expect(intake({ ...CASE, surface: '' })).toBeNull()
    expect(liveBalance({ ...CASE, leaked: '' }, 10)).toBeNull()
    expect(liveUses({ ...CASE, use_attached: '' }, 10)).toBeNull()
  })
  it('has no percentage of nothing', () => {
    const zero = Object.fromEntries(Object.keys(CASE).map((k) => [k, '0']))
    expect(liveBalance(zero, 10)).toMatchObject({ gap: null, over: false })
    expect(liveBalance({ ...zero, leaked: '5' }, 10)).toMatchObject({ gap: null, over: true })
  })
  it('rounds half up, exactly', () => {
    expect(apart('200000', '199999')).toBe('0.00')
    expect(apart('20000', '19999')).toBe('0.01')
    expect(apart('999999999999.9999', '0')).toBe('100.00')
  })
  it('names by how much products miss the production intake', () => {
    const t = typed(CASE)
    t.products = [{ id: null, name: '布', unit: 't', output: '1', production_water: '72800', quota_id: '' }, { id: null, name: '衣', unit: '万件', output: '1', production_water: '9000', quota_id: '' }]
    expect(liveGap(t)).toBe('-300')
    t.products[1]!.production_water = '9300.01'
    expect(liveGap(t)).toBe('')
  })
})

describe('what is sent', () => {
  it('leaves blanks out, keeps zeros, names what is no number', () => {
    const errors: Record<string, string> = {}
    const t = typed({ ...CASE, surface: '', ground: '-3', staff: '12.5', tap: '八' })
    const body = bodyOf(t, 3, errors)
    expect(body.version).toBe(3)
    expect(body.data).toMatchObject({ surface: null, bought_other: '0', discharged: '66000' })
    expect(Object.keys(errors).sort()).toEqual(['data.ground', 'data.staff', 'data.tap'])
    expect(errors['data.ground']).toBe('不能为负数，没有请填 0。')
  })
  it('comes back from the server as it was typed', () => {
    const view = { data: { tap: '86000.0000', staff: 160, metering: '', tested_on: null, tested_by: '', test_file: null, comments: '' }, products: [], measures: [], plans: [], titles: [] } as unknown as WaterYear
    expect(typedOf(view).data).toMatchObject({ tap: '86000', staff: '160', surface: '' })
  })
})
