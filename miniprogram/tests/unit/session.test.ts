import { describe, expect, it } from 'vitest'
import { agree, agreedVersion, tellConsent } from '@/consent'
import { dropToken } from '@/api/client'
import { afterSignIn, onPhone, signIn } from '@/navigation'
import { useSession } from '@/stores/session'
import { phone, problem } from './setup'

const firm = (id: string, name: string, roles = ['legal'], kind = 'enterprise') => ({ id, name, kind, status: 'active', roles })
const me = (organisations: object[], active: string | null) => ({ status: 200, body: { account_id: 'a', person_id: 'p', login_name: 'x', name: '陈*明', must_change_password: false, second_factor: false, must_enrol_second_factor: false, phone_masked: null, roles: [], permissions: ['filing.draft'], audience: 'h5', organisations, active_organisation: active, demo: true, hotline: '12345' } })
const signed = (more: object = {}) => ({ access_token: 't', token_type: 'Bearer', expires_in: 600, audience: 'h5', must_change_password: false, must_enrol_second_factor: false, account_id: 'a', organisations: [], active_organisation: null, ...more }) as never

describe('session', () => {
  it('a cookie that still holds a session brings the person in; none leaves a visitor', async () => {
    dropToken()
    phone.serve = (r) => (r.path.endsWith('/refresh') ? { status: 200, body: signed() } : me([firm('1', '甲')], '1'))
    const s = useSession()
    await s.start()
    expect([s.phase, s.organisation?.name, s.can('filing.draft'), s.can('x')]).toEqual(['in', '甲', true, false])
    s.drop()
    phone.serve = () => problem('UNAUTHENTICATED', 401)
    await s.start()
    expect([s.phase, s.startProblem]).toEqual(['out', null])
  })
  it('a server that is silent at the start is said, and is no sign-out', async () => {
    const s = useSession()
    await s.start()
    expect([s.phase, s.startProblem?.code]).toEqual(['out', 'UNREACHABLE'])
  })
  it('puts the firm used last first and leaves authorities out', async () => {
    phone.stored.set('tx-last-organisation', '3')
    phone.serve = () => me([firm('1', '甲'), firm('2', '乙'), firm('3', '丙'), firm('9', '局', ['regulator'], 'government')], '3')
    const s = useSession()
    await s.take(signed())
    expect(s.firms.map((f) => f.name)).toEqual(['丙', '甲', '乙'])
  })
  it('who has one firm only is asked nothing', async () => {
    let active: string | null = null
    phone.serve = (r) => { if (r.path.endsWith('/switch')) { active = '1'; return { status: 200, body: { access_token: 't2', token_type: 'Bearer', expires_in: 1, active_organisation: '1' } } } return me([firm('1', '甲')], active) }
    const s = useSession()
    await s.take(signed())
    expect(s.organisation?.name).toBe('甲')
  })
  it('a password given by others must be changed before anything else is read', async () => {
    const s = useSession()
    await s.take(signed({ must_change_password: true }))
    expect([s.mustChange, phone.asked.length]).toEqual([true, 0])
  })
  it('signing out forgets the person even when the server is silent', async () => {
    phone.serve = () => me([firm('1', '甲')], '1')
    const s = useSession()
    await s.take(signed())
    phone.serve = () => 'dead'
    await s.signOut().catch(() => {})
    expect([s.phase, s.me]).toEqual(['out', null])
  })
})
describe('ways', () => {
  it('comes back to where signing in was asked for', () => {
    signIn('/pages/filing/index?month=2026-10')
    afterSignIn()
    expect(phone.went).toEqual(['/pages/sign-in/index', '/pages/filing/index?month=2026-10'])
  })
  it('knows the phone pages of the hints the server writes', () => {
    expect([onPhone('/filing/2025?month=2025-12'), onPhone('/filing/template'), onPhone('/ops/jobs')]).toEqual(['/pages/filing/index?month=2025-12', '/pages/filing/template', null])
  })
})
describe('agreement', () => {
  it('is told to the server once, with its version, and again when it could not be told', async () => {
    agree('2026-11')
    await tellConsent()
    expect(phone.asked).toHaveLength(1)
    phone.serve = () => ({ status: 201, body: {} })
    await tellConsent()
    await tellConsent()
    expect(phone.asked).toHaveLength(2)
    agree('2026-12')
    phone.serve = () => problem('TEXT_CHANGED', 409)
    await tellConsent()
    expect(agreedVersion()).toBeNull()
    agree('2026-11')
    expect([phone.asked[1]!.body, agreedVersion()]).toEqual([{ purpose: 'privacy', version: '2026-11' }, '2026-11'])
  })
})
