// The operator's desk in a real browser: a new office with its first user, a certificate suspended and resumed by two persons with a
// fresh proof, the public page following at once, the audit chain verified. Wants the certificate that story.mjs leaves behind.
//   BASE_URL=http://127.0.0.1:8000 node e2e/operators.mjs
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { base, finish, look, open, out, person, prove, say } from './console.mjs'

let shown
// organisations --------------------------------------------------------------------------------------------------
const reviewer = await person('ops-review')
shown = reviewer
await open(shown, '/ops/organisations?state=active')
await shown.getByTestId('organisations').waitFor()
await look(shown, 'ops-organisations')
await shown.getByTestId('org-create').click()
await shown.getByTestId('kind-gov').click()
await look(shown, 'ops-new-organisation')
await shown.getByTestId('new-name').fill('示例区生态环境分局')
for (const [id, text] of [['new-region', '黄埔'], ['new-scope', '黄埔']]) {
  await shown.getByTestId(id).locator('input').fill(text)
  await shown.waitForTimeout(800) // the former list closes, this one is fetched
  await shown.locator('.el-select-dropdown__item:visible', { hasText: '440112' }).last().click()
}
await shown.getByTestId('new-user').fill('林监察')
await shown.getByTestId('new-account').fill(`gov${Date.now().toString().slice(-8)}`)
await shown.getByTestId('new-phone').fill(`139${Date.now().toString().slice(-8)}`)
await shown.getByTestId('new-valid-to').locator('input').fill('2027-12-31')
await shown.keyboard.press('Enter')
await shown.getByTestId('new-save').click()
await shown.getByTestId('org-made').waitFor()
say((await shown.getByTestId('org-made').innerText()).slice(0, 30))
await shown.getByTestId('made-close').click()
await open(shown, '/ops/parameters')
await look(shown, 'ops-parameters')

// a certificate by two persons -------------------------------------------------------------------------------------
const data = await person('ops-data')
const approver = await person('ops-approve')
for (const [action, word] of [['suspend', /暂停使用/], ['resume', /真实有效/]]) {
  shown = data
  await open(shown, '/ops/certificates')
  await shown.locator(`[data-testid^="${action}-"]`).first().click()
  await shown.getByTestId('propose-reason').fill('收到投诉，核实凭证')
  await shown.getByTestId('propose-confirm').click()
  await shown.getByTestId('propose-confirm').waitFor({ state: 'hidden' })
  shown = approver
  await open(shown, '/ops/certificates')
  if (action === 'suspend') await look(shown, 'ops-certificates')
  await shown.locator('[data-testid^="approve-"]').first().click()
  await shown.getByTestId('decide-confirm').click()
  await shown.getByTestId('step-up').waitFor()
  if (action === 'suspend') await shown.screenshot({ path: join(out, 'step-up-1440.png') })
  await prove(shown, 'ops-approve')
  await shown.getByTestId('decide-confirm').waitFor({ state: 'hidden' })
  const address = await shown.locator('[data-testid=ops-certificates] th a').first().getAttribute('href')
  await shown.waitForTimeout(5000) // CC8: visible within five seconds
  const body = await (await shown.request.get(new URL(address, base).href, { headers: { accept: 'text/html' } })).text()
  assert.match(body, word)
  say(`${action} by two persons; the public page says ${word.source}`)
}
shown = data
await open(shown, '/ops/benchmarks')
await look(shown, 'ops-benchmarks')

// audit and jobs ----------------------------------------------------------------------------------------------------
const auditor = await person('ops-audit')
shown = auditor
await open(shown, '/ops/audit')
await shown.getByTestId('audit-verify').click()
await shown.locator('[data-testid=chain][data-ok=true]').waitFor({ timeout: 30_000 })
say(await shown.getByTestId('chain').innerText())
await look(shown, 'ops-audit')
const system = await person('ops-system')
shown = system
await open(shown, '/ops/jobs')
await shown.getByTestId('jobs-done').click()
await shown.waitForTimeout(600)
await look(shown, 'ops-jobs')

await finish()
