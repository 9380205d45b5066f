/** The built mini-program as WeChat would run it: pages open, people get in, nothing leaves for a foreign address. */
const mp = require('./weixin.cjs')

const platform = { status: 200, body: { name: '碳效', city: '', demo: true, hotline: '12345' } }
const firm = { id: 'o1', name: '广州禾川塑料包装有限公司', kind: 'enterprise', status: 'active', roles: ['legal'] }
const me = { status: 200, body: { account_id: 'a', person_id: 'p', login_name: 'x', name: '陈*明', must_change_password: false, second_factor: false, must_enrol_second_factor: false, phone_masked: '138****8001', roles: ['legal'], permissions: ['filing.draft'], audience: 'mini', organisations: [firm], active_organisation: 'o1', demo: true, hotline: '12345' } }
const signed = { access_token: 't1', token_type: 'Bearer', expires_in: 900, audience: 'mini', must_change_password: false, must_enrol_second_factor: false, account_id: 'a', organisations: [firm], active_organisation: 'o1', refresh_token: 'r1' }
const months = Array.from({ length: 12 }, (_, i) => ({ month: `2026-${String(i + 1).padStart(2, '0')}`, state: i < 9 ? 'submitted' : 'empty', co2_t: i < 9 ? '300.120000' : null, by_source: { electricity: '300.120000' }, last_year_co2_t: '310', estimated: false }))
const dashboard = { status: 200, body: { today: '2026-11-08', organisation: firm.name, status: 'active', duty: { month: '2026-10', due_on: '2026-11-15', days_left: 7, filled: 2, total: 4, state: 'draft', saved_by: '' }, todos: [{ code: 'UNVERIFIED', text: '主体未认证', detail: '上传营业执照', link: '/organisation' }], months, years: [{ year: 2026, months_filed: 9, co2_t: '2701.080000', tce: null, same_months_last_year_co2_t: null, change_pct: '-3.19', locked: false }], start: [{ title: '填报模板', done: true, link: '/filing/template' }] } }
const papers = { status: 200, body: { grade: { year: 2025, graded: true, level: 2, letter: 'B', word: '效率较高', k: '0.7312', basis: 'self', percentile: '68.42', next_level: 1, distance: null, reason: null, reason_text: '', l: null }, papers: [] } }
let unbound = true
function world(r) {
  const path = r.path.split('?')[0]
  if (path.endsWith('/platform')) return platform
  if (path.endsWith('/privacy')) return { status: 200, body: { version: '2026-11-01', sha256: 'ab', text: '# 一\n甲', effective: '2026-11-01' } }
  if (path.endsWith('/auth/refresh')) { const n = Number(/^r(\d+)$/.exec(r.body.refresh_token ?? '')?.[1]); return r.body.refresh_token === mp.stored.get('tx-refresh') && n ? { status: 200, body: { ...signed, access_token: `t${n + 1}`, refresh_token: `r${n + 1}` } } : mp.problem('UNAUTHENTICATED', 401) }
  if (path.endsWith('/wechat/login')) return { status: 200, body: unbound ? { state: 'unbound', bind_ticket: 'bt', expires_in: 600 } : { state: 'signed_in', signed_in: signed } }
  if (path.endsWith('/wechat/phone')) return { status: 200, body: signed }
  if (path.endsWith('/auth/me')) return me
  if (path.endsWith('/dashboard/papers')) return papers
  if (path.endsWith('/dashboard')) return dashboard
  return mp.problem('NOT_FOUND', 404)
}
mp.state.serve = world
afterEach(() => mp.close())

test('a visitor opens the home: no login is forced, the demonstration is marked, the hotline stands there', async () => {
  await mp.open('pages/home/index')
  const said = /演示环境.*登录 \/ 注册.*核验证书.*怎样评级.*服务热线 12345.*首页填报报告我的/
  expect(await mp.says(said)).toMatch(said)
  expect(mp.asked.some((r) => r.path.endsWith('/auth/refresh'))).toBe(false)
})
test('sign-in asks for agreement first; WeChat phone number only after it, and binds this WeChat', async () => {
  await mp.open('pages/sign-in/index')
  await mp.rest(150)
  expect([mp.find('way-wechat'), mp.find('way-wechat-ask') !== null]).toEqual([null, true])
  await mp.tap(mp.find('way-wechat-ask'))
  expect(mp.text()).toContain('不同意也可以继续浏览')
  await mp.tap(mp.find('agree'))
  const button = mp.find('way-wechat')
  expect(button).not.toBeNull()
  mp.asked.length = 0
  mp.event(button, 'getphonenumber', { errMsg: 'getPhoneNumber:fail user deny' })
  await mp.rest()
  expect(mp.asked).toEqual([])
  mp.event(button, 'getphonenumber', { code: 'phone-code' })
  await mp.rest(200)
  expect(mp.asked.find((r) => r.path.endsWith('/wechat/phone')).body).toEqual({ bind_ticket: 'bt', code: 'phone-code' })
  expect(mp.stored.get('tx-refresh')).toBe('r1')
  expect(mp.went.at(-1)).toBe('/pages/home/index')
})
test('the signed-in home says what is due, how the firm stands and the sum of the year', async () => {
  await mp.open('pages/home/index')
  const said = /广州禾川塑料包装有限公司.*2026年10月能耗待提交.*还有 7 天（11月15日截止）.*已填 2 \/ 4 项.*继续填报.*待办 1.*碳效较高.*优于同行业 68\.42%.*2,701\.08.*tCO2.*较上年同期 −3\.19%/
  expect(await mp.says(said)).toMatch(said)
  await mp.tap(mp.find('duty-go'))
  expect(mp.went.at(-1)).toBe('/pages/filing/index?month=2026-10')
})
test('an ended access token is renewed by the kept refresh token, which is replaced each time', async () => {
  const kept = Number(mp.stored.get('tx-refresh').slice(1))
  let dead = ''
  mp.state.serve = (r) => { if (!r.path.includes('/dashboard')) return world(r); dead = dead || r.header.authorization || ''; return r.header.authorization === dead ? mp.problem('TOKEN_EXPIRED', 401) : world(r) }
  await mp.open('pages/charts/year')
  expect(await mp.says(/300[.]12/)).toContain('300.12')
  expect(mp.stored.get('tx-refresh')).toBe(`r${kept + 2}`) // once at the start, once for the ended token
  mp.state.serve = world
})
test('a typed code is checked and an unknown one is said to be unknown', async () => {
  await mp.open('pages/visit/certificate')
  const input = document.querySelector('wx-input')
  await mp.type(input, 'abc 123')
  await mp.tap(mp.find('check'))
  expect(await mp.says(/查无此证书/)).toContain('查无此证书')
  expect(mp.asked.at(-1).path).toBe('/c/ABC123')
})
test('large type is one tap, and stays', async () => {
  await mp.open('pages/mine/settings')
  await mp.tap(mp.find('large'))
  expect(mp.stored.get('tx-large')).toBe('on')
  expect(document.body.innerHTML).toContain('tx-large')
  await mp.tap(mp.find('large'))
})
test("WeChat's privacy question can be refused and agreed to, and the call that waits is told", async () => {
  await mp.open('pages/home/index')
  const answers = []
  mp.state.needPrivacy((a) => answers.push(a.event))
  await mp.rest(100)
  await mp.tap(mp.find('privacy-refuse'))
  mp.state.needPrivacy((a) => answers.push(a.event))
  await mp.rest(100)
  mp.event(mp.find('privacy-agree'), 'agreeprivacyauthorization', {})
  await mp.rest(100)
  expect(answers).toEqual(['exposureAuthorization', 'disagree', 'exposureAuthorization', 'agree'])
  expect(mp.find('privacy-asking')).toBeNull()
})
const given = { id: 'c1', organisation_id: 'o1', firm: firm.name, bank_id: 'b', bank: '示例银行', product_id: 'p', product: '绿色工厂贷', manager_id: null, manager: '孙*', report_kinds: ['grade'], years: [2025], contact: false, purpose: '', starts_on: '2026-11-08', ends_on: '2027-02-06', days_left: 82, state: 'active', version: 1, reads: 3, given_at: '2026-11-08T01:00:00Z', given_by: '陈*明', ended_at: null, end_reason: null, text_sha256: 'ab' }
const words = { text: '本企业授权所选银行', text_sha256: 'ab', purpose: '', report_kinds: { grade: '低碳等级报告' }, default_days: 90, longest_days: 366 }
const allowed = { status: 200, body: { ...me.body, permissions: ['water.read', 'water.edit', 'consent.read', 'consent.give', 'product.read'] } }
test("a bank's consent says what, how long and how often it was read, and ends after one question", async () => {
  mp.state.serve = (r) => {
    const path = r.path.split('?')[0]
    if (path.endsWith('/auth/me')) return allowed
    if (path.endsWith('/finance/consent-text')) return { status: 200, body: words }
    if (path.endsWith('/revoke')) return { status: 200, body: { ...given, state: 'revoked', days_left: null, ended_at: '2026-11-21T01:00:00Z' } }
    if (path.endsWith('/finance/consents')) return { status: 200, body: { items: [given], total: 1, page: 1, page_size: 50 } }
    return world(r)
  }
  try {
    await mp.open('pages/finance/consents')
    const said = /示例银行有效.*2025 年低碳等级报告.*2026-11-08 至 2027-02-06 · 还有 82 天.*3 次.*撤回授权/
    expect(await mp.says(said)).toMatch(said)
    await mp.tap(mp.find('revoke'))
    await mp.rest(100)
    expect(mp.state.questions.at(-1)).toMatch(/撤回授权 撤回对示例银行的授权？立即生效/)
    const sent = mp.asked.find((r) => r.path.endsWith('/c1/revoke'))
    expect([sent.method, Boolean(sent.header['idempotency-key'] ?? sent.header['Idempotency-Key'])]).toEqual(['POST', true])
    expect(await mp.says(/已撤回/)).toContain('已撤回')
    expect(mp.find('revoke')).toBeNull()
  } finally { mp.state.serve = world }
})
test('a water year keeps what is typed and shows its balance line', async () => {
  const year = (version, tap) => ({ year: 2025, version, state: 'draft', data: { tap, surface: '0', ground: '0', bought_other: '0', consumed: '38.5', discharged: '1200', leaked: '0' }, products: [], measures: [], plans: [], titles: [], indicators: [], warnings: [], missing: [], reasons: [], saved_by: '', saved_at: null })
  mp.state.serve = (r) => {
    const path = r.path.split('?')[0]
    if (path.endsWith('/auth/me')) return allowed
    if (path.endsWith('/water/2025')) return { status: 200, body: r.method === 'PUT' ? year(2, r.body.data.tap) : year(1, null) }
    return world(r)
  }
  try {
    await mp.open('pages/water/year', { year: '2025' })
    expect(await mp.says(/填齐四类取水/)).toContain('1 水源与取水')
    await mp.type(document.querySelector('wx-input'), '１２５０')
    expect(await mp.says(/差 0[.]92%/)).toMatch(/进 1,250\.0000 = 出 1,238\.5000 m³ · 差 0\.92%/)
    await mp.rest(1200)
    expect(mp.asked.filter((r) => r.method === 'PUT').map((r) => [r.body.version, r.body.data.tap])).toEqual([[1, '1250']])
  } finally { mp.state.serve = world }
})
test('every page of the build opens without an error', async () => {
  const app = JSON.parse(require('node:fs').readFileSync(require('node:path').join(mp.root, 'app.json'), 'utf8'))
  const errors = []
  const spy = jest.spyOn(console, 'error').mockImplementation((...a) => { errors.push(a.map(String).join(' ').slice(0, 300)) })
  for (const page of [...app.pages, ...app.subPackages.flatMap((s) => s.pages.map((p) => `${s.root}/${p}`))]) {
    await mp.open(page)
    await mp.rest(30)
    if (!document.body.textContent.trim()) errors.push(`${page} is blank`)
    mp.close()
  }
  spy.mockRestore()
  expect(errors).toEqual([])
})
test('inside desktop WeChat the page shows a code, then the number, then is let in with its secret in a header', async () => {
  let turn = 0
  mp.state.serve = (r) => {
    const path = r.path.split('?')[0]
    if (path.endsWith('/auth/scan')) return { status: 201, body: { ticket_id: 'T'.repeat(22), qr_text: 'https://x.cn/m/#/pages/scan/confirm?t=' + 'T'.repeat(22), expires_at: '2026-11-08T02:00:00Z', poll_secret: 'S' } }
    if (path.endsWith('/exchange')) return { status: 200, body: signed }
    if (path.includes('/auth/scan/')) { turn += 1; return { status: 200, body: { state: turn < 2 ? 'scanned' : 'confirmed', number: 7, name_masked: '陈*明', expires_at: '2026-11-08T02:00:00Z' } } }
    return world(r)
  }
  try {
    mp.asked.length = 0
    await mp.open('pages/scan/guest')
    await mp.rest(400)
    expect(mp.text()).toMatch(/陈\*明已扫描，请在手机上选择数字07/)
    await mp.rest(1600)
    const sent = mp.asked.filter((r) => r.path.includes('/auth/scan/'))
    expect(sent.length).toBeGreaterThanOrEqual(3)
    expect(sent.every((r) => (r.header['X-Scan-Secret'] ?? r.header['x-scan-secret']) === 'S')).toBe(true)
    expect(mp.asked.find((r) => r.path.endsWith('/auth/scan')).body).toEqual({ audience: 'mini' })
    expect(mp.went.at(-1)).toBe('/pages/home/index')
  } finally { mp.state.serve = world }
})
