// Scan sign-in in a real browser: every state where the code stands, the number, the refusal, the refresh, the hidden tab, and the way in.
// The phone is this script (audience h5), speaking to the server as the phone page does.
//   BASE_URL=http://127.0.0.1:8000 node e2e/scan.mjs
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { base, browser, finish, look, newPage, out, say } from './console.mjs'

const page = await newPage()
const id = (name) => page.getByTestId(name)

// the phone -----------------------------------------------------------------------------------------------------------
const phone = await browser.newContext() // cookies of its own
const demo = await (await phone.request.get(`${base}/api/v1/demo/accounts`)).json()
const account = demo.accounts.find((a) => a.account === (process.env.E2E_ACCOUNT ?? 'hechuan01'))
const signed = await (await phone.request.post(`${base}/api/v1/auth/password-login`, { data: { account: account.account, password: account.password, captcha_id: demo.captcha_id ?? 'demo', captcha_answer: demo.captcha_answer, audience: 'h5' } })).json()
const headers = { authorization: `Bearer ${signed.access_token}` }
const act = async (ticket, what, data = {}) => {
  const answer = await phone.request.post(`${base}/api/v1/auth/scan/${ticket}/${what}`, { headers, data })
  return { status: answer.status(), body: await answer.json() }
}
/** The ticket that the page shows now. */
let shown = ''
page.on('response', async (r) => { if (r.request().method() === 'POST' && r.url().endsWith('/auth/scan') && r.status() === 201) shown = (await r.json()).ticket_id })
const stands = (state) => page.waitForSelector(`[data-testid=scan-card][data-state=${state}]`, { timeout: 10_000 })
async function refresh(button) {
  const before = shown
  await id(button).click()
  await stands('created')
  assert.notEqual(shown, before, 'a new code')
}

await page.goto(`${base}/console/sign-in`)
await id('tab-scan').click()
await stands('created')
await id('scan-qr').waitFor()
const box = await id('scan-qr').boundingBox()
assert.equal(Math.round(box.width), 208)
assert.match(await id('scan-demo').getAttribute('href'), new RegExp(`/m/#/pages/scan/confirm\\?t=${shown}$`))
await look(page, 'scan-created')

// refused on the phone
assert.equal((await act(shown, 'look')).status, 200)
await stands('scanned')
const number = Number(await id('scan-number').locator('b').innerText())
await look(page, 'scan-scanned')
await act(shown, 'deny')
await stands('denied')
await look(page, 'scan-denied')
say('refused on the phone: the page says so')

// a wrong number
await refresh('scan-refresh')
const seen = await act(shown, 'look')
await stands('scanned')
const right = Number(await id('scan-number').locator('b').innerText())
assert.ok(seen.body.numbers.includes(right) && number > 9)
const wrong = await act(shown, 'confirm', { number: seen.body.numbers.find((n) => n !== right) })
assert.deepEqual([wrong.status, wrong.body.code], [422, 'SCAN_NUMBER'])
await stands('denied')
say('a wrong number ends it')

// hidden tab: nothing is asked; back again it goes on
await refresh('scan-refresh')
await page.evaluate(() => { Object.defineProperty(document, 'hidden', { configurable: true, get: () => window.__hidden ?? false }); window.__hidden = true; document.dispatchEvent(new Event('visibilitychange')) })
let asked = 0
const count = (r) => { if (r.url().includes(`/auth/scan/${shown}`)) asked++ }
page.on('request', count)
await act(shown, 'look')
await page.waitForTimeout(2500)
assert.equal(asked, 0, 'a hidden tab asks nothing')
await page.evaluate(() => { window.__hidden = false; document.dispatchEvent(new Event('visibilitychange')) })
await stands('scanned')
page.off('request', count)
say('hidden: no request; shown again: the state of now')

// an ended code, by the other tab of the card as well
await page.route(`**/api/v1/auth/scan/${shown}?**`, (route) => route.fulfill({ json: { state: 'expired', expires_at: new Date().toISOString(), number: null, name_masked: null } }))
await id('tab-account').click()
await id('tab-scan').click()
await stands('expired')
await look(page, 'scan-expired')
await page.unroute(`**/api/v1/auth/scan/${shown}?**`)

// the way in
await refresh('scan-refresh')
await act(shown, 'look')
await stands('scanned')
const chosen = await id('scan-number').locator('b').innerText()
// the phone's own page, at the address that the code holds
const hand = await phone.newPage()
await hand.setViewportSize({ width: 375, height: 812 })
await hand.goto(`${base}/m/#/pages/scan/confirm?t=${shown}`)
await hand.getByTestId('scan-seen').waitFor()
await hand.screenshot({ path: join(out, 'scan-phone-375.png') })
assert.match(await hand.getByTestId('scan-seen').innerText(), /企业控制台[\s\S]*本机[\s\S]*陈\*明/)
await hand.getByTestId(`number-${chosen}`).click()
await hand.getByTestId('scan-confirm').click()
await hand.getByTestId('scan-end').waitFor()
await id('home-main').waitFor()
say('confirmed on the phone: the console is open')
await page.goto(`${base}/console/me`)
await id('my-sessions').waitFor()
await id('my-sessions').getByText(/扫码/).first().waitFor()
await look(page, 'scan-devices')
await page.reload()
await id('my-sessions').waitFor() // the session lives on by its cookie

await finish()
