import { mount } from '@vue/test-utils'
import { nextTick } from 'vue'
import { describe, expect, it } from 'vitest'
import StackedColumns from '@/components/StackedColumns.vue'
import TxGradeBadge from '@/components/TxGradeBadge.vue'
import TxGradeScale from '@/components/TxGradeScale.vue'
import TxMonthStrip from '@/components/TxMonthStrip.vue'
import TxNumber from '@/components/TxNumber.vue'
import TxQuestion from '@/components/TxQuestion.vue'

describe('TxNumber', () => {
  it('is a door to 如何计算 with number and unit in its name', async () => {
    const w = mount(TxNumber, { props: { value: '189.398340', unit: 'tCO2', door: true } })
    expect(w.get('button').attributes('aria-label')).toBe('189.40 t二氧化碳，如何计算')
    await w.get('button').trigger('click')
    expect(w.emitted('trace')).toHaveLength(1)
  })
  it('null is a dash with its reason and no door', () => {
    const w = mount(TxNumber, { props: { value: null, unit: 'tCO2', door: true, reason: '没有增加值' } })
    expect(w.text()).toBe('—\u00a0没有增加值')
    expect(w.find('button').exists()).toBe(false)
  })
})
describe('grades', () => {
  it('prints letter, word and level; an ungraded one its reason', () => {
    expect(mount(TxGradeBadge, { props: { level: 2, basis: '企业自评' } }).text()).toContain('碳效较高')
    const none = mount(TxGradeBadge, { props: { level: null, reason: '还差 2 项' } })
    expect(none.text()).toContain('未评级')
    expect(none.text()).toContain('还差 2 项')
  })
  it.each([['0.6', '20'], ['0.8', '40'], ['1.2', '60'], ['2', '80'], ['-1', '0'], ['9', '100']])('puts K %s at %s percent of the ruler', (value, at) => {
    expect(mount(TxGradeScale, { props: { value } }).get('.tick').attributes('style')).toContain(`left: ${at}%`)
  })
})
describe('TxMonthStrip', () => {
  it('says each month\'s state in words', async () => {
    const w = mount(TxMonthStrip, { props: { label: 'x', months: [{ month: '2025-01', state: 'submitted', estimated: true }, { month: '2025-02', state: 'missing' }] } })
    expect(w.findAll('button').map((b) => b.text())).toEqual(['1月已提交，估算分摊', '2月待填'])
    await w.findAll('button')[1]!.trigger('click')
    expect(w.emitted('pick')).toEqual([['2025-02']])
  })
})
describe('TxQuestion', () => {
  it('wants a reason before it is answered', async () => {
    const w = mount(TxQuestion, { props: { message: '请核对小数点。' } })
    await w.get('[data-testid=question-right]').trigger('click')
    await w.get('[data-testid=question-save]').trigger('click')
    expect(w.emitted('answer')).toBeUndefined()
    expect(w.text()).toContain('请写明原因')
    await w.get('textarea').setValue('新增叉车')
    await w.get('[data-testid=question-save]').trigger('click')
    expect(w.emitted('answer')).toEqual([['新增叉车']])
  })
})
describe('StackedColumns', () => {
  it('draws negative parts below zero and offers the same figures as a table', async () => {
    const w = mount(StackedColumns, { props: { title: '碳排放', unit: 'tCO2', columns: [{ key: '2025-01', label: '1月', parts: { electricity: '10', process: '-4' }, last: '12' }, { key: '2025-02', label: '2月', parts: {}, state: 'missing' as const }] } })
    const rects = w.findAll('rect[rx]')
    expect(Number(rects[1]!.attributes('y'))).toBeGreaterThan(Number(rects[0]!.attributes('y')))
    await w.get('[data-testid=chart-table]').trigger('click')
    await nextTick()
    expect(w.get('tbody').text()).toContain('−4.00')
    expect(w.get('tbody').text()).toContain('未填')
  })
})
