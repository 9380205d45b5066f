// Messages and public texts in a real browser: an agent's bell, its list, the way into the firm a message is about; a text written by one
// operator, compared and published by another, and read by everybody at once.
//   BASE_URL=http://127.0.0.1:8000 node e2e/content.mjs
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

async function person(account) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  const page = await context.newPage()
  page.on('pageerror', (e) => faults.push(`page error: ${e.message}`))
  page.on('response', (r) => { if (r.status() >= 500) faults.push(`${r.status()} ${new URL(r.url()).pathname}`) })
  await page.goto(`${base}/console/sign-in`)
  await page.getByTestId(`demo-${account}`).click()
  for (let tries = 0; tries < 3; tries++) {
    const code = account.startsWith('ops') ? await page.getByTestId('sign-in-totp').inputValue() : ''
    await page.getByTestId('sign-in-submit').click()
    await page.locator('[data-testid=side-menu], [data-testid=problem]').first().waitFor()
    if (!(await page.getByTestId('problem').count())) break
    await page.getByTestId('sign-in-totp').fill(await freshCode(page, account, code)) // spent by somebody a moment ago
  }
  await page.getByTestId('side-menu').waitFor()
  return page
}
async function freshCode(page, account, spent) {
  for (let i = 0; i < 40; i++) {
    const code = (await (await page.request.get(`${base}/api/v1/demo/accounts`)).json()).accounts.find((a) => a.account === account).totp
    if (code !== spent) return code
    await page.waitForTimeout(1000)
  }
  throw new Error('no fresh code')
}
async function look(page, name) {
  for (const width of [1440, 375]) {
    await page.setViewportSize({ width, height: width < 500 ? 812 : 900 })
    await page.waitForTimeout(600)
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (over > 0) findings.push(`${name} at ${width}: sideways ${over}`)
    await page.screenshot({ path: join(out, `${name}-${width}.png`) })
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
    const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
    for (const v of result.violations) if (['critical', 'serious'].includes(v.impact)) findings.push(`${name} at ${width}: ${v.impact} ${v.id} ${v.nodes.slice(0, 2).map((n) => n.target.join(' ')).join(' | ')}`)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
}

let shown
try {
  // messages -----------------------------------------------------------------------------------------------------
  shown = await person('daili01')
  await shown.getByTestId('bell').click()
  await shown.getByTestId('messages').waitFor()
  const before = Number(await shown.getByTestId('bell-count').textContent())
  assert.ok(before > 0)
  await look(shown, 'messages')
  const first = shown.locator('[data-testid=messages] > li').first()
  assert.match(await first.innerText(), /月能耗/)
  await first.locator('[data-testid^=open-]').click()
  await shown.waitForURL(/\/filing\?year=\d{4}&month=\d{4}-\d{2}/)
  assert.equal(Number(await shown.getByTestId('bell-count').textContent()), before - 1)
  say(`an agent opens one of ${before} messages and stands in the month it is about`)
  await shown.getByTestId('bell').click()
  await shown.getByTestId('channel-sms').click()
  await shown.getByTestId('read-all').click()
  await shown.getByTestId('bell-count').waitFor({ state: 'detached' })
  await shown.reload()
  await shown.getByTestId('channel-sms').waitFor()
  assert.equal(await shown.getByTestId('channel-sms').locator('input').isChecked(), false)
  say('all read; text messages are switched off and stay off')

  // a public text by two persons -----------------------------------------------------------------------------------
  const mark = `核对编号 ${Date.now()}`
  shown = await person('ops-data')
  await shown.getByTestId('menu-ops-content').click()
  await shown.getByTestId('text-faq').click()
  const body = shown.getByTestId('text-body')
  await body.fill(`${await body.inputValue()}\n\n[不安全](javascript:alert)`)
  await shown.getByTestId('text-save').click()
  await shown.getByTestId('problem').waitFor()
  assert.match(await shown.getByTestId('problem').innerText(), /第 \d+ 行的链接不能用/)
  await body.fill((await body.inputValue()).replace('[不安全](javascript:alert)', `**${mark}** 见 [隐私政策](/help/privacy)。`))
  await look(shown, 'content-edit')
  await shown.getByTestId('view-preview').click()
  await look(shown, 'content-preview')
  await shown.getByTestId('view-diff').click()
  await look(shown, 'content-diff')
  await shown.getByTestId('text-propose').click()
  await shown.getByTestId('propose-confirm').click()
  await shown.getByTestId('content-done').waitFor()
  assert.equal(await shown.getByTestId('text-publish').count(), 0)
  assert.doesNotMatch(await (await shown.request.get(`${base}/help/faq`)).text(), new RegExp(mark))
  shown = await person('ops-approve')
  await shown.getByTestId('menu-ops-content').click()
  await shown.getByTestId('text-faq').click()
  await shown.getByTestId('text-diff').waitFor()
  assert.match(await shown.getByTestId('text-diff').innerText(), new RegExp(mark))
  await look(shown, 'content-approve')
  await shown.getByTestId('text-publish').click()
  await shown.getByTestId('publish-confirm').click()
  await shown.getByTestId('content-done').waitFor()
  assert.match(await (await shown.request.get(`${base}/help/faq`)).text(), new RegExp(mark))
  await shown.getByTestId('view-history').click()
  await look(shown, 'content-history')
  await shown.goto(`${base}/help/faq`)
  for (const width of [1440, 375]) {
    await shown.setViewportSize({ width, height: 812 })
    await shown.screenshot({ path: join(out, `help-${width}.png`) })
    const over = await shown.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (over > 0) findings.push(`help at ${width}: sideways ${over}`)
  }
  say('a text written by one operator and published by another is read at once')
} catch (error) {
  if (shown) await shown.screenshot({ path: join(out, 'content-failed.png') })
  throw error
} finally {
  await browser.close()
}
assert.deepEqual(faults, [])
assert.deepEqual(findings, [])
console.log('content: all right')
