import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import FaceForm from '@/pages/sign-in/FaceForm.vue'
import { phone, problem } from './setup'

const provider = { code: 'demo', name: '演示刷脸', kind: 'redirect', audience: ['h5'], id_types: ['resident_id', 'passport'] }
const session = { session_id: 's1', secret: 'x', kind: 'redirect', payload: { url: 'https://face.example/1' }, expires_at: '2099-01-01T00:00:00Z' }
const firm = { uscc: '91440112MA5ABCDE0X', name: '甲厂', role: 'legal', organisation_id: null }
const at = (w: ReturnType<typeof mount>, id: string) => w.find(`[data-testid="${id}"]`)
const fill = async (w: ReturnType<typeof mount>) => {
  const fields = w.findAllComponents({ name: 'tx-field' })
  fields[0]!.vm.$emit('update:modelValue', '陈志明')
  fields[1]!.vm.$emit('update:modelValue', '11010519491231002x')
  await flushPromises()
}
const claims: object[] = []
const serve = () => {
  phone.serve = (r) => {
    if (r.path.endsWith('/face/start')) return { status: 201, body: session }
    if (r.path.endsWith('/face/claim')) return { status: 200, body: claims.shift() ?? { state: 'pending', reason: null, enterprises: [] } }
    if (r.path.endsWith('/face/enter')) return { status: 200, body: { access_token: 't' } }
    return problem('NOT_FOUND', 404)
  }
}
afterEach(() => { vi.useRealTimers(); claims.length = 0 })

describe('signing in by face', () => {
  it('says so where no provider is connected', () => {
    expect(at(mount(FaceForm, { props: { providers: [], version: '3' } }), 'face-none').exists()).toBe(true)
  })
  it('sends nothing before the separate tick for face and document', async () => {
    serve()
    const w = mount(FaceForm, { props: { providers: [provider], version: '3' } })
    await fill(w)
    await at(w, 'face-start').trigger('click')
    expect([phone.asked.length, w.text().includes('需单独同意')]).toEqual([0, true])
    await at(w, 'face-agree').trigger('click')
    await at(w, 'face-start').trigger('click')
    await flushPromises()
    expect(phone.asked[0]!.body).toEqual({ provider: 'demo', name: '陈志明', id_type: 'resident_id', id_no: '11010519491231002X', consent_version: '3', audience: 'h5' })
    expect(at(w, 'face-visit').exists()).toBe(true)
  })
  it('several providers: the person chooses who handles face and document, and agrees anew after choosing another', async () => {
    serve()
    const other = { ...provider, code: 'yxq', name: '粤信签', id_types: ['resident_id'] }
    const w = mount(FaceForm, { props: { providers: [provider, other], version: '3' } })
    await fill(w)
    expect([at(w, 'face-provider-demo').attributes('aria-checked'), w.text().includes('演示刷脸')]).toEqual(['true', true])
    await at(w, 'face-agree').trigger('click')
    await at(w, 'face-provider-yxq').trigger('click')
    expect(at(w, 'face-way').text()).toContain('持这些证件请选「演示刷脸」')
    await at(w, 'face-start').trigger('click')
    expect([phone.asked.length, w.text().includes('需单独同意')]).toEqual([0, true])
    await at(w, 'face-agree').trigger('click')
    await at(w, 'face-start').trigger('click')
    await flushPromises()
    expect(phone.asked[0]!.body).toMatchObject({ provider: 'yxq', id_type: 'resident_id' })
    expect(phone.stored.get('tx-face')).toMatchObject({ session_id: 's1', provider: 'yxq' })
    const back = mount(FaceForm, { props: { providers: [provider, other], version: '3' } })
    await flushPromises()
    expect(back.text()).toContain('请在「粤信签」完成核验')
  })
  it('one provider is named and not asked for', () => {
    expect(at(mount(FaceForm, { props: { providers: [provider], version: '3' } }), 'face-provider-demo').exists()).toBe(false)
  })
  it('goes on after coming back from the provider, lists the firms and goes in', async () => {
    phone.stored.set('tx-face', session)
    claims.push({ state: 'verified', reason: null, enterprises: [firm] })
    serve()
    const w = mount(FaceForm, { props: { providers: [provider], version: '3' } })
    await flushPromises()
    await at(w, 'face-firm-' + firm.uscc).trigger('click')
    await flushPromises()
    expect([phone.asked.at(-1)!.body, w.emitted('done')]).toEqual([{ session_id: 's1', secret: 'x', uscc: firm.uscc, audience: 'h5' }, [[{ access_token: 't' }]]])
    expect(phone.stored.has('tx-face')).toBe(false)
  })
  it('no firm of this person leads to two ways on; a refusal says why and starts anew', async () => {
    phone.stored.set('tx-face', session)
    claims.push({ state: 'verified', reason: null, enterprises: [] })
    serve()
    const w = mount(FaceForm, { props: { providers: [provider], version: '3' } })
    await flushPromises()
    expect([at(w, 'face-claim').exists(), at(w, 'face-apply').exists()]).toEqual([true, true])
    phone.stored.set('tx-face', session)
    claims.push({ state: 'failed', reason: '您取消了核验。', enterprises: [] })
    const again = mount(FaceForm, { props: { providers: [provider], version: '3' } })
    await flushPromises()
    expect([at(again, 'problem').text().startsWith('您取消了核验。可重试'), at(again, 'face-start').exists()]).toEqual([true, true])
  })
  it('an old session is forgotten, a silent server is asked again', async () => {
    phone.stored.set('tx-face', { ...session, expires_at: '2020-01-01T00:00:00Z' })
    mount(FaceForm, { props: { providers: [provider], version: '3' } })
    expect(phone.stored.has('tx-face')).toBe(false)
    vi.useFakeTimers()
    phone.stored.set('tx-face', session)
    const w = mount(FaceForm, { props: { providers: [provider], version: '3' } })
    await vi.advanceTimersByTimeAsync(10)
    expect(at(w, 'problem').attributes('data-code')).toBe('UNREACHABLE')
    claims.push({ state: 'verified', reason: null, enterprises: [firm] })
    serve()
    await vi.advanceTimersByTimeAsync(4100)
    expect(at(w, 'face-firm-' + firm.uscc).exists()).toBe(true)
  })
})
