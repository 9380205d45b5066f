// What WeChat gives a mini-program, as far as the built pages ask for it. Requests are answered by the test.
const { existsSync } = require('node:fs')
const { join } = require('node:path')
const simulate = require('miniprogram-simulate')
const exparser = require('miniprogram-exparser')

const root = join(__dirname, '../../dist/build/mp-weixin')
if (!existsSync(join(root, 'app.js'))) throw new Error('build it first: npx uni build -p mp-weixin')

const stored = new Map()
const asked = []
const went = []
const state = { serve: () => 'dead', loginCode: 'wx-code', questions: [] }
const info = { brand: 'devtools', model: 'iPhone', system: 'iOS 17', version: '8.0.50', language: 'zh_CN', platform: 'devtools', SDKVersion: '3.6.0', statusBarHeight: 20, windowWidth: 375, windowHeight: 812, screenWidth: 375, screenHeight: 812, pixelRatio: 2, fontSizeSetting: 16, theme: 'light', safeArea: { top: 20, bottom: 812, left: 0, right: 375, width: 375, height: 792 } }
const go = (o) => { went.push(o.url ?? 'back'); o.success?.({}) }
const done = (o) => { o?.success?.({}); o?.complete?.({}) }
const wx = {
  ...Object.fromEntries(['getWindowInfo', 'getDeviceInfo', 'getAppBaseInfo', 'getSystemInfoSync', 'getSystemSetting', 'getAppAuthorizeSetting'].map((n) => [n, () => info])),
  getSystemInfo: (o) => o.success?.(info), getMenuButtonBoundingClientRect: () => ({ top: 24, bottom: 56, left: 281, right: 368, width: 87, height: 32 }),
  arrayBufferToBase64: (b) => Buffer.from(b).toString('base64'), getStorageSync: (k) => stored.get(k) ?? '', setStorageSync: (k, v) => { stored.set(k, v) }, removeStorageSync: (k) => { stored.delete(k) }, setStorage: (o) => { stored.set(o.key, o.data); done(o) }, getStorage: done,
  onAppShow() {}, onAppHide() {}, onError() {}, onUnhandledRejection() {}, onThemeChange() {}, onNetworkStatusChange() {}, onNeedPrivacyAuthorization(f) { state.needPrivacy = f }, getNetworkType: (o) => o.success({ networkType: 'wifi' }), canIUse: () => true, nextTick: (f) => setTimeout(f),
  navigateTo: go, redirectTo: go, reLaunch: go, switchTab: go, navigateBack: go, login: (o) => o.success({ code: state.loginCode }), makePhoneCall: done, showToast: done, showModal: (o) => { state.questions.push(`${o.title} ${o.content}`); o.success?.({ confirm: true, cancel: false }) }, setClipboardData: done, pageScrollTo: done, stopPullDownRefresh() {}, getUpdateManager: () => ({ onCheckForUpdate() {}, onUpdateReady() {}, onUpdateFailed() {} }),
  createSelectorQuery: () => { const q = { in: () => q, select: () => q, selectAll: () => q, selectViewport: () => q, boundingClientRect: () => q, fields: () => q, exec: (f) => f?.([]) }; return q },
  request(o) {
    const one = { method: o.method, path: o.url, header: o.header, body: o.data ? JSON.parse(o.data) : undefined }
    asked.push(one)
    Promise.resolve(state.serve(one)).then((a) => { if (a === 'dead') o.fail?.({ errMsg: 'request:fail' }); else o.success?.({ statusCode: a.status, data: a.body ?? '', header: a.header ?? {} }) })
    return { abort() {} }
  },
  env: { USER_DATA_PATH: '/tmp' },
}
globalThis.wx = wx
let app = null
globalThis.App = (o) => { app = o }
globalThis.getApp = () => app
globalThis.getCurrentPages = () => []
globalThis.Page = (o) => globalThis.Component(o)

/** Starts the app and opens one page, as WeChat does when a code is scanned: modules fresh, storage kept. */
async function open(path, query = {}) {
  jest.resetModules() // the simulator registers a component when its module runs
  require(join(root, 'app.js'))
  app.onLaunch?.call(app, { path, query, scene: 1001 })
  const page = simulate.render(simulate.load(join(root, path), { rootPath: root, less: false }))
  const host = document.createElement('div')
  document.body.append(host)
  page.attach(host)
  page.instance.onLoad?.(query)
  page.instance.onShow?.()
  await rest()
  return page
}
const rest = (ms = 60) => new Promise((f) => setTimeout(f, ms))
/** Waits until the page says it, at most 8 s; answers what it says. */
async function says(pattern) { for (let i = 0; i < 160 && !pattern.test(text()); i++) await rest(50); return text() }
const text = () => (document.body.textContent ?? '').replace(/\s+/g, ' ')
/** The node that carries the name, wherever in the tree of components. */
function find(name) { return [...document.querySelectorAll('*')].find((e) => e.getAttribute('data-testid') === name || e.__wxElement?.dataset?.testid === name) ?? null }
async function tap(element) { exparser.triggerEvent(element.__wxElement, 'tap', {}, { bubbles: true, composed: true }); await rest() }
function event(element, name, detail) { exparser.triggerEvent(element.__wxElement, name, detail, { bubbles: false }) }
async function type(element, value) { exparser.triggerEvent(element.__wxElement, 'input', { value }, { bubbles: false }); await rest(20) }
function close() { document.body.innerHTML = '' }
const problem = (code, status, extra = {}) => ({ status, body: { type: 'about:blank', title: code, status, code, detail: `${code} 的说明。`, instance: '/x', request_id: '0192AB7F3A21', errors: [], ...extra } })

module.exports = { root, stored, asked, went, state, open, rest, says, text, find, tap, type, event, close, problem }
