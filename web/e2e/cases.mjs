// A verification in a real browser: the agency's inbox and case desk (verdicts by keys, a question, an evidence picture), the firm's answer,
// the conclusion with a fresh proof, the countersignature by another person; every page looked at in two widths.
//   BASE_URL=http://127.0.0.1:8000 node e2e/cases.mjs
import assert from 'node:assert/strict'
import { base, finish, look, person, prove, say } from './console.mjs'

const verifier = await person('heyan02', 'inbox')
await look(verifier, 'case-inbox')
const row = verifier.locator('[data-testid=inbox] tbody tr', { hasText: '骏霖' })
await row.getByRole('link').click()
await verifier.getByTestId('figures').waitFor()
await verifier.getByTestId('to-finding-1').click()
await verifier.getByTestId('proof-picture').waitFor()
await look(verifier, 'case-desk')
say('inbox and case desk, with the bill beside the figures')

const firm = await person('junlin01', 'home-main')
await firm.goto(`${base}/console/cases`)
await firm.getByTestId('firm-cases').waitFor()
await look(firm, 'firm-cases')
await firm.locator('[data-testid=firm-cases] tbody tr').first().getByRole('link').click()
await firm.getByTestId('case-state').waitFor()
await look(firm, 'firm-case')
await firm.getByTestId('answer-explain-2').click()
await firm.getByTestId('reply-text').fill('3 月为管道天然气，按月抄表，抄表记录随后补交。')
await firm.waitForTimeout(400)
await look(firm, 'firm-reply')
await firm.getByTestId('reply-send').click()
await firm.getByTestId('reply-send').waitFor({ state: 'detached' }).catch(() => {})
await firm.goto(`${base}/console/cases/new`)
await firm.locator('input[name=agency]').first().waitFor()
await look(firm, 'firm-hand-over')
say('the firm follows, answers, and sees whom it may choose')

// the verifier goes on: by keys, then what is left; closes the questions; concludes with a fresh proof
const desk = (await row.count()) ? row : verifier.locator('body')
assert.ok(desk)
await verifier.goto(`${base}/console/agency/cases`)
await verifier.locator('[data-testid=inbox] tbody tr', { hasText: '骏霖' }).getByRole('link').click()
await verifier.getByTestId('figures').waitFor()
await verifier.getByTestId('move-conclude').click()
await verifier.getByTestId('open-points').waitFor()
await verifier.waitForTimeout(400)
await look(verifier, 'case-not-ready')
await verifier.getByTestId('move-cancel').click()
await verifier.waitForTimeout(400)
for (const n of [1, 2]) {
  await verifier.getByTestId(`to-finding-${n}`).click()
  await verifier.getByTestId('finding-close').click()
  await verifier.locator(`[data-testid=finding-state-${n}]`, { hasText: '已采纳' }).waitFor()
}
await verifier.locator('.figures').click({ position: { x: 5, y: 5 } })
for (let n = 0; n < 12 && !/^40 \/ 40/.test(await verifier.getByTestId('progress').innerText()); n++) {
  const rest = verifier.getByTestId('accept-rest')
  if (await rest.count()) { await rest.click(); await verifier.waitForTimeout(700) }
  const open = verifier.locator('.tree li button:not(.on)', { hasText: /\d+\/12/ })
  for (let k = 0; k < (await open.count()); k++) {
    const [done, all] = (await open.nth(k).innerText()).match(/(\d+)\/(\d+)/).slice(1).map(Number)
    if (done < all) { await open.nth(k).click(); break }
  }
  await verifier.waitForTimeout(200)
}
assert.match(await verifier.getByTestId('progress').innerText(), /^40 \/ 40/)
await verifier.getByTestId('move-conclude').click()
await verifier.getByTestId('opinion').fill('经核对凭证，6 月电量按电费单更正，其余数据与凭证一致，予以认可。')
await verifier.getByTestId('move-go').click()
await prove(verifier, 'heyan02')
await verifier.locator('[data-testid=case-state]', { hasText: '待复核签字' }).waitFor()
say('all judged, questions closed, concluded with a fresh proof')

const reviewer = await person('heyan01', 'inbox')
await reviewer.goto(`${base}/console/agency/profile`)
await reviewer.getByTestId('agency-people').waitFor()
await look(reviewer, 'agency-profile')
await reviewer.goto(`${base}/console/agency/cases?state=new`)
await reviewer.locator('[data-testid=inbox] tbody tr').first().getByRole('link').click()
await reviewer.getByTestId('move-accept').click()
await reviewer.getByTestId('declare').waitFor()
await reviewer.waitForTimeout(400)
await look(reviewer, 'case-accept')
await reviewer.getByTestId('declare').check()
await reviewer.getByTestId('move-go').click()
await reviewer.locator('[data-testid=case-state]', { hasText: '核查中' }).waitFor()
await reviewer.goto(`${base}/console/agency/cases?state=sign`)
await reviewer.locator('[data-testid=inbox] tbody tr', { hasText: '骏霖' }).getByRole('link').click()
await reviewer.getByTestId('move-sign').click()
await reviewer.getByTestId('move-go').click()
await prove(reviewer, 'heyan01')
await reviewer.locator('[data-testid=case-state]', { hasText: '已评级' }).waitFor()
await look(reviewer, 'case-signed')
say('another case taken; the conclusion countersigned by another person')

await firm.goto(`${base}/console/cases`)
await firm.locator('[data-testid=firm-cases] tbody tr', { hasText: '已评级' }).getByRole('link').click()
for (let n = 0; n < 40 && !(await firm.getByTestId('to-issued').count()); n++) { await firm.waitForTimeout(500); await firm.reload(); await firm.getByTestId('case-state').waitFor() }
await look(firm, 'firm-rated')
await firm.getByTestId('to-issued').click()
await firm.getByTestId('page-1').waitFor({ timeout: 60000 })
assert.match(await firm.locator('body').innerText(), /核查机构评级/)
say('the rated report is open')

await finish()
