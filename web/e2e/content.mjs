// Messages and public texts in a real browser: an agent's bell, its list, the way into the firm a message is about; a text written by one
// operator, compared and published by another, and read by everybody at once.
//   BASE_URL=http://127.0.0.1:8000 node e2e/content.mjs
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { base, findings, finish, look, out, person, say } from './console.mjs'

let shown
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

await finish()
