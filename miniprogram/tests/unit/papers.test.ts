import { describe, expect, it } from 'vitest'
import { financeSteps, openFindings, steps } from '@/cases'
import { consentSentence, lastDay, terms, wish } from '@/finance'
import { onPhone } from '@/navigation'
import * as forms from '@/reduction/forms'
import * as water from '@/water/sheet'

const year = (data: Record<string, string | number | null> = {}): water.Sheet => water.open({
  year: 2025, version: 3, data: { tap: null, ...data }, products: [{ id: 'p1', name: '塑料膜', unit: 't', output: '120.500000', production_water: '900.0000', quota_id: null }], measures: [], plans: [], titles: [],
} as never)

describe('water sheet', () => {
  it('shows what is kept without padding zeros and sends it back as it was', () => {
    const s = year({ tap: '1250.0000', staff: 86, surface: '0.0000' })
    expect([s.data.tap, s.data.surface, s.data.ground, s.data.staff, s.products[0]!.output]).toEqual(['1250', '0', '', '86', '120.5'])
    const { body, bad } = water.wire(s)
    expect(bad).toEqual({})
    expect([body.version, body.data.tap, body.data.ground, body.data.staff, body.products[0]]).toEqual([3, '1250', null, 86, { id: 'p1', name: '塑料膜', unit: 't', output: '120.5', production_water: '900', quota_id: null }])
  })
  it('reads wide digits, refuses what is no number, a minus and half a person, and names the field', () => {
    const s = year({})
    Object.assign(s.data, { tap: '１，２５０．５', surface: '-3', ground: 'x', staff: '8.5' })
    const { body, bad } = water.wire(s)
    expect(Object.keys(bad).sort()).toEqual(['data.ground', 'data.staff', 'data.surface'])
    expect([body.data.tap, bad['data.staff']]).toEqual(['1250.5', '请填整数。'])
  })
  it('has one balance line: what is missing, then in = out with the difference (WA7: |1250 − 1238.5| ÷ 1250 = 0.92 %)', () => {
    const s = year({ tap: '1200', surface: '0', ground: '50' })
    expect(water.balanceLine(s).text).toContain('填齐四类取水')
    Object.assign(s.data, { bought_other: '0' })
    expect(water.balanceLine(s)).toEqual({ text: '进 1,250.0000 m³ · 填齐耗水、排水、漏失后显示平衡', good: null })
    Object.assign(s.data, { consumed: '38.5', discharged: '1200', leaked: '0' })
    expect(water.balanceLine(s)).toEqual({ text: '进 1,250.0000 = 出 1,238.5000 m³ · 差 0.92%', good: true })
    s.data.discharged = '100'
    expect(water.balanceLine(s)).toEqual({ text: '进 1,250.0000 ≠ 出 138.5000 m³ · 差 88.92%，水量不平衡', good: false })
  })
  it('takes supplied water off the intake and counts unconventional water on the way in only', () => {
    const s = year({ tap: '1000', surface: '0', ground: '0', bought_other: '0', supplied_out: '100', rain: '50', consumed: '0', discharged: '950', leaked: '0', use_production: '800', use_auxiliary: '60', use_attached: '40' })
    expect(water.intake(s)).toBe('900')
    expect(water.balanceLine(s).text).toContain('进 950.0000 = 出 950.0000 m³ · 差 0.00%')
    expect(water.useLine(s)).toEqual({ text: '取水 900.0000 = 三类用水 900.0000 m³ · 差 0.00%', good: true })
  })
  it('water out of nothing is not in balance; nothing in and out is', () => {
    const none = { tap: '0', surface: '0', ground: '0', bought_other: '0', consumed: '0', discharged: '0', leaked: '0' }
    expect(water.balanceLine(year(none)).good).toBe(true)
    expect(water.balanceLine(year({ ...none, leaked: '5' }))).toMatchObject({ good: false, text: '进 0.0000 ≠ 出 5.0000 m³ · 差 —，水量不平衡' })
  })
  it('a field knows its topic, a new row its own id', () => {
    expect(['data.tap', 'data.steam_kg_h', 'products[2].output', 'titles', 'data.metering'].map(water.sectionOf)).toEqual(['sources', 'reuse', 'products', 'titles', 'test'])
    expect(water.blank('measures').id).toMatch(/^[0-9a-f-]{36}$/)
    expect('id' in water.blank('titles')).toBe(false)
    expect(water.rowDetail('measures', { implemented_on: '2025-05-01', annual_saving: '1200', investment: '' })).toBe('2025-05-01 · 1,200 m³/年')
  })
})

describe('reduction forms', () => {
  const measure = (): forms.MeasureForm => ({ ...forms.newMeasure(), name: '空压机改造', summary: '换永磁变频', kind: '节能', investment: '68', implemented_on: '2025-04-18', saved: [{ item_id: 'e', amount: '12.5' }] })
  it('a whole measure is sent with strings for amounts and null for what is blank', () => {
    const { body, wrong } = forms.measureBody(measure(), 2025)
    expect(wrong).toEqual({})
    expect(body).toMatchObject({ investment: '68', saved: [{ item_id: 'e', amount: '12.5' }], typed_t: null, life_years: 5 })
  })
  it('says per field what is missing: another year, no saved energy and no tonnes, tonnes without a way', () => {
    expect(Object.keys(forms.measureBody(forms.newMeasure(), 2025).wrong).sort()).toEqual(['implemented_on', 'investment', 'kind', 'name', 'summary', 'typed_t'])
    expect(forms.measureBody({ ...measure(), implemented_on: '2024-04-18' }, 2025).wrong.implemented_on).toContain('2025 年内')
    expect(forms.measureBody({ ...measure(), saved: [], typed_t: '3' }, 2025).wrong).toEqual({ difference_reason: '请写明年减碳量怎样得出。' })
    expect(forms.measureBody({ ...measure(), saved: [{ item_id: 'e', amount: '-2' }] }, 2025).wrong).toEqual({}) // more of a fuel is a minus
    expect(forms.measureBody({ ...measure(), investment: '-1' }, 2025).wrong.investment).toContain('不能为负数')
  })
  it('a plan is of a month to come', () => {
    const plan: forms.PlanForm = { ...forms.newPlan(), name: 'a', content: 'b', kind: '节能', expected_investment: '1', expected_on: '2026-11', expected_t: '2' }
    expect(forms.planBody(plan, '2026-11').wrong.expected_on).toContain('登记为减排方案')
    expect(forms.planBody({ ...plan, expected_on: '2026-12' }, '2026-11').wrong).toEqual({})
  })
  it('indicators: after follows before, a target needs a direction', () => {
    const row: forms.IndicatorRow = { name: '电耗', unit: 'kWh/t', before: '500', after: '450', direction: '', target: '' }
    expect(forms.indicatorsBody(0, '2025-03', '2025-09', [row]).wrong).toEqual({})
    expect(forms.indicatorsBody(0, '2025-09', '2025-09', [row]).wrong.after_month).toContain('晚于')
    expect(forms.indicatorsBody(0, '2025-03', '2025-09', [{ ...row, target: '400' }]).wrong['rows[0].direction']).toBeTruthy()
  })
  it('a target that is not whole holds the sending back and says where', () => {
    const t = { ...forms.newTarget(2025), indicator: '强度', unit: 'tCO2/万元', base: '0.5', target: '0.4', due_year: '2025' }
    expect(Object.keys(forms.reportBody(1, {}, [t], {}).wrong)).toEqual(['targets[0].due_year'])
    const whole = forms.reportBody(1, { products: 'x' }, [{ ...t, due_year: '2027' }], { products: 4000 })
    expect([whole.wrong, whole.body]).toEqual([{}, { version: 1, typed: { products: 'x' }, targets: [{ indicator: '强度', unit: 'tCO2/万元', base_year: 2025, base: '0.5', target: '0.4', due_year: 2027 }] }])
    expect(forms.reportBody(1, { products: 'x'.repeat(4001) }, [], { products: 4000 }).wrong['typed.products']).toContain('最多 4000 个字')
  })
})

describe('products and consents', () => {
  const none = { min_amount: null, max_amount: null, min_rate: null, max_rate: null, rate_note: '', min_term: null, max_term: null }
  it('terms as faces 2.2 writes them', () => {
    expect(terms({ ...none, min_amount: '50.0000', max_amount: '500.0000', min_rate: '3.4500', max_rate: '4.1000', rate_note: '随 LPR 调整', max_term: 36 })).toEqual(['50–500 万元', '年利率 3.45%–4.10%，随 LPR 调整', '最长 36 个月'])
    expect(terms({ ...none, max_amount: '300' })).toEqual(['最高 300 万元'])
    expect(terms(none)).toEqual([])
  })
  it('90 days from 8 November 2026 end on 6 February 2027 (the design’s own example)', () => { expect(lastDay('2026-11-08', 90)).toBe('2027-02-06') })
  it('the question before a consent names whom, what, how long and what not (message 17)', () => {
    expect(consentSentence('示例银行', [2025], ['低碳等级报告'], 90, '2027-02-06', false)).toBe('授权 示例银行 查看 2025 年低碳等级报告，90 天，到 2027-02-06 止。不含每月填报数据；随时可撤回，撤回后对方下一次打开即被拒绝，对方已读的内容无法收回。')
  })
  it('a wish may be blank; what is typed must be readable', () => {
    const blank = { amount: '', term: '', purpose: '', project: '', investment: '', reduction: '' }
    expect(wish(blank)).toEqual({ wrong: {}, wish: { amount: null, term: null, purpose: null, project: { name: '', total_investment: null, annual_reduction: null } } })
    expect(Object.keys(wish({ ...blank, amount: '0', term: '700', investment: 'a' }).wrong).sort()).toEqual(['amount', 'project.total_investment', 'term'])
  })
  it('steps of a case and of a loan stop where they stopped', () => {
    const c = { kind: 'reduction', state: 'returned', submitted_at: '2026-11-01T01:00:00Z', accepted_at: '2026-11-02T01:00:00Z', concluded_at: null, issued_at: null, signed_at: null }
    expect(steps(c).map((s) => [s.word, s.done, s.now])).toEqual([['提交', true, false], ['审核', false, true], ['签字', false, false], ['出具', false, false]])
    expect(steps({ ...c, state: 'issued', issued_at: '2026-11-20T01:00:00Z' }).every((s) => s.done)).toBe(true)
    expect(steps({ ...c, state: 'withdrawn' }).some((s) => s.now)).toBe(false)
    const loan = { state: 'contacted', state_word: '已联系', submitted_at: 'a', assigned_at: 'b', contacted_at: 'c', outcome_on: null, events: [] }
    expect(financeSteps(loan).map((s) => [s.done, s.now])).toEqual([[true, false], [true, false], [false, true], [false, false], [false, false]])
    expect(financeSteps({ ...loan, state: 'withdrawn', state_word: '已撤回', events: [{ to_state: 'withdrawn', at: 'd' }] }).map((s) => [s.word, s.done, s.at])).toEqual([['已提交', true, 'a'], ['已分配', true, 'b'], ['已联系', true, 'c'], ['申请中', false, ''], ['已撤回', true, 'd']])
    expect(openFindings({ findings: [{ state: 'open' }, { state: 'answered' }, { state: 'unanswered' }] } as never)).toHaveLength(2)
  })
  it('the server’s links lead to the phone’s pages', () => {
    expect(['/water', '/water?year=2025#uses', '/reduction?year=2025#measures', '/reduction?year=2025#indicators', '/reduction-report?year=2025#products', '/cases/ab-1', '/finance/cases/ab-1', '/finance/consents', '/filing?year=2025&month=2025-03', '/filing?year=2025', '/profile', '/bank/cases/1'].map(onPhone)).toEqual([
      '/pages/water/index', '/pages/water/year?year=2025&section=uses', '/pages/reduction/index?year=2025', '/pages/reduction/indicators?year=2025', '/pages/reduction/report?year=2025&part=products', '/pages/cases/case?id=ab-1', '/pages/finance/case?id=ab-1', '/pages/finance/consents', '/pages/filing/index?month=2025-03', '/pages/filing/index', '/pages/firm/profile', null,
    ])
  })
})
