// An agent's morning in a real browser: the worklist, the search by initials, one workbook for many firms (dry run, submit, the same
// file again), a firm's filing page with the way to the next firm; and a legal representative who names and ends an agent.
//   BASE_URL=http://127.0.0.1:8000 node e2e/agents.mjs
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
    await page.waitForTimeout(600) // dialogs fade in
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (over > 0) findings.push(`${name} at ${width}: sideways ${over}`)
    await page.screenshot({ path: join(out, `${name}-${width}.png`) })
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
    const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
    for (const v of result.violations) if (['critical', 'serious'].includes(v.impact)) findings.push(`${name} at ${width}: ${v.impact} ${v.id} ${v.nodes.slice(0, 2).map((n) => n.target.join(' ')).join(' | ')}`)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
}
const count = async (page, key) => Number((await page.getByTestId(`work-${key}`).innerText()).replace(/\D/g, ''))
const rows = (page) => page.locator('[data-testid=worklist] tbody tr')

const agent = await person('daili01', 'worklist')
const total = await count(agent, 'all')
assert.equal(await rows(agent).count(), total + 1, 'the ended grant stays as a grey line')
await look(agent, 'agent-desk')
await agent.getByTestId('work-search').fill('gzqh')
await agent.waitForFunction(() => document.querySelectorAll('[data-testid=worklist] tbody tr').length === 1)
assert.match(await rows(agent).first().innerText(), /启衡/)
await agent.getByTestId('work-search').fill('')
await agent.waitForFunction((n) => document.querySelectorAll('[data-testid=worklist] tbody tr').length === n, total + 1)
say(`worklist of ${total} firms, search by initials`)

await agent.getByTestId('pick-all').click()
await agent.getByTestId('bulk-open').click()
const [download] = await Promise.all([agent.waitForEvent('download'), agent.getByTestId('bulk-download').click()])
const file = join(out, 'bulk.xlsx')
await download.saveAs(file)
await agent.getByTestId('bulk-file').setInputFiles(file)
await agent.getByTestId('bulk-rows').waitFor()
const before = await agent.getByTestId('bulk-sum').innerText()
const ready = Number(/可提交 (\d+) 家/.exec(before)?.[1] ?? 0)
await look(agent, 'agent-bulk')
if (ready) {
  await agent.getByTestId('bulk-submit').click()
  await agent.waitForFunction(() => /已提交 \d+ 家/.test(document.querySelector('[data-testid=bulk-sum]')?.textContent ?? ''), null, { timeout: 60_000 })
  assert.match(await agent.getByTestId('bulk-sum').innerText(), new RegExp(`已提交 ${ready} 家`))
  await agent.getByTestId('bulk-file').waitFor({ state: 'detached' })
}
await agent.getByTestId('bulk-close').click()
await agent.getByTestId('bulk-open').click()
await agent.getByTestId('bulk-file').setInputFiles(file)
await agent.getByTestId('bulk-rows').waitFor()
assert.match(await agent.getByTestId('bulk-sum').innerText(), /可提交 0 家/)
assert.ok(await agent.getByTestId('bulk-submit').isDisabled())
await agent.getByTestId('bulk-close').click()
say(`bulk filing: ${before}; the same file again changes nothing`)

await agent.locator('[data-testid^=do-]').first().click()
await agent.getByTestId('agent-strip').waitFor()
const first = await agent.getByTestId('agent-strip').locator('b').innerText()
assert.equal(await agent.getByTestId('menu-members').count(), 0)
assert.equal(await agent.getByTestId('menu-agents').count(), 0)
await agent.getByTestId('agent-next').click()
await agent.waitForFunction((name) => document.querySelector('[data-testid=agent-strip] b')?.textContent !== name, first)
await look(agent, 'agent-firm')
say(`${first} → ${await agent.getByTestId('agent-strip').locator('b').innerText()}`)

const legal = await person('junlin01', 'side-menu')
await legal.getByTestId('menu-agents').click()
await legal.getByTestId('agent-add').click()
await legal.getByTestId('agent-name').fill('周致远')
await legal.getByTestId('agent-id-no').fill('440106199203071236')
await legal.getByTestId('agent-phone').fill('13800138007')
await look(legal, 'agent-add')
await legal.getByTestId('agent-save').click()
await legal.getByTestId('step-up-proof').fill('Suixin-2025-lv')
await legal.getByTestId('step-up-send').click()
await legal.getByTestId('agents').waitFor()
await look(legal, 'agents')
const more = await person('daili01', 'worklist')
assert.equal(await count(more, 'all'), total + 1)
await legal.locator('[data-testid^=agent-end-]').first().click()
await legal.getByTestId('agent-end-yes').click()
await legal.getByTestId('agents').getByText('已结束').waitFor()
await more.reload()
await more.getByTestId('worklist').waitFor()
assert.equal(await count(more, 'all'), total)
say('an agent named with a fresh proof sees the firm at once, and no more once it ended')

await browser.close()
for (const text of [...faults, ...findings]) console.error(`✗ ${text}`)
process.exit(faults.length + findings.length ? 1 : 0)
