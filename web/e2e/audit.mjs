// A reduction audit from the hand-over to 已出具: the firm hands over its report of the year before last; the agency takes it, its auditor
// judges each amount (one corrected, one not accepted, with their reasons) and concludes, another person countersigns; the firm opens the
// issued paper with the place of the seal and takes the Word copy. Then the operator looks the case up: an audit is not the platform's to cancel.
//   BASE_URL=http://127.0.0.1:8000 node e2e/audit.mjs
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { base, excused, finish, look, open, person, prove, say } from './console.mjs'

excused.add(503) // a page still being drawn for the first time
const year = new Date().getFullYear() - 2
const state = (page, text) => page.locator('[data-testid=case-state]', { hasText: text }).waitFor()

// 1. The firm hands its draft over.
const firm = await person('hechuan01', 'home-main')
await open(firm, `/cases/new?kind=reduction&year=${year}`)
await firm.locator('input[name=agency]').first().check()
await firm.getByTestId('consent-tick').check()
await look(firm, 'audit-hand-over')
await firm.getByTestId('case-submit').click()
await prove(firm)
await firm.waitForURL(/\/cases\/[0-9a-f-]{36}/)
await state(firm, '待机构受理')
const path = `/agency/cases/${firm.url().split('/').pop()}`
say(`the reduction report of ${year} is with the agency`)

// 2. The agency takes it and names its people.
const lead = await person('qingjie01', 'inbox')
await open(lead, path)
await lead.getByTestId('move-accept').click()
await lead.getByTestId('declare').check()
await lead.getByTestId('move-go').click()
await state(lead, '审核中')

// 3. The auditor judges each amount.
const auditor = await person('qingjie02', 'inbox')
await open(auditor, path)
await auditor.getByTestId('figures').waitFor()
const left = async () => { const [done, all] = (await auditor.getByTestId('progress').innerText()).match(/\d+/g).map(Number); return all - done }
/** Another value than was filed for the amount that waits in the section at hand; the desk goes on to the next one by itself. */
async function judge(verdict, value, reason) {
  const before = await left()
  await auditor.getByTestId(`verdict-${verdict}`).click()
  await auditor.getByTestId('verdict-value').fill(value)
  await auditor.getByTestId('verdict-reason').fill(reason)
  await auditor.getByTestId('verdict-save').click()
  for (let n = 0; n < 50 && (await left()) === before; n++) await auditor.waitForTimeout(100)
  assert.equal(await left(), before - 1)
}
await judge('corrected', '142.5', '按验收单分表电量重新计算')
await judge('rejected', '0', '没有改造前的计量记录，不能认可')
await look(auditor, 'audit-desk')
assert.equal(await left(), 0)
await auditor.getByTestId('move-conclude').click()
await auditor.getByTestId('whole-corrected').click()
await auditor.getByTestId('opinion').fill('经现场核对验收资料和分表计量，一项按计量更正，一项缺少改造前记录不予认可。')
await auditor.getByTestId('move-go').click()
await prove(auditor, 'qingjie02')
await state(auditor, '待复核签字')
say('one amount corrected, one not accepted; concluded with a fresh proof')

// 4. Another person countersigns; the paper is made.
await lead.reload()
await lead.getByTestId('move-sign').click()
await lead.getByTestId('move-go').click()
await prove(lead, 'qingjie01')
await lead.getByTestId('case-closed').waitFor()
await firm.reload()
for (let n = 0; n < 40 && !(await firm.getByTestId('to-issued').count()); n++) { await firm.waitForTimeout(500); await firm.reload(); await firm.getByTestId('case-state').waitFor() }
await state(firm, '已出具')
await firm.getByTestId('amounts').getByText('没有改造前的计量记录').waitFor()
await look(firm, 'audit-issued-case')
say('countersigned by another person: 已出具')

// 5. The firm opens the paper and takes the Word copy.
await firm.getByTestId('to-issued').click()
await firm.getByTestId('page-1').waitFor({ timeout: 60_000 })
await look(firm, 'audit-paper')
const pages = Number(/共 (\d+) 页/.exec(await firm.getByTestId('page-now').innerText())[1])
await firm.getByTestId(`page-${pages}`).scrollIntoViewIfNeeded()
await firm.getByTestId(`page-${pages}`).locator('img').waitFor({ timeout: 60_000 }).catch(() => {})
await look(firm, 'audit-seal')
const take = async (button) => { const [file] = await Promise.all([firm.waitForEvent('download'), firm.getByTestId(button).click()]); return file.path() }
const said = (script, file) => execFileSync(process.env.PYTHON ?? 'python3', ['-c', script, file], { encoding: 'utf8' })
const pdf = said('import sys, pypdf; print("".join(p.extract_text() for p in pypdf.PdfReader(sys.argv[1]).pages))', await take('report-pdf'))
for (const words of ['盖章', '不认可', '没有改造前的计量记录']) assert.match(pdf.replace(/\s/g, ''), new RegExp(words), `${words} stands in the paper`)
const word = said('import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print("".join(z.read(n).decode() for n in z.namelist() if n.startswith("word/") and n.endswith(".xml")))', await take('report-word'))
assert.match(word, /可编辑副本/)
say(`the issued paper of ${pages} pages has the place of the seal; Word says 可编辑副本`)

// 6. The operator finds the case and reads why it is not his to cancel.
const operator = await person('ops-approve')
await open(operator, '/ops/cases')
await operator.getByTestId('ops-cases').waitFor()
await look(operator, 'ops-cases')
await operator.getByTestId('cases-issued').click()
await operator.locator('[data-testid=ops-cases] tbody tr', { hasText: '已出具' }).first().getByRole('button').click()
await operator.getByTestId('ops-case-events').waitFor()
assert.ok(await operator.getByTestId('case-cancel').isDisabled())
await look(operator, 'ops-case-issued')
await operator.keyboard.press('Escape')

// 7. A verification of a grade he may cancel; both sides read the reason.
await operator.getByTestId('cases-open').click()
const row = operator.locator('[data-testid=ops-cases] tbody tr', { hasText: '待复核签字' }).first()
const number = (await row.locator('th').innerText()).trim()
await row.getByRole('button').click()
await operator.getByTestId('case-cancel').click()
await operator.getByTestId('cancel-confirm').click()
await operator.getByText('请写明取消的原因').waitFor()
await operator.getByTestId('cancel-reason').fill('企业与机构均来函说明系误提交')
await look(operator, 'ops-cancel')
await operator.getByTestId('cancel-confirm').click()
await prove(operator, 'ops-approve')
await operator.locator('[data-testid=ops-case-state]', { hasText: '已由平台取消' }).waitFor()
await look(operator, 'ops-cancelled')
const verifier = await person('heyan01', 'inbox')
await open(verifier, '/agency/cases?state=closed')
await verifier.locator('[data-testid=inbox] tbody tr', { hasText: number }).getByRole('link').click()
await verifier.getByTestId('case-closed').waitFor()
await verifier.getByText('企业与机构均来函说明系误提交').first().waitFor()
await look(verifier, 'agency-cancelled')
say('a verification cancelled by the operator: its agency reads why and no figures')

await finish()
