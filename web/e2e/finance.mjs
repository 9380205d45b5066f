// Green finance in a real browser: a firm sees what fits and why the rest does not, consents with a fresh proof and applies; the bank's
// manager contacts it and reads watermarked pages; the firm sees who read, revokes, and the manager's next click is refused. The bank's
// administrator writes a product, the operator publishes it.
//   BASE_URL=http://127.0.0.1:8000 node e2e/finance.mjs
import assert from 'node:assert/strict'
import { base, excused, finish, look, person, prove, say } from './console.mjs'

excused.add(503) // a page still being drawn for the first time

const go = async (page, path, testid) => { await page.goto(`${base}/console${path}`); await page.getByTestId(testid).first().waitFor() }

// The demonstration makes its banks behind the open door.
const firm = await person('junlin01')
for (let i = 0; i < 60; i++) {
  await go(firm, '/finance', 'finance-products')
  await firm.waitForTimeout(500)
  if (await firm.getByTestId('unmatched').count()) break
  await firm.waitForTimeout(1000)
}
await look(firm, 'finance-products')
assert.ok(await firm.locator('[data-testid=matched] article').count(), 'something fits the bakery')
assert.match(await firm.getByTestId('unmatched').innerText(), /怎样满足/)
say('products: matched first, the others with reasons')

// A second product so that the demonstration's own case stays as it is.
const admin = await person('yinhang01')
await go(admin, '/bank/products', 'product-new')
await admin.getByTestId('product-new').click()
await admin.getByTestId('p-name').fill('面包房设备贷')
await admin.getByTestId('p-save').click()
await admin.getByTestId('problem').waitFor()
await look(admin, 'bank-editor')
await admin.getByTestId('p-description').fill('用于购买节能烤炉和冷柜。')
await admin.getByTestId('p-max-amount').fill('300')
await admin.getByTestId('p-min-rate').fill('2.95')
await admin.getByTestId('p-region').locator('input').fill('440100')
await admin.locator('.el-select-dropdown__item:visible').first().click()
await admin.getByTestId('p-save').click()
await admin.getByText('面包房设备贷').waitFor()
await look(admin, 'bank-products')
const row = admin.locator('[data-testid=products] tbody tr', { hasText: '面包房设备贷' })
await row.locator('[data-testid^=submit-]').click()
await row.getByText('待发布').waitFor()
const desk = await person('ops-approve')
await go(desk, '/ops/products', 'desk-products')
await desk.locator('tr', { hasText: '面包房设备贷' }).locator('[data-testid^=look-]').click()
await desk.getByTestId('publish').waitFor()
await look(desk, 'ops-products')
await desk.getByTestId('publish').click()
await desk.locator('tr', { hasText: '面包房设备贷' }).waitFor({ state: 'detached' })
say('a product written by the bank, published by the operator')

await go(firm, '/finance', 'matched')
await firm.locator('article', { hasText: '面包房设备贷' }).locator('[data-testid^=offer-]').click()
await firm.getByTestId('apply-amount').fill('5000')
await firm.getByTestId('apply-project').fill('更换烤炉')
await look(firm, 'finance-product')
await firm.getByTestId('apply').click()
await firm.getByTestId('consent-give').waitFor()
await firm.getByTestId('consent-contact').click()
await look(firm, 'finance-consent')
await firm.getByTestId('consent-give').click()
await prove(firm)
await firm.getByTestId('problem').waitFor() // the product lends at most 300
assert.match(await firm.getByTestId('problem').innerText(), /300 万元/)
await firm.getByTestId('consent-cancel').click()
await firm.getByTestId('apply-amount').fill('120')
await firm.getByTestId('apply').click()
await firm.getByTestId('consent-contact').click()
await firm.getByTestId('consent-give').click()
await prove(firm)
await firm.waitForURL(/finance\/cases\//)
await firm.getByTestId('steps').waitFor()
const caseId = firm.url().split('/').pop()
await look(firm, 'finance-case')
say('a consent with a fresh proof, a case')

const desks = {}
/** The manager with whom a case lies, at the inbox. */
async function managerOf(id) {
  for (const login of ['yinhang02', 'yinhang03']) {
    desks[login] ??= await person(login)
    await go(desks[login], '/bank', 'inbox-search')
    await desks[login].waitForTimeout(800)
    if (await desks[login].getByTestId(`line-${id}`).count()) return desks[login]
  }
  throw new Error('the case lies with nobody')
}
const manager = await managerOf(caseId)
await look(manager, 'bank-inbox')
await manager.getByTestId(`open-${caseId}`).click()
await manager.getByTestId('granted-page-1').waitFor({ timeout: 20000 })
await manager.getByTestId('contact').click()
await manager.getByTestId('contact-person').waitFor()
await look(manager, 'bank-case')
say('the manager reads a page with his name over it and calls')

await go(firm, '/finance/consents', 'finance-consents')
const mine = firm.locator('article', { hasText: '面包房设备贷' })
await mine.locator('[data-testid^=reads-]').click()
await firm.getByTestId('read-log').waitFor()
assert.match(await firm.getByTestId('read-log').innerText(), /联系人姓名和电话/)
await look(firm, 'finance-consents')
await mine.locator('[data-testid^=revoke-]').click()
await firm.getByTestId('revoke-yes').click()
await mine.getByText('已撤回').first().waitFor()
await manager.getByTestId('advance').click() // the manager's next click
await manager.getByTestId('consent-over').waitFor()
assert.match(await manager.getByTestId('consent-over').innerText(), /企业已撤回授权/)
assert.equal(await manager.locator('.paper img').count(), 0, 'no page stays on the screen')
await look(manager, 'bank-revoked')
await go(manager, '/bank', 'inbox')
assert.match(await manager.getByTestId(`line-${caseId}`).innerText(), /企业已撤回授权 \d{4}-\d{2}-\d{2}/)
say('revoked: the next click is refused, nothing stays on the screen')

// Again, this time to the loan.
await go(firm, '/finance', 'matched')
await firm.locator('article', { hasText: '面包房设备贷' }).locator('[data-testid^=offer-]').click()
await firm.getByTestId('apply-amount').fill('120')
await firm.getByTestId('apply-investment').fill('320')
await firm.getByTestId('apply-reduction').fill('186.4')
await firm.getByTestId('apply').click()
await firm.getByTestId('consent-give').click()
await prove(firm)
await firm.waitForURL(/finance\/cases\//)
const second = firm.url().split('/').pop()
const other = await managerOf(second)
await other.getByTestId(`open-${second}`).click()
await other.getByTestId('contact').click()
await other.getByTestId('advance').click()
await other.getByText('申请中').first().waitFor()
await other.getByTestId('outcome').click()
await other.getByTestId('outcome-yes').click()
await other.getByText('请填写。').first().waitFor()
await other.getByTestId('outcome-amount').fill('100')
await other.getByTestId('outcome-rate').fill('3.1')
await look(other, 'bank-outcome')
await other.getByTestId('outcome-yes').click()
await other.locator('[data-testid=desk-state]', { hasText: '已批准' }).waitFor()
await go(firm, `/finance/cases/${second}`, 'confirm')
await look(firm, 'finance-approved')
assert.match(await firm.locator('body').innerText(), /58\.250000/) // 186.4 × 100 ÷ 320
await firm.getByTestId('renew').click()
await firm.getByTestId('days-180').click()
await firm.getByTestId('consent-give').click()
await prove(firm)
await firm.getByTestId('consent').waitFor({ state: 'hidden' })
await firm.getByTestId('confirm').click()
await firm.getByTestId('ask-yes').click()
await firm.getByText('企业已确认').waitFor()
say('from the contact to a confirmed loan, the consent renewed')

await go(admin, '/bank/managers', 'managers')
await look(admin, 'bank-managers')
await go(admin, '/bank', 'inbox')
const file = admin.waitForEvent('download')
await admin.getByTestId('export').click()
assert.match((await file).suggestedFilename(), /\.xlsx$/)
say('the list as a workbook')

await finish()
