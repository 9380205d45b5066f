// What the stories of the console share: the browser, people who sign in as a demonstration account, codes of their authenticator,
// and a look at a page in two widths. A story imports it, adds to `faults` and `findings`, and ends with `finish`.
import { createHmac } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const out = process.env.E2E_OUT ?? join(dirname(fileURLToPath(import.meta.url)), 'out')
export const base = (process.env.BASE_URL ?? 'http://127.0.0.1:8000').replace(/\/$/, '')
export const PASSWORD = 'Suixin-2025-lv'
const SECRET = 'KRQW46DJMFXSGIDEMVWW6IDTMVRXEZLU'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
mkdirSync(out, { recursive: true })

export const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
/** What went wrong by itself: errors of a page, answers of 500 and more. */
export const faults = []
/** What a look found: pages that scroll sideways, critical and serious findings of axe. */
export const findings = []
/** Answers of 500 and more that a story provokes: `excused.add(503)`. */
export const excused = new Set()
export const say = (text) => console.log(`· ${text}`)
export const pause = (ms) => new Promise((done) => setTimeout(done, ms))
const story = basename(process.argv[1] ?? 'story', '.mjs')

process.on('uncaughtException', async (error) => {
  console.error(error)
  for (const [n, page] of browser.contexts().flatMap((c) => c.pages()).entries()) {
    await page.screenshot({ path: join(out, `${story}-broken-${n}.png`) }).catch(() => {})
    console.error(`page ${n}: ${page.url()} ${(await page.getByTestId('problem').allInnerTexts().catch(() => [])).join(' | ')}`)
  }
  console.error({ faults, findings })
  process.exit(1)
})

/** A page in a browser of its own. */
export async function newPage() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', acceptDownloads: true })
  const page = await context.newPage()
  page.on('pageerror', (e) => faults.push(`page error: ${e.message}`))
  page.on('response', (r) => { if (r.status() >= 500 && !excused.has(r.status())) faults.push(`${r.status()} ${r.request().method()} ${new URL(r.url()).pathname}`) })
  return page
}

/** A person of the demonstration, signed in by the button of the sign-in page, in a browser of their own. */
export async function person(account, ready = 'side-menu') {
  const page = await newPage()
  await page.goto(`${base}/console/sign-in`)
  await page.getByTestId(`demo-${account}`).click()
  const code = page.getByTestId('sign-in-totp')
  for (let tries = 0; tries < 4; tries++) {
    if (await code.count()) await code.fill(await freshCode(account))
    await page.getByTestId('sign-in-submit').click()
    await page.locator(`[data-testid=${ready}], [data-testid=problem]`).first().waitFor()
    if (!(await page.getByTestId('sign-in-submit').count())) break // a problem left standing: the code was spent outside these stories
  }
  await page.getByTestId(ready).waitFor()
  return page
}

/** The code of an authenticator for a step of thirty seconds (RFC 6238). */
export function totp(secret, step = Math.floor(Date.now() / 30_000)) {
  const bits = [...secret.replace(/=+$/, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))).update(counter).digest()
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

// The server takes each step of an account once and in order, from the one before now to the one after: what was spent stands in a file,
// so that the next story on the same city knows it.
const ledger = join(process.env.VAR_DIR ?? out, `codes-${new URL(base).port || '443'}.json`)
/** A code of a demonstration account that was not spent yet; waits only when all three of now are. */
export async function freshCode(account) {
  for (;;) {
    let spent = {}
    try { spent = JSON.parse(readFileSync(ledger, 'utf8')) } catch { /* the first code of this city */ }
    const now = Math.floor(Date.now() / 30_000)
    const step = Math.max(now - 1, (spent[account] ?? 0) + 1)
    if (step <= now + 1) {
      writeFileSync(ledger, JSON.stringify({ ...spent, [account]: step }))
      return totp(SECRET, step)
    }
    await pause(500)
  }
}

/** Answers the question for a fresh proof: by code where the account has an authenticator, else by password. */
export async function prove(page, account = '') {
  const proof = page.getByTestId('step-up-proof')
  await proof.waitFor()
  await proof.fill(account ? await freshCode(account) : PASSWORD)
  await page.getByTestId('step-up-send').click()
  await page.getByTestId('step-up').waitFor({ state: 'hidden' })
}

export async function open(page, path) {
  await page.goto(`${base}/console${path}`)
  await page.waitForLoadState('networkidle')
}

/** Waits until what fades and slides stands still; what turns for ever does not count. */
export async function settled(page) {
  await page.waitForTimeout(120) // a click's transition starts with the next frames
  await page.evaluate(() => Promise.race([
    Promise.allSettled(document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity).map((a) => a.finished)),
    new Promise((done) => setTimeout(done, 600)),
  ]))
}

/** A picture of the page at each width and what axe says of it; `full`: the whole length. Widths as `[1440, 375]`. */
export async function look(page, name, { widths = [1440, 375], full = false } = {}) {
  for (const width of widths) {
    await page.setViewportSize({ width, height: width < 500 ? 812 : 900 })
    await settled(page)
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (over > 0) findings.push(`${name} at ${width}: the page scrolls sideways by ${over} px`)
    await page.screenshot({ path: join(out, `${name}-${width}.png`), fullPage: full })
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe) // past the content security policy of the page
    const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
    for (const v of result.violations) if (['critical', 'serious'].includes(v.impact)) findings.push(`${name} at ${width}: ${v.impact} ${v.id} ${v.nodes.slice(0, 2).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
}

/** Ends a story: closes the browser, says what was found, and fails when anything was. */
export async function finish() {
  await browser.close()
  for (const text of [...faults, ...findings]) console.error(`✗ ${text}`)
  if (faults.length + findings.length) process.exit(1)
  console.log(`${story} passed`)
}
