// Every page behind 我的, 报告 and the agent's list at 375 px: looked at, checked by axe; an agent named with a fresh proof, a PC let in by number.
//   BASE_URL=… SERVER_LOG=server.log node e2e/tour.mjs
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, request } from 'playwright-core'

const here = dirname(fileURLToPath(import.meta.url))
const out = process.env.E2E_OUT ?? join(here, 'out')
const base = (process.env.BASE_URL ?? 'http://127.0.0.1:8000').replace(/\/$/, '')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
mkdirSync(out, { recursive: true })
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
const phone = { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' }
const faults = []
const say = (text) => console.log(`· ${text}`)
let page
const id = (name) => page.locator(`[data-testid="${name}"]:visible`).first()
const settled = async () => { await page.waitForLoadState('networkidle'); await page.waitForTimeout(350) }
const fill = async (name, text) => { await id(name).fill(text); await page.waitForTimeout(150) }
async function look(name) {
  await settled()
  await page.screenshot({ path: join(out, `tour-${name}.png`), fullPage: true })
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  for (const v of result.violations) if (['critical', 'serious'].includes(v.impact)) faults.push(`${name}: ${v.impact} ${v.id} ${v.nodes.slice(0, 2).map((n) => n.target.join(' ')).join(' | ')}`)
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (over > 0) faults.push(`${name}: the page scrolls sideways by ${over} px`)
}
const open = async (path) => { await page.goto(`${base}/m/#${path}`); await settled() }
async function enter(account) {
  const context = await browser.newContext(phone)
  page = await context.newPage()
  page.on('pageerror', (e) => faults.push(`page error: ${e.message}`))
  page.on('response', (r) => { if (r.status() >= 500) faults.push(`${r.status()} ${r.request().method()} ${new URL(r.url()).pathname}`) })
  await page.goto(`${base}/m/#/pages/sign-in/index`)
  await id('agree').tap()
  await id('way-password').tap()
  await id(`demo-${account}`).tap()
  await page.waitForTimeout(200)
  await id('password-submit').tap()
  await page.locator('[data-testid="password-submit"]').waitFor({ state: 'detached' })
  await settled()
  return context
}

try {
  const mine = await enter('hechuan01')
  await id('firm-name').waitFor()
  for (const path of ['/pages/mine/index', '/pages/firm/profile', '/pages/firm/members', '/pages/account/messages', '/pages/account/devices', '/pages/account/bindings', '/pages/account/data', '/pages/filing/history', '/pages/filing/accounts', '/pages/filing/parameters', '/pages/filing/operating', '/pages/filing/comprehensive', '/pages/agent/apply', '/pages/scan/confirm', '/pages/reports/index']) {
    await open(path)
    await look(path.split('/').slice(2).join('-'))
    const problem = page.locator('[data-testid="problem"]:visible')
    if (await problem.count()) faults.push(`${path}: ${await problem.first().getAttribute('data-code')} ${(await problem.first().innerText()).slice(0, 80)}`)
  }
  say('every page of the firm and of the person opens')

  await open('/pages/firm/agents')
  await id('agent-add').tap()
  await fill('agent-name', '钱代填')
  await fill('agent-id-no', '440106199001010013')
  await fill('agent-phone', '13900139077')
  await look('agent-sheet')
  await id('agent-save').tap()
  await id('proof-sheet').waitFor()
  await id('proof-by-password').tap()
  await fill('proof-password', 'Suixin-2025-lv')
  await look('proof')
  await id('proof-go').tap()
  await page.locator('[data-testid="agent-sheet"]').waitFor({ state: 'detached' })
  await settled()
  await look('agents')
  assert.match(await page.locator('.tx-body').innerText(), /钱/)
  say('an agent is named after a fresh proof')

  const year = new Date().getFullYear() - 2
  await open('/pages/reports/index')
  await id(`make-${year}`).tap()
  await id('page-1').waitFor({ timeout: 30_000 })
  await look('report')
  await open(`/pages/reports/view/grade?year=${year}`)
  await id('grade-card').waitFor()
  await look('grade')
  say(`the ${year} report is made and its pages shown`)

  // The PC asks, the phone looks, chooses the number that stands there, the PC is let in.
  const pc = await request.newContext({ baseURL: base, userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36', extraHTTPHeaders: { 'x-device-id': 'pc-of-the-tour' } })
  const ticket = await (await pc.post('/api/v1/auth/scan', { data: { audience: 'console-ent' } })).json()
  await open(`/pages/scan/confirm?t=${ticket.ticket_id}`)
  await id('scan-seen').waitFor()
  await look('scan')
  const standing = await (await pc.get(`/api/v1/auth/scan/${ticket.ticket_id}?wait=0&seen=created`)).json()
  await id(`number-${String(standing.number).padStart(2, '0')}`).tap()
  await id('scan-confirm').tap()
  await id('scan-end').or(id('proof-sheet')).waitFor()
  if (await id('proof-sheet').count()) { await id('proof-by-password').count(); await look('scan-proof') } else {
    await look('scan-end')
    assert.equal((await pc.post(`/api/v1/auth/scan/${ticket.ticket_id}/exchange`, { data: {} })).status(), 200)
    say('a PC is let in by the number that stands on it')
  }
  await mine.close()

  const agent = await enter('daili01')
  await open('/pages/agent/worklist')
  await id('work-go').waitFor()
  await look('worklist')
  await fill('work-search', 'qy')
  await settled()
  await fill('work-search', '')
  await settled()
  await id('work-overdue').tap()
  await look('worklist-overdue')
  await id('work-go').tap()
  await id('firm-name').waitFor()
  await look('agent-month')
  say('the agent goes from the list into a firm’s month')
  await agent.close()
  assert.deepEqual(faults, [])
} catch (error) {
  await page?.screenshot({ path: join(out, 'tour-broken.png') }).catch(() => {})
  console.error('tour failed at', page?.url(), error.message?.slice(0, 1500))
  process.exitCode = 1
} finally {
  for (const f of faults) console.error(`✗ ${f}`)
  await browser.close()
}
