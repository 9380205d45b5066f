// The whole way from a filed year to a loan, four people in four browsers: a firm files its last month and makes its reports; an agency takes
// the grade report, its verifier finds an error and sends it back; the firm corrects; the verifier concludes, the reviewer signs; the firm lets
// a bank read for ninety days; the client manager reads; the firm takes the consent back, and the manager's next click is refused.
//   BASE_URL=http://127.0.0.1:8000 node e2e/lending.mjs
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { base, excused, finish, out, person as signedIn, prove as proven, say } from './console.mjs'

excused.add(503) // a page still being drawn for the first time
const year = new Date().getFullYear() - 1
const december = `${year}-12`

/** A person at work: the page, its controls by name, and the proofs they give. */
async function person(account) {
  const page = await signedIn(account)
  const id = (name) => page.getByTestId(name)
  const open = async (path, testid) => { await page.goto(`${base}/console${path}`); await id(testid).first().waitFor({ timeout: 30_000 }) }
  const shot = (name) => page.screenshot({ path: join(out, `lending-${name}.png`) })
  const prove = () => proven(page, account.startsWith('heyan') || account.startsWith('yinhang') ? account : '')
  return { page, id, open, shot, prove }
}

/** Type one month of the grid, as the month before, and submit it; `electricity` is typed instead. */
async function fileMonth(firm, electricity) {
  const { page, id } = firm
  await firm.open(`/filing?year=${year}&month=${december}`, 'grid-frame')
  const cells = page.locator(`td[role=gridcell][data-month="${december}"]`)
  await cells.first().waitFor()
  const power = page.locator('tr', { hasText: '电力' }).locator(`td[role=gridcell][data-month="${december}"]`).first()
  for (let i = 0; i < await cells.count(); i++) {
    const last = (await page.locator(`td[role=gridcell][data-month="${year}-11"]`).nth(i).innerText()).replaceAll(',', '').trim()
    await cells.nth(i).click()
    await page.keyboard.type(last)
    await page.keyboard.press('Enter')
  }
  await power.click()
  await page.keyboard.type(electricity)
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.querySelector('[data-testid=saved]')?.dataset.state === 'saved', null, { timeout: 15_000 })
  await id('compute').click()
  await id('preview-lines').waitFor()
  const dialog = id('submit-dialog')
  while (await dialog.getByTestId('question-right').count()) {
    const q = dialog.getByTestId('question').filter({ has: page.getByTestId('question-right') }).first()
    await q.getByTestId('question-right').click()
    await dialog.getByTestId('question-reason').last().fill('与计量表一致')
    await dialog.getByTestId('question-save').last().click()
    await page.waitForTimeout(150)
  }
  await id('preview-submit').click()
  for (let i = 0; i < 40 && !(await id('submit-done').count()); i++) {
    if (await id('confirm-submit').isVisible().catch(() => false)) await id('confirm-submit').click()
    await page.waitForTimeout(400)
  }
  await id('submit-done').waitFor()
  const said = (await id('submit-done').innerText()).trim().split('\n')[0]
  await id('done-close').click()
  return said
}

// 1. The firm files the month that is missing and makes its reports.
const firm = await person('cuiyu01')
say(await fileMonth(firm, '30.5'))
await firm.open('/reports', `make-report-${year}`)
await firm.id(`make-report-${year}`).click()
await firm.page.waitForURL(/\/reports\/[0-9a-f-]{36}/)
await firm.id('page-1').waitFor({ timeout: 60_000 })
say(`the grade report of ${year}, by the firm itself`)

// 2. It hands the report to a designated agency.
await firm.open(`/cases/new?kind=grade&year=${year}`, 'case-submit')
await firm.page.locator('label', { hasText: '衡信' }).locator('input[name=agency]').click()
await firm.id('consent-tick').click()
await firm.shot('hand-over')
await firm.id('case-submit').click()
await firm.prove()
await firm.page.waitForURL(/\/cases\/[0-9a-f-]{36}/)
await firm.id('case-state').waitFor()
const caseId = firm.page.url().split('/').pop()
say(`handed over: ${await firm.id('case-state').innerText()}`)

// 3. The agency takes it; the verifier finds an error and sends it back.
const lead = await person('heyan01')
await lead.open(`/agency/cases/${caseId}`, 'move-accept')
await lead.id('move-accept').click()
for (const [box, account] of [['pick-verifier', 'heyan02'], ['pick-reviewer', 'heyan01']]) {
  await lead.id(box).click()
  await lead.page.locator('.el-select-dropdown__item:visible', { hasText: account }).click()
  await lead.page.keyboard.press('Tab') // leaves the box, so its list closes
  await lead.page.locator('.el-select-dropdown:visible').first().waitFor({ state: 'detached' })
}
await lead.id('declare').click()
await lead.id('move-go').click()
await lead.id('move-go').waitFor({ state: 'hidden' })
const verifier = await person('heyan02')
await verifier.open(`/agency/cases/${caseId}`, 'figures')
await verifier.page.locator('.tree button', { hasText: '电力' }).first().click()
await verifier.page.locator('[data-testid^="pick-"]', { hasText: '12 月' }).or(verifier.page.locator('[data-testid^="pick-"][aria-label*="-12"]')).first().click()
await verifier.id('raise-finding').click()
await verifier.id('ask-text').fill('12 月电费单为 28.5 万kWh，请核对。')
await verifier.id('ask-important').click()
await verifier.id('ask-send').click()
await verifier.id('to-finding-1').waitFor()
await verifier.shot('finding')
await verifier.id('move-return').click()
await verifier.id('move-go').click()
await verifier.page.getByText('已退回，等待企业处理').waitFor()
say('the verifier asks about December and sends it back')

// 4. The firm corrects its filing with its answer, where it is asked, and hands over again.
await firm.page.reload()
await firm.id('answer-correct-1').click()
await firm.id('reply-value').fill('28.5')
await firm.id('reply-text').fill('抄表有误，已按电费单更正。')
await firm.id('reply-send').click()
await firm.id('reply-send').waitFor({ state: 'hidden' })
await firm.id('case-resubmit').click()
await firm.page.getByText('第 2 次提交的变化').waitFor()
await firm.shot('difference')
say('corrected, answered, handed over again with the difference')

// 5. The verifier closes the question, accepts what is filed and concludes; another person signs.
await verifier.page.reload()
await verifier.id('to-finding-1').click()
await verifier.id('finding-close').click()
await verifier.page.locator('[data-testid=to-finding-1] .tx-tag', { hasText: /关闭|采纳/ }).waitFor()
for (const section of await verifier.page.locator('[data-testid^="section-"]').all()) {
  await section.click()
  await verifier.page.waitForTimeout(250)
  const judge = verifier.page.locator('tbody tr', { hasText: '待核' }).first()
  if (!(await judge.count())) continue
  await judge.click()
  await verifier.id('accept-rest').click()
  await verifier.page.locator('tbody tr', { hasText: '待核' }).first().waitFor({ state: 'detached' })
}
say(`judged ${await verifier.id('progress').innerText()}`)
await verifier.id('move-conclude').click()
await verifier.id('whole-accepted').click()
await verifier.id('opinion').fill('经逐项核对，填报数据与凭证一致，同意按核查值评级。')
await verifier.id('move-go').click()
await verifier.prove()
await verifier.page.locator('[data-testid=case-state]', { hasText: '复核' }).waitFor()
await lead.page.reload()
await lead.id('move-sign').click()
await lead.id('move-go').click()
await lead.prove()
await lead.id('case-closed').waitFor({ timeout: 30_000 })
await firm.page.reload()
for (let i = 0; i < 30 && !(await firm.id('to-issued').count()); i++) { await firm.page.waitForTimeout(1000); await firm.page.reload(); await firm.id('case-state').waitFor() }
assert.match(await firm.id('case-state').innerText(), /评级/)
await firm.id('to-issued').click()
await firm.id('page-1').waitFor({ timeout: 60_000 })
await firm.page.getByText('核查机构评级').first().waitFor()
await firm.shot('rated')
say('signed by two people: 核查机构评级')

// 6. The firm lets a bank read for ninety days.
await firm.open('/finance', 'finance-products')
await firm.page.locator('[data-testid=matched] article [data-testid^=offer-]').first().click()
await firm.id('apply').waitFor()
await firm.id('apply-amount').fill('100')
await firm.id('apply').click()
await firm.id('consent-give').waitFor()
await firm.page.getByText('90 天').first().click()
await firm.shot('consent')
await firm.id('consent-give').click()
await firm.prove()
await firm.page.waitForURL(/finance\/cases\//)
await firm.id('steps').waitFor()
const loan = firm.page.url().split('/').pop()
say('a consent for ninety days, with a fresh proof')

// 7. The client manager reads; the firm takes the consent back; the next click is refused.
let manager
for (const login of ['yinhang02', 'yinhang03', 'yinhang04']) {
  const one = await person(login)
  await one.open('/bank', 'inbox-search')
  await one.page.waitForTimeout(800)
  if (await one.id(`line-${loan}`).count()) { manager = one; break }
  await one.page.context().close()
}
assert.ok(manager, 'the case lies with a client manager')
await manager.id(`open-${loan}`).click()
await manager.id('granted-page-1').waitFor({ timeout: 60_000 })
await manager.shot('reading')
await firm.open('/finance/consents', 'finance-consents')
const mine = firm.page.locator('article', { has: firm.page.locator('[data-testid^=revoke-]') }).first()
await mine.locator('[data-testid^=reads-]').click()
await firm.id('read-log').waitFor()
await firm.shot('read-log')
await mine.locator('[data-testid^=revoke-]').click()
await firm.id('revoke-yes').click()
await firm.page.getByText('已撤回').first().waitFor()
await manager.id('contact').click()
await manager.id('consent-over').waitFor()
assert.match(await manager.id('consent-over').innerText(), /企业已撤回授权/)
assert.equal(await manager.page.locator('.paper img').count(), 0, 'no page stays on the screen')
await manager.shot('refused')
say('read, logged, revoked: the next click is refused and nothing stays on the screen')

await finish()
