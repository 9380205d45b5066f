// A year's water in a real browser: the demonstration firm reads last year, breaks the balance while typing and sees it said, puts it right,
// saves, meets another person's save, exports the table, makes the water-saving report; an operator loads quotas from Excel.
//   BASE_URL=http://127.0.0.1:8000 node e2e/water.mjs
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
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', acceptDownloads: true })
  const page = await context.newPage()
  page.on('pageerror', (e) => faults.push(`page error: ${e.message}`))
  page.on('response', (r) => { if (r.status() >= 500) faults.push(`${r.status()} ${new URL(r.url()).pathname}`) })
  await page.goto(`${base}/console/sign-in`)
  await page.getByTestId(`demo-${account}`).click()
  await page.getByTestId('sign-in-submit').click()
  await page.getByTestId('side-menu').waitFor()
  return page
}
async function look(page, name, full = false) {
  for (const width of [1440, 375]) {
    await page.setViewportSize({ width, height: width < 500 ? 812 : 900 })
    await page.waitForTimeout(600)
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (over > 0) findings.push(`${name} at ${width}: sideways ${over}`)
    await page.screenshot({ path: join(out, `${name}-${width}.png`), fullPage: full })
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
  const year = new Date().getFullYear() - 1
  const page = (shown = await person('hechuan01'))
  const id = (name) => page.getByTestId(name)
  await open(page, `/water?year=${year}`)
  await id('live-balance').waitFor()
  const good = await id('live-balance').innerText()
  assert.match(good, /^进 41,000\.0000 = 出 \d{2},\d{3}\.0000 · 差 \d\.\d\d%/)
  await look(page, 'water', true)
  say(`last year balances: ${good}`)

  await id('water-leaked').fill('1450')
  await id('water-discharged').fill('9,000')
  assert.match(await id('live-balance').innerText(), /进 41,000\.0000 ≠ 出 28,350\.0000 · 差 30\.85%[\s\S]*水量不平衡/)
  await id('water-tap').fill('-5')
  await id('water-save').click()
  await page.getByText('不能为负数，没有请填 0。').waitFor()
  await id('water-tap').fill('38600')
  await id('product-0-water').fill('18000')
  assert.match(await id('live-gap').innerText(), /少 900\.0000 m³/)
  await id('water-save').click()
  await id('warning-UNBALANCED').waitFor()
  await id('reason-ALLOCATION').waitFor()
  assert.equal(await id('make-water-report').isDisabled(), true)
  await look(page, 'water-unbalanced')
  say('unbalanced and badly shared: kept, said, no report')

  // a colleague saves meanwhile
  const other = await person('hechuan02')
  await open(other, `/water?year=${year}`)
  await other.getByTestId('water-leaked').fill('1500')
  await other.getByTestId('water-save').click()
  await other.getByTestId('water-saved').waitFor()
  await other.context().close()
  await id('water-discharged').fill('20100')
  await id('product-0-water').fill('18900')
  await id('water-save').click()
  await id('water-keep').waitFor()
  await look(page, 'water-stale')
  await id('water-keep').click()
  await id('water-saved').waitFor()
  await id('warning-UNBALANCED').waitFor({ state: 'detached' })
  say('a colleague saved first: seen, own typing kept')

  await id('water-leaked').fill('1460')
  await page.getByTestId('side-menu').getByText('企业首页').click()
  await id('leave-stay').click()
  assert.equal(await id('water-leaked').inputValue(), '1460')
  await id('water-save').click()
  await id('water-saved').waitFor()
  const [file] = await Promise.all([page.waitForEvent('download'), id('water-export').click()])
  assert.match(file.suggestedFilename(), /水资源利用情况表-\d{4}\.xlsx/)
  await id('make-water-report').click()
  await page.waitForURL(/\/console\/reports\/[0-9a-f-]+/)
  await page.waitForLoadState('networkidle')
  await page.waitForTimeout(1500)
  await look(page, 'water-report')
  await open(page, `/water?year=${year}`)
  await id('make-water-report').waitFor()
  const [word] = await Promise.all([page.waitForEvent('download'), page.locator('[data-testid^=water-word-]').first().click()])
  assert.match(word.suggestedFilename(), /可编辑副本\.docx$/)
  await id('indicator-reuse_rate').scrollIntoViewIfNeeded()
  await look(page, 'water-figures')
  say('table, report, Word')

  const viewer = await person('hechuan03')
  await open(viewer, `/water?year=${year}`)
  await viewer.getByTestId('water-indicators').waitFor()
  assert.equal(await viewer.getByTestId('water-save').count(), 0)
  await viewer.context().close()

  const desk = (shown = await person('ops-data'))
  await open(desk, '/ops/water-quotas')
  await desk.getByTestId('quota-import').waitFor()
  await look(desk, 'ops-water-quotas')
  const [template] = await Promise.all([desk.waitForEvent('download'), desk.getByTestId('quota-template').click()])
  await desk.getByTestId('quota-import').click()
  await desk.getByTestId('quota-file').setInputFiles(await template.path().then((p) => ({ name: '用水定额.xlsx', mimeType: 'application/octet-stream', buffer: readFileSync(p) })))
  await desk.getByTestId('quota-trial').waitFor()
  assert.match(await desk.getByTestId('quota-trial').innerText(), /读到 0 条/)
  assert.equal(await desk.getByTestId('quota-confirm').isDisabled(), true)
  await look(desk, 'ops-water-import')
  say('the operator reads an empty template: nothing to import')
} catch (error) {
  await shown?.screenshot({ path: join(out, 'water-failed.png') })
  throw error
} finally {
  await browser.close()
}
for (const f of [...faults, ...findings]) console.log(`! ${f}`)
process.exit(faults.length + findings.length ? 1 : 0)
