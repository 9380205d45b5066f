import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { range } from '@/api/finance'
import CaseSteps from '@/pages/finance/CaseSteps.vue'
import { amountOf, rateOf, termOf } from '@/pages/finance/terms'

const terms = { min_amount: '50.0000', max_amount: '2000.0000', min_term: 12, max_term: 60, min_rate: '3.3500', max_rate: null, rate_note: '' }

describe('terms of a product', () => {
  it('says both bounds, one bound, or none', () => {
    expect(amountOf(terms)).toBe('50–2,000 万元')
    expect(termOf(terms)).toBe('12–60 个月')
    expect(rateOf(terms)).toBe('年利率 3.35%起')
    expect(rateOf({ ...terms, min_rate: null, rate_note: '面议' })).toBe('面议')
    expect(rateOf({ ...terms, min_rate: null })).toBe('利率面议')
    expect(amountOf({ ...terms, min_amount: null })).toBe('不超过 2,000 万元')
    expect(range(6, 6, '个月', String)).toBe('6 个月')
  })
})

describe('the line of states', () => {
  const now = (state: string, word: string) => mount(CaseSteps, { props: { state, word, events: [{ to_state: 'submitted', at: '2026-11-21T04:00:00Z' }, { to_state: state, at: '2026-11-22T04:00:00Z' }] } }).find('[aria-current=step]').text()
  it('names where the case is, an end on the way by its own word', () => {
    expect(now('assigned', '已分配')).toContain('已分配')
    expect(now('approved', '已批准')).toContain('已批准')
    expect(now('withdrawn', '已撤回')).toContain('已撤回')
    expect(now('withdrawn', '已撤回')).toContain('2026-11-22')
  })
})
