// What the phone's stories share: a handset of 375 px with touch, people who sign in as a demonstration account, a fresh proof, the agency's
// own desk by the API, and a look at a page (axe, nothing scrolls sideways). A story imports it and ends with `finish`.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, request } from 'playwright-core'

export const out = process.env.E2E_OUT ?? join(dirname(fileURLToPath(import.meta.url)), 'out')
export const base = (process.env.BASE_URL ?? 'http://127.0.0.1:8000').replace(/\/$/, '')
export const PASSWORD = 'Suixin-2025-lv'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const story = basename(process.argv[1] ?? 'story', '.mjs')
const HANDSET = { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' }
mkdirSync(out, { recursive: true })

export const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
/** What went wrong by itself, and what a look found. */
export const faults = []
export const say = (text) => console.log(`· ${text}`)

process.on('uncaughtException', async (error) => {
  console.error(String(error?.message ?? error).slice(0, 1500), faults)
  for (const [n, page] of browser.contexts().flatMap((c) => c.pages()).entries()) {
    console.error(`page ${n}: ${page.url()}`)
    await page.screenshot({ path: join(out, `${story}-broken-${n}.png`) }).catch(() => {})
  }
  process.exit(1)
})

/** A handset in somebody's hand: signed in by password; `id` finds a control that can be seen. */
export async function handset(account) {
  const context = await browser.newContext({ ...HANDSET, acceptDownloads: true })
  const page = await context.newPage()
  page.on('pageerror', (e) => faults.push(`page error: ${e.message}`))
  page.on('response', (r) => { if (r.status() >= 500) faults.push(`${r.status()} ${r.request().method()} ${new URL(r.url()).pathname}`) })
  const id = (name) => page.locator(`[data-testid="${name}"]:visible`).first()
  const me = {
    page, context, id,
    tap: (name) => id(name).tap(),
    fill: (name, text) => id(name).fill(text),
    write: (name, text) => page.locator(`[data-testid="${name}"]:visible textarea, textarea[data-testid="${name}"]:visible`).first().fill(text),
    text: () => page.locator('.tx-page:visible').last().innerText(),
    /** A page by its address, new: an address typed into the same tab would leave the one that was there. */
    async open(path, ready) { await page.goto('about:blank'); await page.goto(`${base}/m/#${path}`); await id(ready).waitFor() },
    async agree() { await page.locator('.uni-modal__btn_primary:visible').last().tap() },
    async prove() {
      await id('proof-sheet').waitFor()
      await id('proof-by-password').tap()
      await id('proof-password').fill(PASSWORD)
      await id('proof-go').tap()
      await page.locator('[data-testid="proof-sheet"]').waitFor({ state: 'detached' })
    },
    /** Files into whatever the page asks for next. */
    async choose(name, files) {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), id(name).tap()])
      await chooser.setFiles(files)
    },
    async look(name) {
      await page.locator('uni-toast').waitFor({ state: 'hidden' }).catch(() => {})
      await page.evaluate(() => Promise.race([Promise.allSettled(document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity).map((a) => a.finished)), new Promise((done) => setTimeout(done, 600))]))
      await page.screenshot({ path: join(out, `${story}-${name}.png`), fullPage: true })
      if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
      const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
      for (const v of found.violations) if (['critical', 'serious'].includes(v.impact)) faults.push(`${name}: ${v.impact} ${v.id} ${v.nodes.slice(0, 2).map((n) => n.target.join(' ')).join(' | ')}`)
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (over > 0) faults.push(`${name}: the page scrolls sideways by ${over} px`)
    },
  }
  await page.goto(`${base}/m/#/pages/sign-in/index`)
  await me.tap('agree')
  await me.tap('way-password')
  await me.tap(`demo-${account}`)
  await page.waitForFunction(() => [...document.querySelectorAll('[data-testid^="password-"] input, input')].filter((i) => i.type === 'password' && i.value).length > 0)
  await me.tap('password-submit')
  await page.locator('[data-testid="password-submit"]').waitFor({ state: 'detached' })
  return me
}

/** Somebody at the agency's own desk, by the API: what the phone's story needs from the other side. */
export async function desk(account, audience = 'console-verify') {
  const key = `desk-of-${story}-${account}`
  for (let turn = 0; ; turn++) {
    const out = await request.newContext({ baseURL: base, extraHTTPHeaders: { 'x-device-id': key } })
    const demo = await (await out.get('/api/v1/demo/accounts')).json()
    const me = demo.accounts.find((a) => a.account === account)
    const answer = await out.post('/api/v1/auth/password-login', { data: { account, password: me.password, totp: me.totp, captcha_id: demo.captcha_id, captcha_answer: demo.captcha_answer, audience } })
    if (answer.ok()) {
      const headers = { 'x-device-id': key, authorization: `Bearer ${(await answer.json()).access_token}` }
      return async (method, path, data) => {
        const got = await out.fetch(path, { method, headers: { ...headers, 'idempotency-key': crypto.randomUUID() }, ...(data ? { data } : {}) })
        assert.equal(got.ok(), true, `${method} ${path}: ${(await got.text()).slice(0, 600)}`)
        return got.json()
      }
    }
    assert.ok(turn < 40, `${account}: ${(await answer.text()).slice(0, 300)}`)
    await new Promise((r) => setTimeout(r, 1000)) // its six digits were spent by somebody a moment ago
  }
}

/** The end of a story: nothing went wrong by itself. */
export async function finish() {
  await browser.close()
  assert.deepEqual(faults, [])
}
