// The user story of the console, in a real browser against a real server:
//   BASE_URL=http://127.0.0.1:8000 node e2e/story.mjs
// signs in as a demonstration firm, fills last year's December, reads how it was computed, submits, makes the report, downloads its PDF,
// takes the carbon-efficiency code, opens its public page, tries an altered code, and sees what the running year lacks.
// Screens are kept in e2e/out at 1440 and 375 px and checked by axe: nothing critical or serious.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { base, browser, finish, look, newPage, open, out, say } from './console.mjs'

const page = await newPage()
await page.context().addInitScript(() => { if (!localStorage.getItem('tx-theme')) localStorage.setItem('tx-theme', 'light') })
const id = (name) => page.getByTestId(name)



// sign in -----------------------------------------------------------------------------------------------------
await open(page, '/sign-in')
await id('demo-accounts').waitFor()
await look(page, 'sign-in')
const wanted = process.env.E2E_ACCOUNT
const demo = await (await page.request.get(`${base}/api/v1/demo/accounts`)).json()
const account = demo.accounts.find((a) => a.account === (wanted ?? 'hechuan01')) ?? demo.accounts[0]
await id(`demo-${account.account}`).click()
await id('sign-in-submit').click()
await id('home-main').waitFor()
say(`signed in as ${account.account}`)
await look(page, 'home')

// last year's grid ----------------------------------------------------------------------------------------------
const thisYear = new Date().getFullYear()
const year = thisYear - 1
const december = `${year}-12`
await open(page, `/filing?year=${year}&month=${december}`)
await id('grid-frame').waitFor()
const cells = page.locator(`td[role=gridcell][data-month="${december}"]`)
const count = await cells.count()
assert.ok(count >= 2, 'the template has items')
await look(page, 'grid')
const before = `${year}-11`
for (let i = 0; i < count; i++) {
  const last = (await page.locator(`td[role=gridcell][data-month="${before}"]`).nth(i).innerText()).replaceAll(',', '').trim()
  await cells.nth(i).click()
  await page.keyboard.type(/^\d/.test(last) ? last : '0')
  await page.keyboard.press('Enter')
}
await page.waitForFunction(() => document.querySelector('[data-testid=saved]')?.dataset.state === 'saved', null, { timeout: 15_000 })
say(`typed ${count} items of ${december}; ${await id('saved').innerText()}`)

// 计算 → 如何计算 → 提交 ------------------------------------------------------------------------------------------
await id('compute').click()
await id('preview-lines').waitFor()
await look(page, 'preview')
await id('trace-0').click()
await id('trace').waitFor()
for (const part of ['trace-formula', 'trace-factor-value', 'trace-validity', 'trace-source']) assert.ok((await id(part).first().innerText()).trim().length > 1, part)
say(`如何计算: ${(await id('trace-formula').first().innerText()).trim()} · ${(await id('trace-source').first().innerText()).trim()}`)
await look(page, 'trace')
await id('trace-close').click()
await id('trace').waitFor({ state: 'hidden' })
const dialog = id('submit-dialog')
while (await dialog.getByTestId('question-right').count()) {
  const q = dialog.getByTestId('question').filter({ has: page.getByTestId('question-right') }).first()
  await q.getByTestId('question-right').click()
  await dialog.getByTestId('question-reason').last().fill('与计量表一致')
  await dialog.getByTestId('question-save').last().click()
  await page.waitForTimeout(150)
}
await id('preview-submit').click()
say(await id('confirm-text').innerText())
await id('confirm-submit').click()
await id('submit-done').waitFor()
say((await id('submit-done').innerText()).trim())
await look(page, 'submitted')
await id('done-close').click()
await page.waitForFunction((m) => /已提交/.test(document.querySelector(`[data-testid="state-${m}"]`)?.textContent ?? ''), december)

// report ----------------------------------------------------------------------------------------------------------
await open(page, '/reports')
await id(`make-report-${year}`).click()
await page.waitForURL(/\/reports\/[0-9a-f-]{36}/)
await id('page-1').waitFor({ timeout: 30_000 })
await page.waitForLoadState('networkidle')
await look(page, 'report')
const [download] = await Promise.all([page.waitForEvent('download'), id('report-pdf').click()])
const pdf = readFileSync(await download.path())
assert.equal(pdf.subarray(0, 5).toString(), '%PDF-')
say(`PDF ${download.suggestedFilename()} ${pdf.length} bytes`)

// code and certificate --------------------------------------------------------------------------------------------
await open(page, '/certificates')
await id('certificate-year').waitFor()
if (await id('skip-motion').count()) await id('skip-motion').click()
await look(page, 'before-code')
if (await id('issue-open').count()) {
  await id('issue-open').click()
  await id('issue-confirm').click()
}
await id('certificate').waitFor()
await id('badge-image').waitFor()
await look(page, 'certificate')
const address = await id('public-address').getAttribute('href')
const visitor = await browser.newContext({ viewport: { width: 375, height: 812 }, locale: 'zh-CN' })
const outside = await visitor.newPage()
const shown = await outside.goto(new URL(address, base).href)
assert.equal(shown.status(), 200)
assert.match(await outside.locator('body').innerText(), /真实有效/)
await outside.screenshot({ path: join(out, 'public-375.png'), fullPage: true })
say(`public page ${address}: 真实有效`)
const code = address.split('/').pop()
const at = 12
const altered = code.slice(0, at) + (code[at] === 'A' ? 'B' : 'A') + code.slice(at + 1)
const refused = await outside.goto(`${base}/c/${altered}`)
assert.equal(refused.status(), 404)
assert.doesNotMatch(await outside.locator('body').innerText(), /真实有效/)
await outside.screenshot({ path: join(out, 'altered-375.png') })
say('altered code: 404')
await visitor.close()

// the running year ------------------------------------------------------------------------------------------------
await open(page, '/reports')
await id(`make-report-${thisYear}`).click()
await id('missing').waitFor()
assert.equal(await id('missing').getAttribute('data-code'), 'INCOMPLETE_MONTHS')
say(`running year: INCOMPLETE_MONTHS, ${await page.locator('[data-testid^="missing-"]').count()} missing`)
await look(page, 'missing')
await page.locator('[data-testid^="missing-"]').first().click()
await id('grid-frame').waitFor()

// the other screens of a firm ----------------------------------------------------------------------------------------
for (const [path, name] of [['/filing/history', 'history'], ['/template', 'template'], ['/operating', 'operating'], ['/electricity-accounts', 'accounts'], ['/parameters', 'parameters'], ['/members', 'members'], ['/profile', 'profile'], ['/me', 'me']]) {
  await open(page, path)
  assert.equal(await page.getByTestId('problem').count(), 0, `${name}: ${(await page.getByTestId('problem').allInnerTexts()).join()}`)
  await look(page, name)
}
await id('theme-dark').click()
await open(page, '/home')
await look(page, 'home-dark', { widths: [1440] })

await finish()
