// A report as it is read: pictures with their text over them, the same text flowing, turned by keys and by sections, at 1440 and 375 px,
// loading, broken and tried again. BASE_URL=http://127.0.0.1:8000 node e2e/paper.mjs [E2E_ACCOUNT=…: a firm whose last year is complete]
import assert from 'node:assert/strict'
import { base, excused, finish, look, newPage, open, say } from './console.mjs'

const page = await newPage()
const id = (name) => page.getByTestId(name)
await page.context().addInitScript(() => { if (!localStorage.getItem('tx-theme')) localStorage.setItem('tx-theme', 'light') })
await open(page, '/sign-in')
const demo = await (await page.request.get(`${base}/api/v1/demo/accounts`)).json()
const account = demo.accounts.find((a) => a.account === (process.env.E2E_ACCOUNT ?? 'junlin01')) ?? demo.accounts[0]
await id(`demo-${account.account}`).click()
await id('sign-in-submit').click()
await id('home-main').waitFor()
say(`signed in as ${account.account}`)

await open(page, '/reports')
const year = new Date().getFullYear() - 1
await id(`year-${year}`).waitFor()
await look(page, 'paper-list')
await id(`make-report-${year}`).click()
await page.waitForURL(/\/reports\/[0-9a-f-]{36}/)
const where = new URL(page.url()).pathname.replace(/^\/console/, '')
await id('page-1').waitFor({ timeout: 30_000 })
const count = Number(/共 (\d+) 页/.exec(await id('page-now').innerText())[1])
await id(`text-${count}`).waitFor({ state: 'attached', timeout: 60_000 })
say(`${count} pages`)

// the text lies where the picture shows it
const off = await page.evaluate(() => {
  const wide = []
  for (const layer of document.querySelectorAll('.page-text.layer')) {
    const box = layer.getBoundingClientRect()
    for (const el of layer.querySelectorAll('.run')) {
      const r = el.getBoundingClientRect()
      if (Math.abs(r.width - Number(el.dataset.w) * box.width) > 2 || r.left < box.left - 2 || r.right > box.right + 2 || r.top < box.top - 2 || r.bottom > box.bottom + 2) wide.push(`${el.textContent} ${Math.round(r.width)} for ${Math.round(Number(el.dataset.w) * box.width)}`)
    }
  }
  return wide
})
assert.deepEqual(off.slice(0, 8), [], 'runs off their place')
const found = await page.evaluate(() => window.find('综合能源消费量') && getSelection().toString())
assert.equal(found, '综合能源消费量', 'the browser finds text in the pictures')
assert.ok((await id('text-3').locator('table tr').count()) > 3 && (await id('text-3').getByRole('heading').count()) > 0, 'tables and headings are there for reading aloud')
say(`found and marked in the picture: ${found}`)
await look(page, 'paper-pages')

// keys and sections
await page.evaluate(() => { getSelection().removeAllRanges(); scrollTo(0, 0); document.activeElement?.blur() })
await page.waitForFunction(() => /第 1 页/.test(document.querySelector('[data-testid=page-now]').textContent))
for (const n of [2, 3]) {
  await page.keyboard.press('PageDown')
  await page.waitForFunction((m) => document.querySelector('[data-testid=page-now]').textContent.includes(`第 ${m} 页`), n)
}
await page.keyboard.press('PageUp')
await page.waitForFunction(() => /第 2 页/.test(document.querySelector('[data-testid=page-now]').textContent))
const section = page.locator('[data-testid^="section-"]', { hasText: '碳强度与等级' })
await section.click()
await page.waitForFunction(() => Number(/第 (\d+) 页/.exec(document.querySelector('[data-testid=page-now]').textContent)[1]) > 3)
say(`section 碳强度与等级 on ${await id('page-now').innerText()}`)

// as text
await id('report-flow').click()
await page.evaluate(() => scrollTo(0, 0))
await look(page, 'paper-text')
await id('report-flow').click()

// loading, a page that does not come, and the rest after a retry
excused.add(503)
let broken = true
await page.route(/\/pages\/3\.png/, (r) => (broken ? r.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ status: 503, code: 'FILE_STORE_DOWN', detail: '文件存储暂时连不上，文件取不出来，内容没有丢。请稍后重试；多次不成请联系平台运营并报编号。' }) }) : r.continue()))
await open(page, where)
await page.getByTestId('problem').waitFor({ timeout: 30_000 })
assert.equal(await id('page-3').count(), 0)
await look(page, 'paper-broken')
broken = false
await page.locator('.paper').getByTestId('retry').click()
await id(`page-${count}`).waitFor({ timeout: 60_000 })
say('a page that did not come was fetched again, and those after it')
await page.route(/\/api\/v1\/reports\/[0-9a-f-]{36}$/, async (r) => { const a = await r.fetch(); const b = await a.json(); await r.fulfill({ json: { ...b, pages: 0, problem: '文件生成超时，数据没有丢，请稍后重试。' } }) })
await open(page, where)
await id('report-unmade').waitFor()
await look(page, 'paper-unmade')
await page.unroute(/\/api\/v1\/reports\/[0-9a-f-]{36}$/)
await id('report-retry').click()
await id('page-1').waitFor({ timeout: 30_000 })
await finish()
