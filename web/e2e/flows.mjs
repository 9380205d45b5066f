// Flows around the filing, each by its own person in a real browser: a firm registers, uploads its licence and is approved; a colleague
// accepts an invitation; a month comes from Excel; a measured parameter is asked for and decided; months worked are declared; an
// authenticator is bound; the platform's staff: a new person with a forced change of password, the locks of an account.
//   BASE_URL=http://127.0.0.1:8000 SERVER_LOG=server.log node e2e/flows.mjs
// SERVER_LOG: where the demonstration's SMS gateway prints its messages. PYTHON: writes the Excel file (default ../.venv/bin/python).
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { base, finish, look, newPage, open, out, pause, person, prove, say, totp } from './console.mjs'

const log = process.env.SERVER_LOG ?? ''
const python = process.env.PYTHON ?? join(dirname(fileURLToPath(import.meta.url)), '../../.venv/bin/python')
let shown
const id = (name) => shown.getByTestId(name)

const demo = await (await fetch(`${base}/api/v1/demo/accounts`)).json()
const demoAccount = (name) => demo.accounts.find((a) => a.account === name)

/** Signs in by name and password, as somebody without an authenticator. */
async function signIn(account, password, { operator = false } = {}) {
  await open(shown, '/sign-in')
  await id('tab-account').click()
  await id(operator ? 'audience-operator' : 'audience-enterprise').click()
  await id('sign-in-account').fill(account)
  await id('sign-in-password').fill(password)
  await captcha('sign-in-captcha')
  await id('sign-in-submit').click()
}
/** The documented captcha of the demonstration, whatever picture was drawn. */
async function captcha(field) {
  await shown.route('**/api/v1/auth/**', async (route) => {
    const body = route.request().postDataJSON?.() ?? null
    if (body && 'captcha_id' in body) { body.captcha_id = demo.captcha_id ?? 'demo'; body.captcha_answer = demo.captcha_answer; await route.continue({ postData: JSON.stringify(body) }) } else await route.continue()
  })
  await id(field).fill(demo.captcha_answer)
}
/** From here on the page shown is this operator's. */
async function operator(account) { return (shown = await person(account)) }
/** The newest code the demonstration's gateway printed for a telephone. */
async function smsCode(number, before) {
  for (let i = 0; i < 60; i++) {
    const found = [...readFileSync(log, 'utf8').matchAll(new RegExp(`短信 \\+86${number} \\S+验证码 (\\d{6})`, 'g'))]
    if (found.length > before) return found.at(-1)[1]
    await pause(250)
  }
  throw new Error(`no text message for ${number}`)
}
const smsCount = (number) => [...readFileSync(log, 'utf8').matchAll(new RegExp(`短信 \\+86${number} `, 'g'))].length

// A credit code with its right check character (GB 32100).
function creditCode(stem) {
  const set = '0123456789ABCDEFGHJKLMNPQRTUWXY'
  const sum = [...stem].reduce((s, c, i) => s + set.indexOf(c) * (3 ** i % 31), 0)
  return stem + set[(31 - (sum % 31)) % 31]
}
const salt = String(Date.now()).slice(-8)
const firm = { name: `试注册${salt}有限公司`, uscc: creditCode(`91440112M${salt}`), person: '周试行', phone: `137${salt}`, account: `try${salt}`, password: 'Quiet-River-7' }
const pdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n164\n%%EOF\n')
const paper = (name) => ({ name, mimeType: 'application/pdf', buffer: pdf })

const flows = {
  async 'a firm registers itself'() {
    shown = await newPage()
    await open(shown, '/register')
    await look(shown, 'register')
    await id('register-save').click()
    await shown.getByText('统一社会信用代码为 18 位').waitFor()
    await id('register-name').fill(firm.name)
    await id('register-uscc').fill(`${firm.uscc.slice(0, 17)}${firm.uscc[17] === '0' ? '1' : '0'}`)
    await id('register-person').fill(firm.person)
    await id('register-phone').fill(firm.phone)
    const before = smsCount(firm.phone)
    await captcha('register-captcha')
    await id('register-sms-send').click()
    await id('register-sms').fill(await smsCode(firm.phone, before))
    await id('register-account').fill(firm.account)
    await id('register-password').fill(firm.password)
    await id('register-save').click()
    await shown.locator('[data-field=uscc] .el-form-item__error').waitFor()
    await id('register-uscc').fill(firm.uscc)
    await id('register-save').click()
    await id('register-sign-in').waitFor()
    await look(shown, 'registered')
    await id('register-sign-in').click()
    await signIn(firm.account, firm.password)
    await shown.waitForURL(/change-password|home|profile|template/)
    if (/change-password/.test(shown.url())) { // first sign-in of a registered account asks for another password (L4)
      await look(shown, 'first-password')
      await changePassword(firm.password, `${firm.password}x`)
      firm.password = `${firm.password}x`
      await signIn(firm.account, firm.password)
    }
    await id('side-menu').waitFor()
    say(`${firm.name} is registered and in`)
  },

  async 'its licence is uploaded and approved'() {
    await open(shown, '/profile')
    await id('verification').waitFor()
    assert.equal(await id('verification').getAttribute('data-status'), 'unverified')
    await id('licence-file').setInputFiles({ name: '执照.pdf', mimeType: 'application/pdf', buffer: Buffer.from('MZ not a pdf') })
    await id('problem').first().waitFor()
    assert.match(await id('problem').first().innerText(), /PDF|图片|文件/)
    await id('licence-file').setInputFiles(paper('营业执照.pdf'))
    await shown.getByText('营业执照审核中').waitFor()
    await look(shown, 'licence-uploaded')
    const owner = shown
    await operator('ops-review')
    await open(shown, '/ops/organisations?state=pending')
    await id('organisations').waitFor()
    await id('filter-q').fill(firm.uscc)
    await id('filter-go').click()
    await shown.getByRole('row', { name: new RegExp(firm.name) }).getByRole('button', { name: '审核' }).click()
    await id('licence-open').waitFor()
    const [download] = await Promise.all([shown.waitForEvent('download'), id('licence-open').click()])
    assert.equal(readFileSync(await download.path()).subarray(0, 5).toString(), '%PDF-')
    await id('return').click()
    assert.match(await shown.locator('.el-drawer').innerText(), /请写明原因/)
    await look(shown, 'licence-review')
    await id('approve').click()
    await id('approve').waitFor({ state: 'hidden' })
    shown = owner
    await open(shown, '/profile')
    await shown.getByText('已认证').waitFor()
    assert.equal(await id('verification').getAttribute('data-status'), 'active')
    say('licence refused when it is no paper, uploaded, reviewed, approved')
  },

  async 'a colleague accepts an invitation'() {
    const owner = shown
    await open(shown, '/members')
    await id('invite-open').click()
    await id('invite-name').fill('吴同事')
    await id('invite-phone').fill(`136${salt}`)
    await look(shown, 'invite')
    await id('invite-save').click()
    await id('invite-link').waitFor()
    const link = await id('invite-link').locator('a').getAttribute('href')
    shown = await newPage()
    await shown.goto(new URL(new URL(link).pathname + new URL(link).hash, base).href)
    await id('accept-name').waitFor()
    await look(shown, 'accept')
    await id('accept-name').fill('吴同事')
    await id('accept-account').fill(`mate${salt}`)
    await id('accept-password').fill('Still-Lake-9')
    await id('accept-save').click()
    await id('accept-sign-in').click()
    await signIn(`mate${salt}`, 'Still-Lake-9')
    await id('side-menu').waitFor()
    assert.match(await id('user-menu').innerText(), /填报员/)
    shown = owner
    await open(shown, '/members')
    assert.match(await id('members').innerText(), new RegExp(`mate${salt}`))
    say('invited, accepted, signed in as 填报员')
  },

  async 'a month comes from Excel'() {
    shown = await newPage()
    const a = demoAccount(process.env.E2E_EXCEL_ACCOUNT ?? 'junlin01')
    await signIn(a.account, a.password)
    await id('side-menu').waitFor()
    const last = new Date(new Date().getFullYear(), new Date().getMonth() - 1, 1) // the month that is due
    const month = `${last.getFullYear()}-${String(last.getMonth() + 1).padStart(2, '0')}`
    await open(shown, `/filing?year=${last.getFullYear()}&month=${month}`)
    await id('grid-frame').waitFor()
    await id('import-open').click()
    await id('import-dialog').waitFor()
    await id('import-month').click()
    await shown.getByRole('option', { name: new RegExp(`^${last.getMonth() + 1}月`) }).click()
    const [download] = await Promise.all([shown.waitForEvent('download'), id('import-template').click()])
    const sheet = join(out, 'month.xlsx')
    await download.saveAs(sheet)
    const write = (from, to, values) => execFileSync(python, ['-c', `
import json, sys
from openpyxl import load_workbook
book = load_workbook(sys.argv[1])
sheet = book.worksheets[0]
values = json.loads(sys.argv[3])
at = next((c for row in sheet.iter_rows(max_row=30) for c in row if c.value and '本月' in str(c.value) and ('量' in str(c.value) or '用量' in str(c.value))), None) or next(c for row in sheet.iter_rows(max_row=30) for c in row if c.value and str(c.value).strip() in ('用量', '本月用量', '数量', '消耗量', '填报量'))
row, n = at.row + 1, 0
while n < len(values):
    if sheet.cell(row, 1).value is not None or sheet.cell(row, 2).value is not None:
        sheet.cell(row, at.column).value = values[n]; n += 1
    row += 1
book.save(sys.argv[2])
print(at.coordinate, n)
`, from, to, JSON.stringify(values)]).toString().trim()
    const count = await shown.locator(`td[role=gridcell][data-month="${month}"]`).count()
    const bad = join(out, 'bad.xlsx')
    say(`sheet: ${write(sheet, bad, ['abc', ...Array(count - 1).fill(1)])}`)
    await id('import-file').setInputFiles(bad)
    await id('import-errors').waitFor()
    await look(shown, 'excel-errors')
    const good = join(out, 'good.xlsx')
    write(sheet, good, Array.from({ length: count }, (_, i) => Number((1.5 + i).toFixed(2))))
    await id('import-file').setInputFiles(good)
    await shown.getByText(/没有错误/).waitFor()
    await look(shown, 'excel-trial')
    await id('import-confirm').click()
    await shown.getByText(/已写入草稿/).waitFor()
    await id('import-close').click()
    await shown.waitForFunction((m) => [...document.querySelectorAll(`td[role=gridcell][data-month="${m}"]`)].some((c) => /1\.5/.test(c.textContent ?? '')), month)
    await id('import-open').click()
    await id('import-file').setInputFiles({ name: 'x.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from('PK nonsense') })
    await id('import-dialog').getByTestId('problem').waitFor()
    await id('import-close').click()
    say('Excel: an error named by its cell, then the month in the grid')
  },

  async 'a measured parameter is asked for and decided'() {
    await open(shown, '/parameters')
    await id('parameter-new').click()
    await id('parameter-carrier').click()
    await shown.getByRole('option', { name: '天然气', exact: true }).first().click()
    await id('parameter-value').fill('389.31')
    await id('parameter-save').click()
    await shown.getByText('实测参数请上传检测报告').waitFor()
    await id('parameter-report').setInputFiles(paper('检测报告.pdf'))
    await shown.getByText('检测报告.pdf').waitFor()
    await look(shown, 'parameter-form')
    await id('parameter-save').click()
    await shown.getByText('审核中').first().waitFor()
    const firmPage = shown
    await operator('ops-review')
    await open(shown, '/ops/parameters')
    await id('parameter-requests').getByRole('button', { name: '审核' }).first().click()
    const [download] = await Promise.all([shown.waitForEvent('download'), id('request-report').click()])
    assert.equal(readFileSync(await download.path()).subarray(0, 5).toString(), '%PDF-')
    await look(shown, 'parameter-review')
    await id('request-reject').click()
    await shown.getByText('请写明原因').waitFor()
    await id('request-approve').click()
    await id('request-approve').waitFor({ state: 'hidden' })
    shown = firmPage
    await open(shown, '/parameters')
    await shown.getByText('已通过').first().waitFor()
    say('parameter: report read by the reviewer, approved')
  },

  async 'months worked are declared'() {
    await open(shown, '/profile')
    await id('part-year').waitFor()
    const year = new Date().getFullYear()
    await id(`part-year-${year}`).click()
    await id('part-month-' + `${year}-01`).waitFor()
    for (const m of ['02', '03']) await id(`part-month-${year}-${m}`).uncheck()
    await id('part-save').click()
    await shown.getByText('请写明全年未满 12 个月的原因').first().waitFor()
    await id('part-reason').fill('二、三月停产检修')
    await id('part-file').setInputFiles(paper('停产说明.pdf'))
    await shown.getByText('停产说明.pdf').waitFor()
    await id('part-save').click()
    await id('part-year-saved').waitFor()
    await look(shown, 'part-year')
    await shown.reload()
    await id('part-year').waitFor()
    await id(`part-year-${year}`).click()
    await shown.waitForFunction((y) => document.querySelector(`[data-testid="part-month-${y}-02"]`)?.checked === false, year)
    await id('part-clear').click()
    await shown.getByText(`${year} 年按全年 12 个月填报`).waitFor()
    say('part year: declared, read back, taken back')
  },

  async 'an authenticator is bound'() {
    shown = await newPage()
    await signIn(firm.account, firm.password)
    await id('side-menu').waitFor()
    await open(shown, '/me')
    await id('totp-enrol').click()
    await id('totp-secret').waitFor()
    const secret = (await id('totp-secret').innerText()).trim()
    await look(shown, 'totp-enrol')
    await id('totp-code').fill('000000')
    await id('totp-confirm').click()
    await shown.locator('.el-dialog').getByTestId('problem').waitFor()
    await id('totp-code').fill(totp(secret))
    await id('totp-confirm').click()
    await shown.getByText('验证器已绑定').waitFor()
    shown = await newPage()
    await signIn(firm.account, firm.password) // optional for enterprises: the password still opens
    await id('side-menu').waitFor()
    say('authenticator bound; a wrong code was refused')
  },

  async 'staff: added, forced to change the password, bound to an authenticator'() {
    const desk = await operator('ops-secure')
    await open(shown, '/ops/staff')
    await id('staff').waitFor()
    await look(shown, 'staff')
    await id('staff-add').click()
    await id('staff-save').click()
    await shown.getByText('请至少选一个角色').waitFor()
    await id('staff-name').fill('钱新来')
    await id('staff-account').fill(`ops${salt}`)
    await id('staff-phone').fill(`135${salt}`)
    await id('staff-role-sysadmin').check()
    await id('staff-role-auditor').check()
    await id('staff-save').click()
    await prove(shown, 'ops-secure')
    await shown.getByText(/不能由同一人担任/).first().waitFor()
    await id('staff-role-auditor').uncheck()
    await look(shown, 'staff-form')
    await id('staff-save').click()
    await prove(shown, 'ops-secure')
    await id('staff-made').waitFor()
    const initial = await id('initial-password').innerText()
    await look(shown, 'staff-made')
    await id('staff-close').click()

    shown = await newPage()
    await signIn(`ops${salt}`, initial, { operator: true })
    await shown.waitForURL(/change-password/)
    await open(shown, '/ops/jobs')
    await shown.waitForURL(/change-password/) // nothing else is open
    await look(shown, 'forced-password')
    await changePassword(initial, 'Long-Quiet-River-41')
    await signIn(`ops${salt}`, 'Long-Quiet-River-41', { operator: true })
    await id('must-enrol').waitFor()
    await look(shown, 'must-enrol')
    await id('totp-enrol').click()
    const secret = (await id('totp-secret').innerText()).trim()
    await id('totp-code').fill(totp(secret))
    await id('totp-confirm').click()
    await id('menu-ops-jobs').waitFor()
    await open(shown, '/ops/jobs')
    assert.match(await shown.locator('h1').first().innerText(), /任务/)
    say('new staff: password changed, authenticator bound, desk open')

    const newcomer = shown
    shown = desk
    await open(shown, '/ops/staff')
    await id(`staff-account-ops${salt}`).click()
    await id('account-card').waitFor()
    assert.match(await id('account-card').innerText(), /已绑定[\s\S]*1 处/)
    await look(shown, 'account-card')
    await id('account-sessions').click()
    await confirmBox()
    await shown.getByText('已结束 1 处登录').waitFor()
    shown = newcomer
    await shown.reload()
    await shown.waitForURL(/sign-in/)
    shown = desk
    await id('account-factor').click()
    await confirmBox()
    await prove(shown, 'ops-secure')
    await shown.getByText('验证器已解除').waitFor()
    await id('account-password').click()
    await confirmBox()
    await prove(shown, 'ops-secure')
    await id('fresh-password').waitFor()
    await id('account-disable').click()
    await confirmBox()
    await prove(shown, 'ops-secure')
    await shown.getByText('账号已停用').first().waitFor()
    shown = newcomer
    await signIn(`ops${salt}`, 'Long-Quiet-River-41', { operator: true })
    await id('problem').first().waitFor()
    shown = desk
    await id(`staff-edit-ops${salt}`).click()
    await id('staff-end').click()
    await prove(shown, 'ops-secure')
    await shown.getByRole('row', { name: new RegExp(`ops${salt}`) }).getByText('已结束').waitFor()
    say('security desk: sessions ended, authenticator and password reset, account disabled, post ended')
  },

  async 'the register is renewed from a file'() {
    await operator('ops-data')
    await open(shown, '/ops/registry')
    await id('registry-import').click()
    const other = creditCode(`91440106M${salt}`)
    const rows = (status) => Buffer.from(`\ufeff企业名称,统一社会信用代码,法定代表人,法定代表人证件号码,登记状态\n登记试${salt}有限公司,${other},赵登记,110101199003070Z1X,${status}\n登记二${salt}有限公司,${creditCode(`91440103M${salt}`)},钱登记,4401**********1234,存续\n`)
    await id('registry-file').setInputFiles({ name: 'no-heading.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') })
    await shown.locator('.el-dialog').getByTestId('problem').waitFor()
    await id('registry-file').setInputFiles({ name: '登记.csv', mimeType: 'text/csv', buffer: rows('存续') })
    await id('registry-trial').waitFor()
    assert.match(await id('registry-errors').innerText(), /证件号/)
    await look(shown, 'registry-trial')
    await id('registry-confirm').click()
    await id('registry-done').waitFor()
    assert.match(await id('registry-done').innerText(), /新增 1 家/)
    await id('registry-close').click()
    await id('registry-q').fill(`登记二${salt}`)
    await id('registry-go').click()
    await shown.getByRole('row', { name: new RegExp(`登记二${salt}`) }).getByText('证件号待核对').waitFor()
    await look(shown, 'registry')
    say('register: a trial names the faulty row, the other goes in')
  },

  async 'a day of the work calendar is changed and put back'() {
    await operator('ops-data')
    await open(shown, '/ops/work-days')
    await id('calendar').waitFor()
    await look(shown, 'calendar')
    const day = `${new Date().getFullYear()}-12-31`
    const button = id(`day-${day}`)
    const rests = /休息日/.test(await button.getAttribute('aria-label'))
    await button.click()
    await id(rests ? 'day-working' : 'day-rest').click()
    await id('day-save').click()
    await shown.getByText('请写明依据').waitFor()
    await id('day-note').fill('试行安排 1 号')
    await id('day-save').click()
    await shown.waitForFunction((d) => /已由运营调整：试行安排 1 号/.test(document.querySelector(`[data-testid="day-${d}"]`)?.getAttribute('aria-label') ?? ''), day)
    await button.click()
    await id('day-back').click()
    await shown.waitForFunction((d) => !/已由运营调整/.test(document.querySelector(`[data-testid="day-${d}"]`)?.getAttribute('aria-label') ?? ''), day)
    say('work calendar: a day changed with its reason, and put back')
  },
}
async function changePassword(before, after) {
  await id('password-old').fill(before)
  await id('password-new').fill(before)
  await id('password-again').fill(before)
  await id('password-submit').click()
  await shown.getByText('新密码不能与现在的相同').waitFor()
  await id('password-new').fill(after)
  await id('password-again').fill(after)
  await id('password-submit').click()
  await id('forced-sign-in').click()
}
async function confirmBox() { await shown.locator('.el-message-box .el-button--primary').click() }

const chosen = process.argv.slice(2)
for (const [name, flow] of Object.entries(flows)) {
  if (chosen.length && !chosen.some((c) => name.includes(c))) continue
  console.log(name)
  await flow()
}

await finish()
