// The phone's story in a real browser against a real server:
//   BASE_URL=http://127.0.0.1:8000 SERVER_LOG=server.log node e2e/phone.mjs
// A visitor reads and checks, refuses the privacy text and goes on, signs in by SMS as a demonstration firm's legal person, sees what is due,
// turns to large type and dark, loses the network, loses the session and comes back to the same page. 375 x 812, touch; checked by axe.
// SERVER_LOG: where the demonstration's SMS gateway prints its messages.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, request } from 'playwright-core'

const here = dirname(fileURLToPath(import.meta.url))
const out = process.env.E2E_OUT ?? join(here, 'out')
const base = (process.env.BASE_URL ?? 'http://127.0.0.1:8000').replace(/\/$/, '')
const log = process.env.SERVER_LOG ?? ''
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
mkdirSync(out, { recursive: true })

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
const phone = { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', colorScheme: 'light' }
const context = await browser.newContext(phone)
const page = await context.newPage()
const faults = []
const findings = []
page.on('pageerror', (e) => faults.push(`page error: ${e.message}`))
page.on('console', (m) => { if (m.type() === 'error' && /Content Security Policy|Unhandled/.test(m.text())) faults.push(m.text().slice(0, 300)) })
page.on('request', (r) => { if (!r.url().startsWith(base) && !/^(data|blob):/.test(r.url()) && !/^http:\/\/127\.0\.0\.1:\d+\/face\//.test(r.url())) faults.push(`foreign address: ${r.url()}`) })
page.on('response', (r) => { if (r.status() >= 500) faults.push(`${r.status()} ${r.request().method()} ${new URL(r.url()).pathname}`) })

const id = (name) => page.locator(`[data-testid="${name}"]:visible`).first()
const say = (text) => console.log(`· ${text}`)
const settled = async () => { await page.waitForLoadState('networkidle'); await page.waitForTimeout(450) }

async function look(name, full = false) {
  await settled()
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (over > 0) findings.push(`${name}: the page scrolls sideways by ${over} px`)
  await page.screenshot({ path: join(out, `phone-${name}.png`), fullPage: full })
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  for (const v of result.violations) if (['critical', 'serious'].includes(v.impact)) findings.push(`${name}: ${v.impact} ${v.id} ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.failureSummary?.split('\n')[1]?.trim().slice(0, 120) ?? ''}`).join(' | ')}`)
  const small = await page.evaluate(() => {
    const least = document.documentElement.className.includes('tx-large') ? 16 : 12
    return [...document.querySelectorAll('uni-text span, uni-view')].filter((e) => e.childElementCount === 0 && e.textContent.trim() && !e.closest('.tx-sub') && e.getClientRects().length && parseFloat(getComputedStyle(e).fontSize) < least).slice(0, 3).map((e) => `${e.textContent.trim().slice(0, 20)} ${getComputedStyle(e).fontSize}`)
  })
  if (small.length) findings.push(`${name}: type too small: ${small.join(' | ')}`)
}
const open = async (path) => { await page.goto(`${base}/m/#${path}`); await settled() }
/** The newest code the demonstration's gateway printed for a telephone. */
async function smsCode(number, before) {
  for (let i = 0; i < 40; i++) {
    const all = [...readFileSync(log, 'utf8').matchAll(new RegExp(`短信 \\+86${number} \\S+验证码 (\\d{6})`, 'g'))].map((m) => m[1])
    if (all.length > before) return all.at(-1)
    await page.waitForTimeout(250)
  }
  throw new Error('no text message arrived')
}
/** Codes only: an agent is also told things by text message. */
const smsCount = (number) => [...readFileSync(log, 'utf8').matchAll(new RegExp(`短信 \\+86${number} \\S+验证码 `, 'g'))].length

try {
  await page.goto(`${base}/m/`)
  await id('visitor-home').waitFor()
  assert.match(await page.title(), /碳效/)
  await id('demo-banner').waitFor()
  await look('visitor')
  await id('hotline').waitFor()
  say('a visitor sees the home without signing in, marked as demonstration, with the hotline')

  await id('to-grading').tap()
  await settled()
  await look('grading')
  await page.goBack()
  await id('to-certificate').tap()
  await id('check-code').fill('NOSUCHCODE123')
  await id('check').tap()
  await page.locator('[data-testid="check-answer"][data-state="unknown"]').waitFor()
  await look('certificate-unknown')
  say('anybody can check a certificate; an unknown code is said to be unknown')
  await page.goBack()

  await open('/pages/filing/index')
  await id('needs-sign-in').waitFor()
  await look('needs-sign-in')
  await open('/pages/home/index')

  await id('go-sign-in').tap()
  await id('way-sms').waitFor()
  assert.equal(await id('agree').getAttribute('aria-checked'), 'false')
  await look('sign-in')
  await id('way-sms').tap()
  await id('agree-asked').waitFor()
  await look('sign-in-asked')
  await id('browse-on').tap()
  await id('visitor-home').waitFor()
  say('the privacy box is not ticked; who refuses goes on reading')

  await id('go-sign-in').tap()
  await id('agree').tap()
  await id('way-sms').tap()
  const number = '13800138001'
  await id('sms-phone').fill('138 0013 8001')
  const before = smsCount(number)
  await id('sms-send').tap()
  const code = await smsCode(number, before)
  await look('sms')
  await id('sms-code').fill('000000')
  await id('sms-submit').tap()
  await id('problem').waitFor()
  await look('sms-wrong')
  await id('sms-code').fill(code)
  await id('sms-submit').tap()
  await id('firm-name').waitFor()
  await settled()
  say(`signed in by SMS for ${await id('firm-name').innerText()}`)
  await id('duty').waitFor()
  await look('home')
  await look('home-whole', true)
  assert.match(await id('duty').innerText(), /能耗待提交|已提交|填报模板/)

  await id('to-year').tap()
  await settled()
  await look('year')
  await id('year-table').tap()
  await look('year-table')
  await page.goBack()

  await id('tab-我的').tap()
  await look('mine')
  await open('/pages/mine/settings')
  await look('settings')
  await id('large').tap()
  await look('settings-large')
  await open('/pages/home/index')
  await id('duty').waitFor()
  await look('home-large')
  await open('/pages/mine/settings')
  await id('theme-dark').tap()
  await look('settings-large-dark')
  await id('large').tap()
  await open('/pages/home/index')
  await id('duty').waitFor()
  await look('home-dark')
  say('large type and dark reach every page')

  await context.setOffline(true)
  await id('offline').waitFor()
  await id('tab-首页').tap()
  await look('home-offline')
  await context.setOffline(false)
  await id('offline').waitFor({ state: 'detached' })
  say('without a network the last known home stays and says so')

  // The session ends on the server: the page stays, says so, and the way back leads to the same place.
  const elsewhere = await request.newContext({ baseURL: base, extraHTTPHeaders: { 'x-device-id': 'another-device-of-the-story' } })
  const demo = await (await elsewhere.get('/api/v1/demo/accounts')).json()
  const other = await (await elsewhere.post('/api/v1/auth/password-login', { data: { account: 'hechuan01', password: demo.accounts[0].password, captcha_id: demo.captcha_id, captcha_answer: demo.captcha_answer, audience: 'h5' } })).json()
  assert.equal((await elsewhere.post('/api/v1/auth/logout-everywhere', { headers: { authorization: `Bearer ${other.access_token}` } })).status(), 200)
  await id('tab-填报').tap()
  await id('session-over').waitFor()
  await look('session-over')
  await id('sign-in-again').tap()
  await id('way-password').tap()
  await id('demo-hechuan01').tap()
  await id('password-submit').tap()
  await page.locator('[data-testid="password-submit"]').waitFor({ state: 'detached' })
  await id('firm-name').waitFor()
  assert.match(page.url(), /pages\/filing\/index/)
  await settled()
  say('an ended session is said in a dialog; signing in again by password leads back to the same page')

  await id('tab-我的').tap()
  await id('sign-out').tap()
  await id('go-sign-in').waitFor()
  await open('/pages/sign-in/register')
  await id('register-save').tap()
  await look('register-wrong')
  await open('/pages/sign-in/index?way=password')
  await id('demo-ops-review').waitFor({ state: 'detached' })
  await look('password-dark')

  // An agent of many firms: the search, the one used last on top, the worklist one tap away.
  await open('/pages/mine/settings')
  await id('theme-light').tap()
  await open('/pages/home/index')
  await id('go-sign-in').tap()
  await id('way-sms').tap()
  const agent = '13800138007'
  await id('sms-phone').fill(agent)
  const sentBefore = smsCount(agent)
  await id('sms-send').tap()
  await id('sms-code').fill(await smsCode(agent, sentBefore))
  await id('sms-submit').tap()
  await page.locator('[data-testid="password-submit"], [data-testid="sms-submit"]').first().waitFor({ state: 'detached' })
  await open('/pages/sign-in/enterprises')
  await id('firm-search').waitFor()
  await look('enterprises')
  const firms = page.locator('.tx-cell[data-testid^="firm-"]:visible')
  const all = await firms.count()
  const last = (await firms.last().locator('.tx-cell-text').innerText()).trim()
  await id('firm-search').fill(last)
  await page.waitForTimeout(400)
  assert.deepEqual([await firms.count(), all >= 6], [1, true])
  await id('firm-search').fill('没有这家')
  await id('no-hits').waitFor()
  await id('clear-search').tap()
  await firms.last().tap()
  await id('firm-name').waitFor()
  assert.equal((await id('firm-name').innerText()).trim(), last)
  await settled()
  await id('switch-firm').tap()
  await settled()
  assert.equal((await firms.first().locator('.tx-cell-text').innerText()).trim(), last)
  say(`an agent of ${all} firms searches, chooses, and finds the last one on top`)

  // A legal representative by face: the provider's page, back again, the firms of the register.
  await open('/pages/mine/index')
  await id('sign-out').tap()
  await id('go-sign-in').waitFor()
  const [, name, idNo] = /^ {4}(\S+) {2}(\d{17}[\dX]) {2}/m.exec(readFileSync(log, 'utf8'))
  await open('/pages/home/index')
  await id('go-sign-in').tap()
  await id('way-face').tap()
  await id('face-name').fill(name)
  await id('face-number').fill(idNo)
  await page.waitForTimeout(200)
  await id('face-agree').tap()
  await look('face')
  await id('face-start').tap()
  await id('face-visit').waitFor()
  await look('face-away')
  await id('face-visit').tap()
  await page.locator('button[value="1"]').tap()
  await page.getByText('返回碳效').tap()
  const mine = page.locator('[data-testid^="face-firm-"]:visible')
  await mine.first().waitFor()
  await look('face-firms')
  const chosen = (await mine.first().locator('.tx-cell-text').innerText()).trim()
  await mine.first().tap()
  await id('firm-name').waitFor()
  assert.equal((await id('firm-name').innerText()).trim(), chosen)
  say('a legal representative comes in by face, after a tick of its own, to a firm of the register')
} catch (error) {
  await page.screenshot({ path: join(out, 'phone-failed.png') }).catch(() => {})
  faults.push(String(error.stack ?? error).slice(0, 2500))
} finally {
  await browser.close()
}
for (const f of findings) console.log(`! ${f}`)
for (const f of faults) console.error(`✗ ${f}`)
if (faults.length || findings.length) process.exit(1)
console.log('the phone story holds')
