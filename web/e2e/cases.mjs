// A verification in a real browser: the agency's inbox and case desk (verdicts by keys, a question, an evidence picture), the firm's answer,
// the conclusion with a fresh proof, the countersignature by another person; every page looked at in two widths.
//   BASE_URL=http://127.0.0.1:8000 node e2e/cases.mjs
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const here = dirname(fileURLToPath(import.meta.url))
const out = process.env.E2E_OUT ?? join(here, 'out')
const base = (process.env.BASE_URL ?? 'http://127.0.0.1:8000').replace(/\/$/, '')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
mkdirSync(out, { recursive: true })
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
const faults = []
const findings = []
const say = (text) => console.log(`· ${text}`)

async function person(account, ready) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', acceptDownloads: true })
  const page = await context.newPage()
  page.on('pageerror', (e) => faults.push(`page error: ${e.message}`))
  page.on('response', (r) => { if (r.status() >= 500) faults.push(`${r.status()} ${new URL(r.url()).pathname}`) })
  await page.goto(`${base}/console/sign-in`)
  await page.getByTestId(`demo-${account}`).click()
  await page.getByTestId('sign-in-submit').click()
  await page.getByTestId(ready).waitFor()
  return page
}
async function look(page, name) {
  for (const width of [1440, 375]) {
    await page.setViewportSize({ width, height: width < 500 ? 812 : 900 })
    await page.waitForTimeout(600)
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (over > 0) findings.push(`${name} at ${width}: sideways ${over}`)
    await page.screenshot({ path: join(out, `${name}-${width}.png`), fullPage: width < 500 })
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
    const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
    for (const v of result.violations) if (['critical', 'serious'].includes(v.impact)) findings.push(`${name} at ${width}: ${v.impact} ${v.id} ${v.nodes.slice(0, 2).map((n) => n.target.join(' ')).join(' | ')}`)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
}
/** The authenticator of the demonstration: six digits of thirty seconds; each is good for one use. */
const used = new Set()
async function totp(secret) {
  for (;;) {
    const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
    const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)))
    const counter = Buffer.alloc(8)
    const step = Math.floor(Date.now() / 30000)
    counter.writeBigUInt64BE(BigInt(step))
    const mac = createHmac('sha1', key).update(counter).digest()
    const at = mac[mac.length - 1] & 15
    const code = String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0')
    if (!used.has(step)) { used.add(step); return code }
    await new Promise((r) => setTimeout(r, 1000))
  }
}
async function prove(page) {
  await page.getByTestId('step-up-proof').waitFor()
  await page.getByTestId('step-up-proof').fill(await totp('KRQW46DJMFXSGIDEMVWW6IDTMVRXEZLU'))
  await page.getByTestId('step-up-send').click()
}

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
await prove(verifier)
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
await prove(reviewer)
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
await browser.close()
console.log(findings.join('\n') || 'no findings')
assert.deepEqual(faults, [])
