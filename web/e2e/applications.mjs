// The application desk in a real browser: the queue with its clock, the stamped form turned and zoomed, a wrong number refused in its
// place, the full data shown (and logged), approved by keys and typing, another one returned with a reason, the next by J.
//   BASE_URL=http://127.0.0.1:8000 node e2e/applications.mjs
import assert from 'node:assert/strict'
import { finish, look, open, person, say } from './console.mjs'

let shown
const reviewer = await person('ops-review')
shown = reviewer
await open(shown, '/ops/applications')
await shown.getByTestId('application-counts').waitFor()
for (let i = 0; i < 30 && !(await shown.getByTestId('application-first').count()); i++) { // the demonstration makes them behind the open door
  await shown.waitForTimeout(2000)
  await open(shown, '/ops/applications')
}
const waiting = await shown.locator('[data-testid=applications] tbody tr').count()
assert.ok(waiting >= 2, `${waiting} applications wait`)
say(await shown.getByTestId('application-counts').innerText())
await look(shown, 'ops-applications')

// the oldest: looked at, refused while something differs, approved -------------------------------------------------
await shown.getByTestId('application-first').click()
await shown.getByTestId('case-page').waitFor()
const width = () => shown.getByTestId('case-page').evaluate((e) => e.naturalWidth / e.naturalHeight)
const before = await width()
await shown.getByTestId('case-turn').click()
await shown.waitForFunction((was) => { const e = document.querySelector('[data-testid=case-page]'); return Math.abs(e.naturalWidth / e.naturalHeight - 1 / was) < 0.05 }, before)
await shown.getByTestId('case-zoom').click()
await look(shown, 'ops-application-open')
await shown.getByTestId('case-approve').click()
await shown.getByText('逐项核对并打勾后再通过').waitFor()
await shown.getByTestId('case-clock').click() // out of the fields: keys tick
for (const n of [1, 2, 3, 4, 5]) await shown.keyboard.press(String(n))
for (const n of [1, 2, 3, 4, 5]) assert.ok(await shown.getByTestId(`tick-${n}`).isChecked(), `tick ${n}`)
await shown.getByTestId('case-reveal').click()
await shown.getByTestId('case-reveal').waitFor({ state: 'hidden' })
const said = await shown.locator('[aria-label=申请内容]').innerText()
const number = /\b\d{17}[\dX]\b/.exec(said.split('法定代表人')[1])?.[0]
const code = /\b91[0-9A-Z]{16}\b/.exec(said)?.[0]
assert.ok(number && code, said)
await shown.getByTestId('case-uscc').fill(code)
await shown.getByTestId('case-legal').fill(number.slice(0, 17) + (number.endsWith('1') ? '2' : '1'))
await shown.getByTestId('case-approve').click()
await shown.getByText('与申请填写的法定代表人证件号不一致').first().waitFor()
await look(shown, 'ops-application-differs')
await shown.getByTestId('case-legal').fill(number)
await shown.getByTestId('case-approve').click()
await shown.getByTestId('case-done').waitFor()
say((await shown.getByTestId('case-done').innerText()).split('\n')[0])
await look(shown, 'ops-application-approved')

// the next one by key: returned with a reason ----------------------------------------------------------------------
await shown.getByTestId('case-clock').click()
const old = shown.url()
await shown.keyboard.press('j')
await shown.waitForURL((u) => u.href !== old)
await shown.getByTestId('case-return').click()
await shown.getByTestId('back-send').click()
await shown.getByText('请写明原因，申请人会看到这段话。').waitFor()
await shown.getByTestId('reason-template').first().click()
await look(shown, 'ops-application-return')
await shown.getByTestId('back-send').click()
await shown.getByTestId('case-done').waitFor()
assert.match(await shown.getByTestId('case-clock').innerText(), /退回/)
await open(shown, '/ops/applications')
await shown.getByTestId('applications-returned').click()
await shown.waitForTimeout(600)
assert.ok((await shown.locator('[data-testid=applications] tbody tr').count()) >= 2)
say('one approved, one returned')

// who looks without deciding ---------------------------------------------------------------------------------------
const auditor = await person('ops-audit')
shown = auditor
await open(shown, '/ops/audit')
await shown.getByText(/application|申请/).first().waitFor()
const data = await person('ops-data')
shown = data
assert.equal(await shown.locator('[data-testid=side-menu] a[href$="/ops/applications"]').count(), 0)
say('the queue is in the menu of those alone who may read it')

await finish()
