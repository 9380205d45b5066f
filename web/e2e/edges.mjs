// What must not go wrong in the month grid, in a real browser against a real server with its demonstration data:
// two browsers on one draft, replacing a filed month, versions and withdrawal, several months as one sum, a session that ends while typing.
//   BASE_URL=http://127.0.0.1:8000 node e2e/edges.mjs
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { base, finish, out, person, say } from './console.mjs'

async function grid(page, month) {
  await page.goto(`${base}/console/filing?year=${month.slice(0, 4)}&month=${month}`)
  await page.locator(`td[role=gridcell][data-month="${month}"]`).first().waitFor()
}
const cell = (page, month, n = 0) => page.locator(`td[role=gridcell][data-month="${month}"]`).nth(n)
async function type(page, month, n, text) {
  await cell(page, month, n).click()
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
}
const saved = (page, state = 'saved') => page.waitForFunction((s) => document.querySelector('[data-testid=saved]')?.dataset.state === s, state, { timeout: 15_000 })
async function answer(page, root) {
  while (await root.getByTestId('question-right').count()) {
    await root.getByTestId('question-right').first().click()
    await root.getByTestId('question-reason').last().fill('与计量表一致')
    await root.getByTestId('question-save').last().click()
    await page.waitForTimeout(150)
  }
}

const now = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 7)
const back = (n) => { const d = new Date(`${now}-15T00:00:00Z`); d.setUTCMonth(d.getUTCMonth() - n); return d.toISOString().slice(0, 7) }
const last = back(1)
const former = back(2)
let page
// two browsers on one draft ---------------------------------------------------------------------------------------
page = await person('hechuan01')
const other = await person('hechuan02')
await grid(page, last)
await grid(other, last)
await type(page, last, 0, '3.11')
await saved(page)
await type(other, last, 0, '3.22')
await other.getByTestId('other-draft').waitFor()
assert.match(await cell(other, last, 0).innerText(), /3\.22/)
say(await other.getByTestId('other-draft').innerText())
await other.screenshot({ path: join(out, 'two-drafts-1440.png') })
await other.getByTestId('other-compare').click()
assert.match(await other.getByTestId('diff').innerText(), /3\.11[\s\S]*3\.22/)
await other.screenshot({ path: join(out, 'compare-1440.png') })
await other.getByTestId('keep-mine').click()
await saved(other)
await grid(page, last)
assert.match(await cell(page, last, 0).innerText(), /3\.22/)
say('both saw both; the one chosen is kept')

// a block from a spreadsheet ------------------------------------------------------------------------------------------
await cell(page, last, 0).click()
await page.evaluate(() => {
  const data = new DataTransfer()
  data.setData('text/plain', '2,75\t\n１.５\tx\n')
  document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
})
say(await page.getByTestId('paste-note').innerText())
await page.keyboard.press('Control+z')
await page.keyboard.press('Escape')

// replacing a filed month ----------------------------------------------------------------------------------------------
await grid(page, former)
const was = (await cell(page, former, 0).innerText()).trim()
await type(page, former, 0, String(Number(was.replaceAll(',', '')) + 0.1).slice(0, 6))
await saved(page)
await page.getByTestId('compute').click()
const dialog = page.getByTestId('submit-dialog')
await dialog.getByTestId('preview-lines').waitFor()
await answer(page, dialog)
await page.getByTestId('preview-submit').click()
await page.getByTestId('confirm-submit').click()
await page.locator('[data-testid=submit-dialog][data-step=replace]').waitFor()
await page.screenshot({ path: join(out, 'replace-1440.png') })
assert.match(await page.getByTestId('diff').innerText(), new RegExp(was.replaceAll('.', '\\.')))
await page.getByTestId('replace-confirm').click()
await page.getByTestId('submit-done').waitFor()
await page.getByTestId('done-close').click()
say(`${former} replaced; it was ${was}`)

// versions, difference, withdrawal ---------------------------------------------------------------------------------------
await page.goto(`${base}/console/filing/history?month=${former}`)
await page.getByTestId('diff-2').click()
await page.getByTestId('diff').waitFor()
assert.match(await page.getByTestId('diff').innerText(), new RegExp(was.replaceAll('.', '\\.')))
await page.screenshot({ path: join(out, 'versions-1440.png') })
await page.goto(`${base}/console/filing/history`)
await page.getByTestId(`withdraw-${former}`).click()
await page.getByTestId('withdraw-reason').fill('抄表有误')
await page.getByTestId('withdraw-confirm').click()
await page.waitForURL(/\/filing\?/)
await page.waitForFunction((m) => !/已提交/.test(document.querySelector(`[data-testid="state-${m}"]`)?.textContent ?? '已提交'), former)
say(`${former} withdrawn`)

// several months as one sum -------------------------------------------------------------------------------------------------
if (former.slice(0, 4) === last.slice(0, 4)) {
  await page.getByTestId('sum-open').click()
  const sum = page.getByTestId('sum-dialog')
  const fields = sum.locator('input[id^="sum-"]')
  for (let i = 0; i < (await fields.count()); i++) await fields.nth(i).fill('10')
  await page.getByTestId('sum-compute').click()
  await sum.getByTestId('preview-lines').waitFor()
  await answer(page, sum)
  await page.screenshot({ path: join(out, 'sum-1440.png') })
  await page.getByTestId('sum-submit').click()
  await page.waitForFunction((m) => /已提交/.test(document.querySelector(`[data-testid="state-${m}"]`)?.textContent ?? ''), last)
  assert.match(await cell(page, last, 0).innerText(), /^5$/)
  say(`${former} to ${last} as one sum, spread equally`)
}

// the session ends while typing -----------------------------------------------------------------------------------------------
await grid(page, now)
await page.context().clearCookies()
await page.evaluate(() => { const f = window.fetch; window.fetch = (r, o) => (r.url?.includes('/drafts/') && !window.again ? Promise.resolve(new Response('{"code":"SESSION_ENDED","status":401,"detail":"登录已过期"}', { status: 401, headers: { 'content-type': 'application/problem+json' } })) : f(r, o)) })
await type(page, now, 0, '1.23')
await page.getByTestId('session-over').waitFor()
await page.screenshot({ path: join(out, 'session-over-1440.png') })
await page.evaluate(() => { window.again = true })
const demo = await (await page.request.get(`${base}/api/v1/demo/accounts`)).json()
await page.route('**/password-login', async (r) => { const d = JSON.parse(r.request().postData()); await r.continue({ postData: JSON.stringify({ ...d, captcha_id: demo.captcha_id, captcha_answer: demo.captcha_answer }) }) })
await page.getByTestId('session-over').getByTestId('sign-in-password').fill(demo.accounts[0].password)
await page.getByTestId('session-over').getByTestId('sign-in-captcha').fill('XXXXX')
await page.getByTestId('session-over').getByTestId('sign-in-submit').click()
await page.getByTestId('session-over').waitFor({ state: 'hidden' })
assert.match(await cell(page, now, 0).innerText(), /1\.23/)
await saved(page)
say('signed in again at the same place, nothing lost')

await finish()
