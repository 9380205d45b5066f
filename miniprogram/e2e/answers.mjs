// What a firm does on its phone once others look at its papers: an agency's two questions answered, one by 更正 (the figure changed on the
// filing page and handed over again), one with a photo and a PDF (a HEIC and a photo of 10.2 MB are refused first, with the way out); a reduction
// report handed to an agency and taken back, handed over again and followed; a bank's consent renewed before it ends; a provider of faces chosen.
//   BASE_URL=… node e2e/answers.mjs
import assert from 'node:assert/strict'
import { deflateSync } from 'node:zlib'
import { base, browser, desk, finish, handset, say } from './handset.mjs'

const year = new Date().getFullYear() - 1
/** A photo as it is: 640 x 480, grey. */
function photo() {
  const table = Array.from({ length: 256 }, (_, n) => { let c = n; for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; return c >>> 0 })
  const crc = (b) => { let c = 0xffffffff; for (const x of b) c = table[(c ^ x) & 255] ^ (c >>> 8); return (c ^ 0xffffffff) >>> 0 }
  const part = (kind, data) => { const body = Buffer.concat([Buffer.from(kind), data]); const size = Buffer.alloc(4); size.writeUInt32BE(data.length); const sum = Buffer.alloc(4); sum.writeUInt32BE(crc(body)); return Buffer.concat([size, body, sum]) }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(640, 0); head.writeUInt32BE(480, 4); head[8] = 8
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), part('IHDR', head), part('IDAT', deflateSync(Buffer.concat(Array.from({ length: 480 }, () => Buffer.concat([Buffer.alloc(1), Buffer.alloc(640, 200)]))))), part('IEND', Buffer.alloc(0))])
}
/** A PDF of one empty page. */
function pdf() {
  const objects = ['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [3 0 R] /Count 1 >>', '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>']
  let text = '%PDF-1.4\n'
  const at = objects.map((o, n) => { const here = text.length; text += `${n + 1} 0 obj\n${o}\nendobj\n`; return here })
  const table = text.length
  text += `xref\n0 4\n0000000000 65535 f \n${at.map((a) => `${String(a).padStart(10, '0')} 00000 n \n`).join('')}trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`
  return Buffer.from(text)
}

// The agency asks about two months and sends the case back.
const verifier = await desk('heyan02')
const inbox = await verifier('GET', '/api/v1/agency/cases?q=骏霖')
const id = inbox.items.find((c) => c.verifier && ['in_verification', 'returned'].includes(c.state)).id
let kase = await verifier('GET', `/api/v1/agency/cases/${id}`)
const gas = kase.sections.find((s) => s.title.startsWith('天然气')).figures
const asked = {}
for (const [month, text] of [['08', '8 月用气量与燃气公司账单不符，请核对。'], ['09', '9 月没有计量凭证，请补充。']]) {
  const path = gas.find((f) => f.judge && f.path.endsWith(`${year}${month}`)).path
  const was = kase.findings.find((f) => f.path === path && f.state === 'open')
  if (!was && kase.state === 'in_verification') kase = await verifier('POST', `/api/v1/agency/cases/${id}/findings`, { section: kase.sections.find((s) => s.title.startsWith('天然气')).key, path, text, severity: 'normal' }).then(() => verifier('GET', `/api/v1/agency/cases/${id}`))
  asked[month] = kase.findings.find((f) => f.path === path).number
}
if (kase.state === 'in_verification') await verifier('POST', `/api/v1/agency/cases/${id}/return`, { version: kase.version })

const firm = await handset('junlin01')
await firm.open('/pages/cases/index', `case-${id}`)
await firm.tap(`case-${id}`)
await firm.id('findings').waitFor()
await firm.look('returned')
await firm.tap(`finding-${asked['08']}`)
await firm.id('choice-correct').tap()
await firm.fill('answer-value', '十二')
await firm.tap('answer-send')
await firm.page.locator('.tx-wrong:visible').first().waitFor()
const filed = /[\d.]+/.exec(await firm.id('filed').innerText())[0]
const right = (Number(filed) * 0.98).toFixed(2)
await firm.fill('answer-value', right.replace(/\d/g, (d) => '０１２３４５６７８９'[d]))
await firm.write('answer-text', '录入时多写了一位，按账单更正。')
await firm.look('correct')
await firm.tap('answer-send')
await firm.id('amount-natural_gas').waitFor()
assert.match(await firm.text(), new RegExp(`${year}年8月`))
const field = firm.page.locator('[data-testid="amount-natural_gas"]:visible').locator('input').or(firm.page.locator('input[data-testid="amount-natural_gas"]:visible')).first()
assert.ok(await field.inputValue())
await field.fill(right)
await field.blur()
await firm.page.locator('[data-testid="saved"][data-state="saved"]:visible').first().waitFor()
await firm.look('correct-month')
await firm.tap('preview')
await firm.id('totals').waitFor()
await firm.tap('submit')
for (const done = firm.id('submitted'); !(await done.isVisible());) { // confirm, then replace: what is filed already is asked about
  await firm.page.locator('.uni-modal__btn_primary:visible, [data-testid="submitted"]:visible').first().waitFor()
  if (await done.isVisible()) break
  await firm.look('correct-replace')
  await firm.agree()
  await firm.page.locator('.uni-modal__btn_primary:visible').waitFor({ state: 'detached' }).catch(() => {})
}
say(`8 月 was ${filed}, now ${right}, corrected on the filing page from the question`)

await firm.open(`/pages/cases/case?id=${id}`, 'findings')
await firm.tap(`finding-${asked['09']}`)
await firm.id('choice-evidence').tap()
await firm.write('answer-text', '附 9 月燃气账单和抄表照片。')
await firm.tap('answer-send')
await firm.page.getByText('请先上传凭证，再回复。').waitFor()
await firm.choose('answer-file', { name: 'IMG_2209.HEIC', mimeType: 'image/heic', buffer: Buffer.alloc(4000, 1) })
await firm.page.locator('[data-testid="problem"]:visible', { hasText: '暂不支持 HEIC 照片' }).waitFor()
await firm.choose('answer-file', { name: '抄表.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(10_200_000, 1) })
await firm.page.locator('[data-testid="problem"]:visible', { hasText: '照片 10.2 MB，超过 10 MB' }).waitFor()
await firm.look('evidence-refused')
await firm.choose('answer-file', [{ name: '抄表.png', mimeType: 'image/png', buffer: photo() }, { name: '燃气账单.pdf', mimeType: 'application/pdf', buffer: pdf() }])
await firm.page.getByLabel('去掉燃气账单.pdf').waitFor()
assert.equal(await firm.page.locator('[data-testid="problem"]:visible').count(), 0)
await firm.look('evidence')
await firm.tap('answer-send')
/** The list of questions shows this one as answered: it was fetched anew. */
const answered = (number) => firm.page.locator(`[data-testid="finding-${number}"]:visible`, { hasText: '已回复' }).waitFor()
await answered(asked['09'])
for (;;) { // what the agency asked before is explained, if nobody did
  await firm.page.locator('[data-testid="resubmit"]:visible, [data-testid="answer-next"]:visible').first().waitFor()
  if (await firm.id('resubmit').isVisible()) break
  const number = /\d+/.exec(await firm.id('answer-next').innerText())[0]
  await firm.tap('answer-next')
  await firm.id('choice-explain').tap()
  await firm.write('answer-text', '凭证在档案室，与账单一致。')
  await firm.tap('answer-send')
  await answered(number)
}
await firm.tap(`finding-${asked['09']}`)
await firm.id('message-firm').waitFor()
assert.match(await firm.text(), /抄表\.png[\s\S]*燃气账单\.pdf/)
await firm.page.goBack()
await firm.tap('resubmit')
await firm.agree()
await firm.page.locator('[data-testid="case-state"]:visible', { hasText: '核查中' }).waitFor()
await firm.id('changes').waitFor()
await firm.look('handed-over-again')
const seen = (await verifier('GET', `/api/v1/agency/cases/${id}`)).findings.find((f) => f.number === asked['09'])
assert.deepEqual(seen.messages.at(-1).files.map((f) => f.name), ['抄表.png', '燃气账单.pdf'])
say('9 月 is answered with a photo and a PDF; HEIC and 10.2 MB are refused before they are sent; the case is handed over with its difference')

// The consent of the bank, renewed before it ends.
await firm.page.goto('about:blank')
await firm.page.goto(`${base}/m/#/pages/finance/cases`)
await firm.page.locator('[data-testid^="finance-01"]:visible').first().tap()
await firm.id('consent').waitFor()
const until = /到 (\d{4}-\d{2}-\d{2})/.exec(await firm.id('consent').innerText())[1]
await firm.tap('renew')
await firm.id('renewing').waitFor()
assert.match(await firm.id('renewing').innerText(), new RegExp(until))
await firm.tap('days-180')
await firm.look('renew')
const next = (await firm.id('until').innerText()).replace('到 ', '')
await firm.tap('give')
await firm.agree()
await firm.prove()
await firm.page.locator('[data-testid="consent"]:visible', { hasText: `到 ${next}` }).waitFor()
assert.match(await firm.id('consent-state').innerText(), /有效/)
await firm.look('renewed')
await firm.open('/pages/finance/consents', 'revoke')
assert.match(await firm.text(), /由新的授权替代/)
await firm.look('consents')
await firm.context.close()
say(`the consent to ${until} is replaced by one to ${next}, with a fresh proof`)

// A reduction report to an agency: taken back before it is accepted, handed over again, followed.
const maker = await handset('hechuan01')
async function handOver(shot) {
  await maker.open(`/pages/reduction/report?year=${year - 1}`, 'hand-over')
  if (shot) await maker.look('reduction-ready')
  await maker.tap('hand-over')
  await maker.id('agencies').waitFor()
  await maker.page.locator('[data-testid^="agency-"]:visible:not([aria-disabled])').first().tap()
  await maker.tap('case-agree')
  if (shot) await maker.look('reduction-agency')
  await maker.tap('case-submit')
  await maker.agree()
  await maker.prove()
  await maker.id('handed-over').waitFor()
}
await handOver(true)
await maker.look('reduction-handed-over')
await maker.tap('withdraw')
await maker.write('case-words', '补充一项方案后再交。')
await maker.tap('case-send')
await maker.page.locator('[data-testid="case-state"]:visible', { hasText: '企业已撤回' }).waitFor()
await maker.look('reduction-withdrawn')
await handOver(false)
await maker.id('say').tap()
await maker.write('case-words', '验收单原件可随时查看。')
await maker.tap('case-send')
await maker.page.locator('[data-testid="messages"]:visible', { hasText: '验收单原件可随时查看。' }).waitFor()
const auditor = await desk('qingjie01')
const fresh = (await auditor('GET', '/api/v1/agency/cases?q=禾川')).items.find((c) => c.state === 'submitted')
const people = (await auditor('GET', '/api/v1/agency/people')).items
await auditor('POST', `/api/v1/agency/cases/${fresh.id}/accept`, { verifier_id: people.find((p) => p.roles.includes('verifier')).id, reviewer_id: people.find((p) => p.roles.includes('agency_reviewer')).id, declaration: true })
await maker.open(`/pages/reduction/report?year=${year - 1}`, 'follow')
await maker.tap('follow')
await maker.page.locator('[data-testid="case-state"]:visible', { hasText: '审核中' }).waitFor()
assert.match(await maker.text(), /机构已受理，\d{4}-\d{2}-\d{2} 之后仍未办理时可以撤回/)
await maker.look('reduction-followed')
say('a reduction report is handed over, taken back, handed over again and followed; once accepted it says until when it stays')

// Console and phone page in one browser: another person signs in at the desk, the phone page stays whose it is.
const beside = await maker.context.newPage()
await beside.goto(`${base}/console/sign-in`)
await beside.getByTestId('demo-junlin01').click()
await beside.getByTestId('sign-in-submit').click()
await beside.getByTestId('home-main').waitFor()
await maker.page.reload()
await maker.page.locator('[data-testid="case-state"]:visible', { hasText: '审核中' }).waitFor()
await maker.open('/pages/home/index', 'firm-name')
assert.match(await maker.id('firm-name').innerText(), /禾川/)
await beside.reload()
await beside.getByTestId('home-main').waitFor()
assert.match(await beside.locator('body').innerText(), /骏霖/)
say('console and phone page of one browser keep their own sign-in')
assert.equal(browser.isConnected(), true)
await finish()
