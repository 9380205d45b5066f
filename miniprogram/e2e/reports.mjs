// A firm's papers on the phone: a water year filled topic by topic and its report made, a measure registered, the reduction report's gaps, a
// report handed to an agency and taken back, products with their reasons, a consent given with a fresh proof and revoked. 375 px, touch, axe.
//   BASE_URL=… node e2e/reports.mjs
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, request } from 'playwright-core'

const here = dirname(fileURLToPath(import.meta.url))
const out = process.env.E2E_OUT ?? join(here, 'out')
const base = (process.env.BASE_URL ?? 'http://127.0.0.1:8000').replace(/\/$/, '')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
mkdirSync(out, { recursive: true })
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
const phone = { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' }
const faults = []
const say = (text) => console.log(`· ${text}`)
let page
const id = (name) => page.locator(`[data-testid="${name}"]:visible`).first()
/** Nothing loads and nothing moves: no half second of silence is waited for. */
const settled = async () => {
  await page.waitForTimeout(120) // what a tap starts begins with the next frames
  await page.waitForFunction(() => document.readyState === 'complete' && ![...document.querySelectorAll('[aria-busy="true"]')].some((e) => e.getClientRects().length))
  await page.evaluate(() => Promise.race([Promise.allSettled(document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity).map((a) => a.finished)), new Promise((done) => setTimeout(done, 600))]))
}
const fill = async (name, text) => { await id(name).fill(text); await page.waitForTimeout(120) }
const body = () => page.locator('.tx-body:visible').last().innerText()
const agree = async () => { await page.locator('.uni-modal__btn_primary:visible').last().tap(); await page.waitForTimeout(250) }
const saved = async () => { await page.locator('[data-testid="saved"][data-state="saved"]:visible').first().waitFor({ timeout: 20_000 }) }
async function look(name) {
  await settled()
  await page.locator('uni-toast').waitFor({ state: 'hidden' }).catch(() => {})
  await page.screenshot({ path: join(out, `reports-${name}.png`), fullPage: true })
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  for (const v of result.violations) if (['critical', 'serious'].includes(v.impact)) faults.push(`${name}: ${v.impact} ${v.id} ${v.nodes.slice(0, 2).map((n) => n.target.join(' ')).join(' | ')}`)
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (over > 0) faults.push(`${name}: the page scrolls sideways by ${over} px`)
}
const open = async (path) => { await page.goto(`${base}/m/#${path}`); await settled() }
async function enter(account) {
  const context = await browser.newContext(phone)
  page = await context.newPage()
  page.on('pageerror', (e) => faults.push(`page error: ${e.message}`))
  page.on('response', (r) => { if (r.status() >= 500) faults.push(`${r.status()} ${r.request().method()} ${new URL(r.url()).pathname}`) })
  await page.goto(`${base}/m/#/pages/sign-in/index`)
  await id('agree').tap()
  await id('way-password').tap()
  await id(`demo-${account}`).tap()
  await page.waitForTimeout(200)
  await id('password-submit').tap()
  await page.locator('[data-testid="password-submit"]').waitFor({ state: 'detached' })
  await settled()
  return context
}
/** A verifier at the agency's own desk, by the API: what the phone's story needs from the other side. */
async function verifier(account) {
  for (let turn = 0; ; turn++) {
    const out = await request.newContext({ baseURL: base, extraHTTPHeaders: { 'x-device-id': 'desk-of-the-story' } })
    const demo = await (await out.get('/api/v1/demo/accounts')).json()
    const me = demo.accounts.find((a) => a.account === account)
    const answer = await out.post('/api/v1/auth/password-login', { data: { account, password: me.password, totp: me.totp, captcha_id: demo.captcha_id, captcha_answer: demo.captcha_answer, audience: 'console-verify' } })
    if (answer.ok()) {
      const session = await answer.json()
      const headers = { 'x-device-id': 'desk-of-the-story', authorization: `Bearer ${session.access_token}` }
      const send = (method) => (path, o = {}) => out.fetch(path, { method, headers: { ...headers, 'idempotency-key': crypto.randomUUID() }, ...o })
      return { get: send('GET'), post: send('POST') }
    }
    assert.ok(turn < 40, `${account}: ${(await answer.text()).slice(0, 300)}`)
    await new Promise((r) => setTimeout(r, 1000)) // its six digits were spent by somebody a moment ago
  }
}
async function prove() {
  await id('proof-sheet').waitFor()
  await id('proof-by-password').tap()
  await fill('proof-password', 'Suixin-2025-lv')
  await id('proof-go').tap()
  await page.locator('[data-testid="proof-sheet"]').waitFor({ state: 'detached' })
}
const now = new Date().getFullYear()

try {
  const mine = await enter('hechuan01')
  await id('firm-name').waitFor()

  // A year nobody has filled: topic by topic, left in the middle and come back to.
  let old = now - 3
  for (; ; old--) {
    await open(`/pages/water/year?year=${old}`)
    await page.reload() // an address typed into the same tab leaves the page that was there
    await page.locator('.tx-head-title:visible', { hasText: `${old} 年` }).waitFor()
    await id('topic-sources').waitFor()
    if ((await id('w-tap').inputValue()) === '') break
  }
  for (const [name, value] of [['tap', '１２００'], ['surface', '0'], ['ground', '50']]) await fill(`w-${name}`, value)
  assert.match(await id('balance-line').innerText(), /填齐四类取水/)
  await fill('w-bought_other', '0')
  await saved()
  await look('water-sources')
  await open('/pages/mine/index')
  await open(`/pages/water/year?year=${old}`)
  await id('topic-sources').waitFor()
  assert.equal(await id('w-ground').inputValue(), '50')
  await id('topic-next').tap()
  for (const [name, value] of [['use_production', '900'], ['use_auxiliary', '250'], ['use_attached', '100']]) await fill(`w-${name}`, value)
  assert.match(await id('balance-line').innerText(), /取水 1,250\.0000 = 三类用水 1,250\.0000 m³ · 差 0\.00%/)
  await id('topic-next').tap()
  await fill('w-cooling_cycle', '-3')
  await page.waitForTimeout(1200)
  await page.locator('.tx-wrong:visible').first().waitFor()
  assert.match(await body(), /不能是负数/)
  for (const [name, value] of [['cooling_cycle', '5000'], ['process_reuse', '0'], ['condensate', '0'], ['other_reuse', '0']]) await fill(`w-${name}`, value)
  await saved()
  await id('section-balance').tap()
  for (const [name, value] of [['consumed', '38.5'], ['discharged', '1200'], ['leaked', '0']]) await fill(`w-${name}`, value)
  assert.match(await id('balance-line').innerText(), /进 1,250\.0000 = 出 1,238\.5000 m³ · 差 0\.92%/)
  await look('water-balance')
  await id('section-products').tap()
  await id('add-products').tap()
  await fill('row-name', '塑料包装膜')
  await fill('row-unit', 't')
  await fill('row-output', '300')
  await fill('row-water', '900')
  await fill('quota-search', '塑料')
  await id('quota-go').tap()
  await look('water-product')
  await id('row-keep').tap()
  await id('products-0').waitFor()
  await saved()
  await id('to-indicators').tap()
  await id('indicators').waitFor()
  assert.match(await id('indicator-intake').innerText(), /1,250\.0000/)
  assert.match(await id('indicator-reuse_rate').innerText(), /80\.00%/)
  await look('water-indicators')
  say(`the ${old} water year is filled topic by topic; intake 1,250 m³, balance 0.92 %, reuse 80 %`)
  await id('make-water').tap()
  await id('page-1').waitFor({ timeout: 60_000 })
  assert.match(await body(), /节水|水资源/)
  await id('pdf').waitFor()
  await look('water-report')
  const word = page.waitForEvent('download')
  await id('word').tap()
  assert.match((await word).suggestedFilename(), /\.docx$/)
  say('the water report is made, its pages stand there, the Word copy comes down')

  // A measure: electricity saved, the computed tonnes beside the typed ones, a difference with its reason.
  await open(`/pages/reduction/index?year=${now - 1}`)
  await id('measure-new').tap()
  await fill('m-name', '车间照明改造')
  await id('m-save').tap()
  await page.locator('.tx-wrong:visible').first().waitFor()
  await look('measure-missing')
  await id('m-kind-节能').tap()
  await page.locator('[data-testid="m-summary"] textarea, textarea[data-testid="m-summary"]').first().fill('LED 灯和分区控制')
  await fill('m-investment', '12.5')
  await page.goBack()
  await settled()
  await id('measure-new').tap()
  await settled()
  assert.match(await body(), /已恢复上次没有保存的填写/)
  assert.equal(await id('m-investment').inputValue(), '12.5')
  await page.locator('uni-picker[data-testid="m-on"], [data-testid="m-on"]').first().tap()
  await page.waitForTimeout(500)
  await look('measure-day')
  await page.locator('.uni-picker-action-confirm:visible').first().tap()
  await page.waitForTimeout(400)
  await page.locator('[data-testid^="add-"]:visible').first().tap()
  await fill('m-saved-0', '2.5')
  await look('measure')
  await id('m-save').tap()
  await id('measures').waitFor()
  await settled()
  assert.match(await body(), /车间照明改造/)
  await look('reduction')
  say('a measure is registered; what was typed and left came back first')

  await open(`/pages/reduction/report?year=${now - 1}`)
  await id('section-company').waitFor()
  await look('reduction-report')
  await id('section-production').tap()
  await id('t-products').locator('textarea').or(page.locator('textarea[data-testid="t-products"]')).first().fill('塑料包装膜 300 t')
  await saved()
  const gap = page.locator('[data-testid="blocking"]:visible')
  if (await gap.count()) { await id('to-gap').tap(); await settled(); await look('reduction-gap'); await page.goBack(); await settled() }
  say('the wizard keeps what is written and leads to what is missing')

  // A report of the year before, whole: made, handed to an agency after a fresh proof, taken back before it is accepted.
  await open('/pages/reports/index')
  await id(`make-${now - 2}`).tap()
  await id('page-1').waitFor({ timeout: 60_000 })
  await look('grade-report')
  await open('/pages/reports/index')
  await look('reports')
  await open(`/pages/cases/submit?kind=grade&year=${now - 2}`)
  await id('agencies').waitFor()
  await id('case-submit').tap()
  assert.match(await body(), /请选择一家机构/)
  await page.locator('[data-testid^="agency-"]:visible').first().tap()
  await id('case-agree').tap()
  await look('agency')
  await id('case-submit').tap()
  await agree()
  await prove()
  await id('handed-over').waitFor()
  await look('case')
  assert.match(await id('case-state').innerText(), /待机构受理/)
  await id('withdraw').tap()
  await look('case-withdraw')
  await id('case-send').tap()
  await page.locator('[data-testid="case-state"]:visible', { hasText: '企业已撤回' }).waitFor()
  await open('/pages/cases/index')
  await look('cases')
  say('the grade report is handed to an agency with a fresh proof, and taken back')

  // Products, reasons, consent.
  await open('/pages/finance/index')
  await id('matched').waitFor()
  await look('products')
  const short = page.locator('[data-testid="unmatched"] [data-testid^="product-"]:visible').first()
  if (await short.count()) { await short.tap(); await id('reasons').waitFor(); await look('product-short'); await page.goBack(); await settled() }
  await id('product-first').tap()
  await id('authorise').waitFor()
  await look('product')
  await id('authorise').tap()
  await id('consent-sheet').waitFor()
  await id('days-90').tap()
  const until = await id('until').innerText()
  await fill('wish-amount', '9999999')
  await id('kind-grade').tap()
  await id('give').tap()
  assert.match(await body(), /低碳等级报告是必选项/)
  await id('kind-grade').tap()
  await id('give').tap()
  await agree()
  await prove()
  await id('problem').waitFor()
  assert.match(await body(), /产品额度为/)
  await look('consent-refused')
  await fill('wish-amount', '200')
  await id('give').tap()
  assert.match(await page.locator('.uni-modal:visible').last().innerText(), /不含每月填报数据；随时可撤回/)
  await look('consent-asked')
  await agree()
  await Promise.race([id('applied').waitFor(), id('proof-sheet').waitFor()])
  if (await id('proof-sheet').count()) await prove()
  await id('applied').waitFor()
  await look('finance-case')
  assert.match(await id('consent').innerText(), new RegExp(until.replace('到 ', '')))
  assert.match(await id('consent-state').innerText(), /有效/)
  await open('/pages/finance/consents')
  await page.locator('[data-state="active"]:visible').first().waitFor()
  await look('consents')
  await id('to-reads').tap()
  await settled()
  assert.match(await body(), /还没有查看/)
  await page.goBack()
  await settled()
  await id('revoke').tap()
  await agree()
  await page.locator('[data-state="revoked"]:visible').first().waitFor()
  await look('consents-revoked')
  await open('/pages/finance/cases')
  await look('finance-cases')
  say('a consent is given for 90 days with a fresh proof, and revoked by one word')
  await mine.close()

  // An agency has asked and sent the case back; the firm answers on the phone and hands over again.
  const agency = await verifier('heyan02')
  const inbox = await (await agency.get('/api/v1/agency/cases?q=骏霖')).json()
  const kase = inbox.items.find((c) => c.verifier && ['in_verification', 'returned'].includes(c.state))
  let desk = await (await agency.get(`/api/v1/agency/cases/${kase.id}`)).json()
  if (desk.state === 'in_verification') {
    if (!desk.findings.some((f) => f.state === 'open')) {
      const figure = desk.sections.flatMap((x) => x.figures.filter((f) => f.judge).map((f) => ({ section: x.key, path: f.path })))[0]
      assert.equal((await agency.post(`/api/v1/agency/cases/${kase.id}/findings`, { data: { ...figure, text: '请说明本月用量的来源。', severity: 'normal' } })).ok(), true)
      desk = await (await agency.get(`/api/v1/agency/cases/${kase.id}`)).json()
    }
    const back = await agency.post(`/api/v1/agency/cases/${kase.id}/return`, { data: { version: desk.version } })
    assert.equal(back.ok(), true, await back.text())
  }
  const asked = await enter('junlin01')
  await open('/pages/cases/index')
  await id(`case-${kase.id}`).tap()
  await id('status').waitFor()
  await look('case-returned')
  for (let n = 0; n < 9 && (await id('answer-next').count()); n++) {
    await id('answer-next').tap()
    await id('finding').waitFor()
    await id('answer-send').tap()
    assert.match(await body(), /请选择一种回复/)
    assert.equal(await id('choice-correct').count(), 1)
    await id('choice-explain').tap()
    await id('answer-text').locator('textarea').or(page.locator('textarea[data-testid="answer-text"]')).first().fill('凭证在档案室，与电费单一致。')
    await look('finding')
    await id('answer-send').tap()
    await id('status').waitFor()
    await settled()
  }
  await id('resubmit').tap()
  await agree()
  await page.locator('[data-testid="case-state"]:visible', { hasText: '核查中' }).waitFor()
  await look('case-resubmitted')
  say('a returned case is answered question by question and handed over again')
  await asked.close()

  // A member who may only look.
  const viewer = await enter('hechuan03')
  await open('/pages/finance/index')
  await id('matched').waitFor()
  await id('product-first').tap()
  await id('product').waitFor()
  assert.match(await page.locator('.tx-page:visible').last().innerText(), /只有法定代表人或企业管理员可以授权/)
  assert.equal(await id('authorise').count(), 0)
  await open(`/pages/water/year?year=${old}`)
  await id('topic-sources').waitFor()
  assert.match(await page.locator('.tx-page:visible').last().innerText(), /您可以查看，不能修改/)
  say('who may only look is told who may consent')
  await viewer.close()
  assert.deepEqual(faults, [])
} catch (error) {
  await page?.screenshot({ path: join(out, 'reports-broken.png') }).catch(() => {})
  console.error('reports failed at', page?.url(), error.message?.slice(0, 1500))
  process.exitCode = 1
} finally {
  for (const f of faults) console.error(`✗ ${f}`)
  await browser.close()
}
