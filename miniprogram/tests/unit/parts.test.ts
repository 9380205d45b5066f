import { flushPromises, mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { Problem } from '@/api/problem'
import TxBars from '@/components/tx-bars.vue'
import TxGradeBadge from '@/components/tx-grade-badge.vue'
import TxMonthStrip from '@/components/tx-month-strip.vue'
import TxNumber from '@/components/tx-number.vue'
import TxPage from '@/components/tx-page.vue'
import TxProblem from '@/components/tx-problem.vue'
import TxProse from '@/components/tx-prose.vue'
import TxSaved from '@/components/tx-saved.vue'
import TxState from '@/components/tx-state.vue'
import TxTrace from '@/components/tx-trace.vue'
import { connection } from '@/api/connection'
import { useDisplay } from '@/stores/display'
import { usePlatform } from '@/stores/platform'
import { useSession } from '@/stores/session'
import SignIn from '@/pages/sign-in/index.vue'
import { phone, problem } from './setup'

const at = (w: ReturnType<typeof mount>, id: string) => w.find(`[data-testid="${id}"]`)

describe('numbers and grades', () => {
  it('a computed number is a door to 如何计算, null a dash with its reason', async () => {
    const w = mount(TxNumber, { props: { value: '189.398340', unit: 'tCO2', door: true } })
    expect(w.find('.tx-number').attributes('aria-label')).toBe('189.40 t二氧化碳，如何计算')
    await w.find('.tx-number').trigger('click')
    expect(w.emitted('trace')).toHaveLength(1)
    expect(mount(TxNumber, { props: { value: null, unit: 't', door: true, reason: '没有增加值' } }).text()).toBe('—没有增加值')
  })
  it('a grade says letter, word and place; none says why', () => {
    expect(mount(TxGradeBadge, { props: { level: 2, basis: '企业自评', place: '优于同行业 68.42%' } }).text()).toMatch(/B碳效较高第 2 级 B，共 5 级优于同行业 68.42%企业自评/)
    expect(mount(TxGradeBadge, { props: { level: null, reason: '还差 2 项' } }).text()).toContain('未评级还差 2 项')
  })
  it('months say their state in words', async () => {
    const w = mount(TxMonthStrip, { props: { label: 'x', chosen: '2026-10', months: [{ month: '2026-09', state: 'submitted', estimated: true }, { month: '2026-10', state: 'missing' }, { month: '2026-11', state: 'running' }] } })
    expect(w.findAll('[role=button]').map((b) => b.text())).toEqual(['9月已提交多月合填，按月平均分摊', '10月填报中', '11月未结束'])
    await at(w, 'strip-2026-09').trigger('click')
    expect(w.emitted('pick')).toEqual([['2026-09']])
  })
  it('bars tell their finding in a sentence', () => {
    expect(mount(TxBars, { props: { unit: 'tCO2', bars: [{ month: '2026-08', value: '12.345' }, { month: '2026-09', value: null }] } }).attributes('aria-label')).toBe('2 个月碳排放。8月 12.35 吨二氧化碳。未填：9月。')
  })
  it('the drawer reads formula, factor, validity and source in this order', () => {
    const w = mount(TxTrace, { props: { modelValue: true, title: '电力', trace: { steps: [{ label: '公式', text: '428.60 × 0.4419', formula: true }], factors: [{ code: 'EF-1', value: '0.4419', unit: 'kgCO2/kWh', valid_from: '2025-12-31', valid_to: null, source: '公告 2025 年第 47 号' }], notes: ['保留 6 位小数'] } } })
    expect(w.text()).toMatch(/428\.60 × 0\.4419.*0\.4419.*EF-1.*2025-12-31 至 今.*公告 2025 年第 47 号.*保留 6 位小数/s)
  })
  it('what was kept says where', () => {
    expect(mount(TxSaved, { props: { state: 'saved', at: '2026-11-08T01:41:00Z' } }).text()).toBe('已自动保存 09:41')
    expect(mount(TxSaved, { props: { state: 'local' } }).text()).toBe('已保存在本机，联网后同步')
  })
})

describe('states', () => {
  it('an error stays in its place with retry, number and hotline; the same sentence is not said twice', async () => {
    usePlatform().facts = { name: '碳效', city: '', demo: false, hotline: '12345' }
    const retry = vi.fn()
    const w = mount(TxProblem, { props: { problem: new Problem('X', '说明。', 422, [{ path: 'a', code: 'A', message: '说明。' }, { path: 'b', code: 'B', message: '请填 6 月用电量。' }], '0192AB7F3A21'), retry } })
    expect(w.text()).toMatch(/^说明。请填 6 月用电量。重试热线 12345 编号 7F3A21$/)
    await at(w, 'retry').trigger('click')
    await w.find('.tx-problem-item').trigger('click')
    expect([retry.mock.calls.length, w.emitted('jump')]).toEqual([1, [['b']]])
  })
  it('waits 200 ms before the skeleton and 8 s before the sentence; content already there stays', async () => {
    vi.useFakeTimers()
    const w = mount(TxState, { props: { loading: true }, slots: { default: '内容' } })
    expect(at(w, 'loading').exists()).toBe(false)
    await vi.advanceTimersByTimeAsync(250)
    expect(at(w, 'loading').exists()).toBe(true)
    await vi.advanceTimersByTimeAsync(8000)
    expect(w.text()).toContain('网络较慢，仍在加载')
    await w.setProps({ has: true })
    expect(w.text()).toContain('内容')
    vi.useRealTimers()
  })
  it('no right and not found each have their one sentence', () => {
    expect(mount(TxState, { props: { problem: new Problem('F', '您是「查看」成员，不能提交填报。', 403) } }).text()).toBe('您是「查看」成员，不能提交填报。')
    expect(mount(TxState, { props: { problem: new Problem('N', 'x', 404) } }).text()).toBe('没有这条记录，或您无权查看。')
  })
  it('a published text can carry no markup of its own', () => {
    const w = mount(TxProse, { props: { text: '# 一\n**甲**乙 <img src=x onerror=1>\n- 丙' } })
    expect(w.find('img').exists()).toBe(false)
    expect(w.findAll('.tx-prose-strong').map((x) => x.text())).toEqual(['甲'])
    expect(w.text()).toContain('<img src=x onerror=1>')
  })
})

describe('page', () => {
  it('carries the firm on the second line, the demonstration mark, the hotline, and says offline', async () => {
    usePlatform().facts = { name: '碳效', city: '', demo: true, hotline: '12345' }
    const session = useSession()
    session.phase = 'in'
    session.me = { organisations: [{ id: '1', name: '甲厂', kind: 'enterprise', status: 'active', roles: [] }], active_organisation: '1', permissions: [] } as never
    connection.online = false
    const w = mount(TxPage, { props: { title: '能耗填报' }, slots: { default: '内容' } })
    expect(w.text()).toMatch(/能耗填报甲厂没有网络.*演示环境.*内容服务热线 12345/s)
    connection.online = true
    session.phase = 'over'
    await flushPromises()
    expect([at(w, 'session-over').exists(), w.text().includes('内容')]).toEqual([true, true])
  })
  it('asks a visitor to sign in only where it is needed', () => {
    useSession().phase = 'out'
    const w = mount(TxPage, { props: { title: 'x', needs: '登录后可以填报能耗。' }, slots: { default: '内容' } })
    expect([at(w, 'needs-sign-in').exists(), w.text().includes('内容')]).toEqual([true, false])
  })
  it('large type and dark are classes of the page and are remembered', () => {
    const d = useDisplay()
    expect(d.classes).toBe('tx')
    d.chooseLarge(true)
    d.chooseTheme('dark')
    expect([d.classes, phone.stored.get('tx-large'), phone.stored.get('tx-theme')]).toEqual(['tx tx-dark tx-large', 'on', 'dark'])
  })
})

describe('sign-in', () => {
  const text = { status: 200, body: { version: '3', sha256: 'ab', text: '# 一', effective: '2026-11-01' } }
  const ready = async () => { phone.serve = (r) => (r.path.endsWith('/privacy') ? text : 'dead'); const w = mount(SignIn); await flushPromises(); return w }
  it('asks nothing of who has not agreed; refusing goes on browsing', async () => {
    const w = await ready()
    expect(at(w, 'agree').attributes('aria-checked')).toBe('false')
    await at(w, 'way-sms').trigger('click')
    expect([at(w, 'agree-asked').exists(), at(w, 'sms-submit').exists()]).toEqual([true, false])
    await at(w, 'browse-on').trigger('click')
    expect(phone.went).toEqual(['/pages/home/index'])
  })
  it('nobody agrees to a text that could not be read', async () => {
    phone.serve = () => 'dead'
    const w = mount(SignIn)
    await flushPromises()
    await at(w, 'agree').trigger('click')
    await at(w, 'way-sms').trigger('click')
    await flushPromises()
    expect([at(w, 'sms-submit').exists(), at(w, 'problem').attributes('data-code'), phone.stored.has('tx-consent')]).toEqual([false, 'UNREACHABLE', false])
    phone.serve = () => text
    await at(w, 'way-sms').trigger('click')
    await flushPromises()
    expect([at(w, 'sms-submit').exists(), (phone.stored.get('tx-consent') as { version: string }).version]).toEqual([true, '3'])
  })
  it('offers the ways in the order of the design', async () => {
    const w = await ready()
    expect(w.findAll('.si-ways button').map((b) => b.attributes('data-testid')).filter((x) => !x?.includes('wechat'))).toEqual(['way-face', 'way-sms', 'way-password'])
    expect(w.text()).toContain('外籍与港澳台人士')
  })
  it('says what is wrong at the field, draws the picture code when it is asked for, and says a lock', async () => {
    const w = await ready()
    await at(w, 'agree').trigger('click')
    await at(w, 'way-sms').trigger('click')
    await flushPromises()
    await at(w, 'sms-submit').trigger('click')
    expect(w.text()).toContain('请填 11 位手机号')
    const fields = w.findAllComponents({ name: 'tx-field' })
    fields[0]!.vm.$emit('update:modelValue', '138 0013 8001')
    phone.serve = (r) => (r.path.endsWith('/captcha') ? { status: 200, body: { captcha_id: 'c', image_png_base64: 'AA', expires_in: 120 } } : problem('CAPTCHA_REQUIRED', 422, { errors: [{ path: 'captcha_answer', code: 'CAPTCHA_REQUIRED', message: '请先填图形验证码。' }] }))
    await flushPromises()
    await at(w, 'sms-send').trigger('click')
    await flushPromises()
    expect(phone.asked.find((r) => r.path.endsWith('/sms/send'))!.body).toEqual({ phone: '13800138001', purpose: 'login' })
    expect([w.text().includes('请先填图形验证码。'), at(w, 'problem').exists()]).toEqual([true, false])
    await at(w, 'other-way').trigger('click')
    await at(w, 'way-foreign').trigger('click')
    await flushPromises()
    const named = (label: string) => w.findAllComponents({ name: 'tx-field' }).find((f) => f.props('label') === label)!
    named('账号').vm.$emit('update:modelValue', 'x')
    named('密码').vm.$emit('update:modelValue', 'y')
    named('图形验证码').vm.$emit('update:modelValue', 'z')
    phone.serve = (r) => (r.path.endsWith('/captcha') ? { status: 200, body: { captcha_id: 'c', image_png_base64: 'AA', expires_in: 120 } } : problem('LOGIN_LOCKED', 429, { detail: '输错次数较多，请 1 分钟后再试，或改用短信验证码登录。' }))
    await at(w, 'password-submit').trigger('click')
    await flushPromises()
    expect(at(w, 'problem').text()).toContain('请 1 分钟后再试')
    await at(w, 'to-sms').trigger('click')
    await flushPromises()
    expect(at(w, 'sms-submit').exists()).toBe(true)
  })
})
