// A year's reductions in a real browser: the demonstration firm records a measure whose own tonnes differ, is asked why, sees both figures,
// meets another person's save, writes indicators and a plan, reads what its report lacks, makes the draft, and comes to the hand-over.
//   BASE_URL=http://127.0.0.1:8000 node e2e/reduction.mjs
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
const year = new Date().getFullYear() - 1
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
async function day(page, test, value) {
  const input = page.getByTestId(test).locator('input')
  await input.fill(value)
  await input.press('Enter')
}
async function pick(page, test, text) {
  await page.getByTestId(test).click()
  await page.locator('.el-select-dropdown:visible').getByText(text, { exact: true }).click()
}

try {
  const page = await person('hechuan01')
  await page.goto(`${base}/console/reduction?year=${year}`)
  await page.getByTestId('annual').waitFor()
  const before = await page.getByTestId('annual').innerText()
  await look(page, 'reduction', true)
  say(`the year has ${before} t`)

  await page.getByTestId('measure-new').click()
  await page.getByTestId('measure-save').click()
  await page.getByText('请填写方案名称。').waitFor()
  await page.getByTestId('measure-name').fill('厂区照明 LED 改造')
  await page.getByTestId('measure-summary').fill('三个车间灯具改为 LED，加装光感控制。')
  await page.getByTestId('measure-investment').fill('９.６')
  await day(page, 'measure-date', `${year - 1}-12-20`)
  await pick(page, 'saved-0-energy', '电力')
  await page.getByTestId('saved-0-amount').fill('5')
  await page.getByTestId('measure-typed').fill('30')
  await look(page, 'reduction-measure')
  await page.getByTestId('measure-save').click()
  await page.getByText(`不在 ${year} 年内`).first().waitFor()
  await day(page, 'measure-date', `${year}-05-20`)
  await page.getByTestId('measure-save').click()
  await page.getByText('相差超过 0.01').first().waitFor()
  await page.getByTestId('measure-reason').fill('按灯具功率和运行时数计算')
  await page.getByTestId('measure-save').click()
  await page.getByTestId('measure-厂区照明 LED 改造').waitFor()
  const card = await page.getByTestId('measure-厂区照明 LED 改造').innerText()
  assert.match(card, /\/ 30\.00/)
  assert.match(card, /按灯具功率和运行时数计算/)
  assert.notEqual(await page.getByTestId('annual').innerText(), before)
  say('own and computed tonnes stand side by side with the reason')

  const other = await person('hechuan02')
  await other.goto(`${base}/console/reduction?year=${year}`)
  await other.getByTestId('indicators-edit').click()
  await page.getByTestId('indicators-edit').click()
  await other.getByTestId('indicator-0-after').fill('586')
  await other.getByTestId('indicators-save').click()
  await other.getByTestId('indicators-edit').waitFor()
  await page.getByTestId('indicator-0-after').fill('585')
  await page.getByTestId('indicators-save').click()
  await page.getByText('刚被他人修改').waitFor()
  await page.getByTestId('indicators-reload').click()
  await page.getByTestId('indicator-0').getByText('586').waitFor()
  say('a second save meets the first one')
  const viewer = await person('hechuan03')
  await viewer.goto(`${base}/console/reduction?year=${year}`)
  await viewer.getByTestId('annual').waitFor()
  assert.equal(await viewer.getByTestId('measure-new').count(), 0)

  await page.getByTestId('measure-厂区照明 LED 改造').getByTestId('measure-remove').click()
  await page.getByTestId('remove-confirm').click()
  await page.getByTestId('measure-厂区照明 LED 改造').waitFor({ state: 'detached' })
  assert.equal(await page.getByTestId('annual').innerText(), before)

  await page.goto(`${base}/console/reduction-report?year=${year - 1}`)
  await page.getByTestId('section-company').waitFor()
  await page.getByTestId('draft-page-1').waitFor({ timeout: 60_000 })
  await look(page, 'reduction-report')
  const text = `主要排放源为外购电力。${Date.now()}`
  await page.getByTestId('part-emission').fill(text)
  await page.getByTestId('sheet-dirty').waitFor()
  await page.getByTestId('sheet-save').click()
  await page.getByTestId('sheet-saved').waitFor()
  await page.getByTestId('changed-since').waitFor()
  await page.getByTestId('draft-make').click()
  await page.getByTestId('changed-since').waitFor({ state: 'detached', timeout: 60_000 })
  await page.getByTestId('draft-page-6').waitFor({ timeout: 90_000 })
  const word = page.waitForEvent('download')
  await page.getByTestId('draft-word').click()
  assert.match((await word).suggestedFilename(), /可编辑副本\.docx$/)
  say('the draft is made anew and read as pages, its Word copy comes down')
  await page.getByTestId('hand-over').click()
  await page.waitForURL(/\/cases\/new\?kind=reduction/)
  say('the hand-over opens')

  await page.goto(`${base}/console/reduction-report?year=${year}`)
  await page.getByTestId('draft-make').click()
  await page.getByText('补齐后再生成报告').first().waitFor()
  await look(page, 'reduction-report-gaps')
  say('a year with a gap says which month')
} finally {
  await browser.close()
}
for (const f of findings) console.log(`! ${f}`)
assert.deepEqual(faults, [])
assert.deepEqual(findings, [])
console.log('reductions: all well')
