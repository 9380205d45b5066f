// The operator's other desks in a real browser: a new version of a grid factor drafted, refused while it overlaps, sent, published by
// another person with a fresh proof; a bank opened, suspended and resumed; an agency registered, its file uploaded, designated by
// another person; outbox, messages and the state of the system.
//   BASE_URL=http://127.0.0.1:8000 node e2e/desk.mjs
import assert from 'node:assert/strict'
import { base, finish, look, open, person, prove, say } from './console.mjs'

/** Picks one entry of a tree by typing. */
async function pick(page, id, text, code) {
  await page.getByTestId(id).locator('input').fill(text)
  await page.waitForTimeout(800)
  await page.locator('.el-select-dropdown__item:visible', { hasText: code }).last().click()
}
const inDays = (n) => new Date(Date.now() + n * 864e5).toISOString().slice(0, 10)
const tail = Date.now().toString()
/** A well-formed code of no company. */
function uscc(seed) {
  const set = '0123456789ABCDEFGHJKLMNPQRTUWXY', own = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
  const inner = `Y${seed.slice(-7)}`
  const sum = [3, 7, 9, 10, 5, 8, 4, 2].reduce((n, w, i) => n + w * own.indexOf(inner[i]), 0)
  const last = 11 - (sum % 11)
  const text = `91440112${inner}${last === 10 ? 'X' : last === 11 ? '0' : last}`
  let power = 1, total = 0
  for (const c of text) { total += set.indexOf(c) * power; power = (power * 3) % 31 }
  return text + set[(31 - (total % 31)) % 31]
}

let shown
// factors ----------------------------------------------------------------------------------------------------------
const data = await person('ops-data')
shown = data
await open(shown, '/ops/factors?tab=library')
await shown.getByTestId('factor-rows').waitFor()
await look(shown, 'ops-factors-library')
await shown.getByTestId('factors-unverified').click()
await shown.waitForTimeout(600)
await look(shown, 'ops-factors-unverified')
await shown.getByTestId('factors-parameters').click()
await shown.getByTestId('parameter-table').waitFor()
await look(shown, 'ops-factors-parameters')
await open(shown, '/ops/factors?tab=library&q=EF-ELEC-440000')
await shown.getByTestId('row-EF-ELEC-440000-2023').click()
await shown.getByTestId('row-value').fill('0.4500')
await shown.getByTestId('row-from').fill('2025-12-31')
await shown.getByTestId('row-source').fill('生态环境部、国家统计局公告（演示用，不是正式公告）')
await look(shown, 'ops-factor-row')
await shown.getByTestId('row-save').click()
await shown.getByTestId('draft-overlap').waitFor()
say(await shown.getByTestId('draft-overlap').innerText())
assert.ok(await shown.getByTestId('draft-review').isDisabled())
await look(shown, 'ops-factor-overlap')
await shown.getByTestId('row-change-0').click()
await shown.getByTestId('row-from').fill(inDays(0))
await shown.getByTestId('row-save').click()
await shown.getByTestId('draft-overlap').waitFor({ state: 'hidden' })
await shown.getByTestId('impact-firms').waitFor()
const touched = await shown.getByTestId('impact-firms').innerText()
say(`touches ${touched}`)
assert.ok(parseInt(touched, 10) > 0)
await shown.getByTestId('draft-review').click()
await shown.getByTestId('draft-review').waitFor({ state: 'hidden' })
const address = new URL(shown.url()).pathname.replace('/console', '')
const approver = await person('ops-approve')
shown = approver
await open(shown, '/ops/factors')
await shown.getByTestId('factor-drafts').waitFor()
await look(shown, 'ops-factor-drafts')
await open(shown, address)
await shown.getByTestId('impact-firms').waitFor()
await look(shown, 'ops-factor-review')
await shown.getByTestId('draft-publish').click()
await look(shown, 'ops-factor-publish')
await shown.getByTestId('publish-confirm').click()
await prove(shown, 'ops-approve')
await shown.getByTestId('publish-confirm').waitFor({ state: 'hidden' })
await shown.getByText('已发布。此后的预览按新值计算').waitFor()
await look(shown, 'ops-factor-published')
const history = await (await shown.request.get(`${base}/api/v1/factors/EF-ELEC-440000-2024/history`)).json()
assert.equal(history.items?.[0]?.code ?? history[0]?.code, 'EF-ELEC-440000-2024')
say('a grid factor of a new year published by a second person')

// banks ------------------------------------------------------------------------------------------------------------
const reviewer = await person('ops-review')
shown = reviewer
await open(shown, '/ops/banks')
await shown.getByTestId('banks').waitFor()
await look(shown, 'ops-banks')
await shown.getByTestId('bank-new').click()
await shown.getByTestId('bank-make').click() // says what is missing
await look(shown, 'ops-bank-new')
await shown.getByTestId('bank-name').fill(`测试银行${tail.slice(-5)}`)
await shown.getByTestId('bank-uscc').fill(uscc(tail))
await pick(shown, 'bank-region', '黄埔', '440112')
await shown.getByTestId('bank-contact').fill('绿色金融部 020-83330000')
await shown.getByTestId('bank-until').fill(inDays(300))
await shown.getByTestId('bank-user-name').fill('何行长')
await shown.getByTestId('bank-user-account').fill(`bank${tail.slice(-8)}`)
await shown.getByTestId('bank-user-phone').fill(`137${tail.slice(-8)}`)
await shown.getByTestId('bank-make').click()
await shown.getByTestId('bank-password').waitFor()
await look(shown, 'ops-bank-made')
await shown.getByTestId('bank-made-close').click()
await shown.getByTestId('banks-q').fill(`测试银行${tail.slice(-5)}`)
await shown.waitForTimeout(700)
await shown.locator('[data-testid=banks] [data-testid^=bank-]').first().click()
await shown.getByTestId('bank-suspend').click()
await shown.getByTestId('bank-why').fill('协议中止，待重新签订')
await shown.getByTestId('bank-suspend-confirm').click()
await shown.getByTestId('bank-resume').waitFor()
await look(shown, 'ops-bank-suspended')
await shown.getByTestId('bank-resume').click()
await shown.getByTestId('bank-suspend').waitFor()
say('a bank opened, suspended, resumed')

// agencies ---------------------------------------------------------------------------------------------------------
await open(shown, '/ops/agencies')
await shown.getByTestId('agency-new').click()
await shown.getByTestId('agency-name').fill(`测试核查机构${tail.slice(-5)}`)
await shown.getByTestId('agency-uscc').fill(uscc(`${Number(tail) + 1}`))
await pick(shown, 'agency-region', '黄埔', '440112')
await shown.getByTestId('agency-kind-grade_verifier').click()
await pick(shown, 'agency-regions', '广东', '440000')
await shown.getByTestId('agency-contact').fill('综合部 020-83331111')
await shown.getByTestId('agency-until').fill(inDays(400))
await shown.getByTestId('agency-user-name').fill('罗主任')
await shown.getByTestId('agency-user-account').fill(`agen${tail.slice(-8)}`)
await shown.getByTestId('agency-user-phone').fill(`136${tail.slice(-8)}`)
await look(shown, 'ops-agency-new')
await shown.getByTestId('agency-make').click()
await shown.getByTestId('agency-password').waitFor()
await shown.getByTestId('agency-made-close').click()
await shown.getByTestId('qualification-file').setInputFiles({ name: '资质证书.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n') })
await shown.getByTestId('qualification-open').waitFor()
await look(shown, 'ops-agency')
shown = approver
await open(shown, '/ops/agencies')
await shown.getByTestId('agencies-q').fill(`测试核查机构${tail.slice(-5)}`)
await shown.waitForTimeout(700)
await shown.locator('[data-testid=agencies] [data-testid^=agency-]').first().click()
await shown.getByTestId('agency-designate').click()
await shown.getByTestId('agency-until').fill(inDays(200))
await shown.getByTestId('agency-designate-confirm').click()
await shown.getByTestId('agency-end').waitFor()
await shown.keyboard.press('Escape')
await look(shown, 'ops-agencies')
say('an agency registered, its file uploaded, designated by another person')

// the machinery ----------------------------------------------------------------------------------------------------
const system = await person('ops-system')
shown = system
await open(shown, '/ops/jobs?tab=outbox')
await shown.waitForTimeout(600)
await look(shown, 'ops-outbox')
await open(shown, '/ops/system')
await shown.getByTestId('system-database').waitFor()
await look(shown, 'ops-system')
assert.equal(await shown.locator('[data-testid=system-migrations] .tx-tag.ok').count(), 1)

await finish()
