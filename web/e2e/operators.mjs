// The operator's desk in a real browser: a new office with its first user, a certificate suspended and resumed by two persons with a
// fresh proof, the public page following at once, the audit chain verified. Wants the certificate that story.mjs leaves behind.
//   BASE_URL=http://127.0.0.1:8000 node e2e/operators.mjs
import assert from 'node:assert/strict'
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
const accounts = async (page) => (await (await page.request.get(`${base}/api/v1/demo/accounts`)).json()).accounts

async function person(account) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  const page = await context.newPage()
  page.on('pageerror', (e) => faults.push(`page error: ${e.message}`))
  page.on('response', (r) => { if (r.status() >= 500) faults.push(`${r.status()} ${new URL(r.url()).pathname}`) })
  await page.goto(`${base}/console/sign-in`)
  await page.getByTestId(`demo-${account}`).click()
  let code = await page.getByTestId('sign-in-totp').inputValue()
  await page.getByTestId('sign-in-submit').click()
  await page.locator('[data-testid=side-menu], [data-testid=problem]').first().waitFor()
  if (await page.getByTestId('problem').count()) { // the code was spent by somebody a moment ago
    code = await freshCode(page, account, code)
    await page.getByTestId('sign-in-totp').fill(code)
    await page.getByTestId('sign-in-submit').click()
  }
  await page.getByTestId('side-menu').waitFor()
  return { page, code }
}
/** A code of the authenticator that was not spent yet. */
async function freshCode(page, account, spent) {
  for (let i = 0; i < 40; i++) {
    const code = (await accounts(page)).find((a) => a.account === account).totp
    if (code !== spent) return code
    await page.waitForTimeout(1000)
  }
  throw new Error('no fresh code')
}
async function look(page, name) {
  for (const width of [1440, 375]) {
    await page.setViewportSize({ width, height: width < 500 ? 812 : 900 })
    await page.waitForTimeout(600) // dialogs fade in
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (over > 0) findings.push(`${name} at ${width}: sideways ${over}`)
    await page.screenshot({ path: join(out, `${name}-${width}.png`) })
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
    const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
    for (const v of result.violations) if (['critical', 'serious'].includes(v.impact)) findings.push(`${name} at ${width}: ${v.impact} ${v.id} ${v.nodes.slice(0, 2).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
}
async function open(page, path) {
  await page.goto(`${base}/console${path}`)
  await page.waitForLoadState('networkidle')
}

let shown
try {
  // organisations --------------------------------------------------------------------------------------------------
  const reviewer = await person('ops-review')
  shown = reviewer.page
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
  let spent = approver.code
  for (const [action, word] of [['suspend', /暂停使用/], ['resume', /真实有效/]]) {
    shown = data.page
    await open(shown, '/ops/certificates')
    await shown.locator(`[data-testid^="${action}-"]`).first().click()
    await shown.getByTestId('propose-reason').fill('收到投诉，核实凭证')
    await shown.getByTestId('propose-confirm').click()
    await shown.getByTestId('propose-confirm').waitFor({ state: 'hidden' })
    shown = approver.page
    await open(shown, '/ops/certificates')
    if (action === 'suspend') await look(shown, 'ops-certificates')
    await shown.locator('[data-testid^="approve-"]').first().click()
    await shown.getByTestId('decide-confirm').click()
    await shown.getByTestId('step-up').waitFor()
    if (action === 'suspend') await shown.screenshot({ path: join(out, 'step-up-1440.png') })
    spent = await freshCode(shown, 'ops-approve', spent)
    await shown.getByTestId('step-up-proof').fill(spent)
    await shown.getByTestId('step-up-send').click()
    await shown.getByTestId('decide-confirm').waitFor({ state: 'hidden' })
    const address = await shown.locator('[data-testid=ops-certificates] th a').first().getAttribute('href')
    await shown.waitForTimeout(5000) // CC8: visible within five seconds
    const body = await (await shown.request.get(new URL(address, base).href, { headers: { accept: 'text/html' } })).text()
    assert.match(body, word)
    say(`${action} by two persons; the public page says ${word.source}`)
  }
  shown = data.page
  await open(shown, '/ops/benchmarks')
  await look(shown, 'ops-benchmarks')

  // audit and jobs ----------------------------------------------------------------------------------------------------
  const auditor = await person('ops-audit')
  shown = auditor.page
  await open(shown, '/ops/audit')
  await shown.getByTestId('audit-verify').click()
  await shown.locator('[data-testid=chain][data-ok=true]').waitFor({ timeout: 30_000 })
  say(await shown.getByTestId('chain').innerText())
  await look(shown, 'ops-audit')
  const system = await person('ops-system')
  shown = system.page
  await open(shown, '/ops/jobs')
  await shown.getByTestId('jobs-done').click()
  await shown.waitForTimeout(600)
  await look(shown, 'ops-jobs')

  assert.deepEqual(faults, [])
  assert.deepEqual(findings, [])
  console.log('operators passed')
} catch (error) {
  await shown?.screenshot({ path: join(out, 'operators-failed.png') }).catch(() => {})
  console.error(error, { url: shown?.url(), faults, findings })
  process.exitCode = 1
} finally {
  await browser.close()
}
