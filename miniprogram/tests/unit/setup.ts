/** A phone of paper: storage in a map, requests answered by the test, components found by name as the build finds them. */
import { config } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, vi } from 'vitest'

export interface Asked { method: string; path: string; header: Record<string, string>; body: unknown }
export type Answer = { status: number; body?: unknown; header?: Record<string, string> } | 'dead'
interface Phone { stored: Map<string, unknown>; asked: Asked[]; serve: (r: Asked) => Answer | Promise<Answer>; went: string[] }
export const phone: Phone = { stored: new Map(), asked: [], serve: () => 'dead', went: [] }
export const problem = (code: string, status: number, extra: object = {}) => ({ status, body: { type: 'about:blank', title: code, status, code, detail: `${code} 的说明。`, instance: '/x', request_id: '0192AB7F3A21', errors: [], ...extra } })

const go = (o: { url: string }) => { phone.went.push(o.url) }
vi.stubGlobal('uni', {
  getStorageSync: (k: string) => phone.stored.get(k) ?? '',
  setStorageSync: (k: string, v: unknown) => { phone.stored.set(k, v) },
  removeStorageSync: (k: string) => { phone.stored.delete(k) },
  getSystemInfoSync: () => ({ statusBarHeight: 20, theme: 'light', fontSizeSetting: 16 }),
  getNetworkType: () => {}, onNetworkStatusChange: () => {}, onThemeChange: () => {}, makePhoneCall: () => {}, pageScrollTo: () => {},
  navigateTo: go, redirectTo: go, reLaunch: go, switchTab: go, navigateBack: () => { phone.went.push('back') },
  request(o: { url: string; method: string; header: Record<string, string>; data?: string; success: (r: object) => void; fail: (e: object) => void }) {
    const asked: Asked = { method: o.method, path: o.url, header: o.header, body: o.data === undefined ? undefined : JSON.parse(o.data) }
    phone.asked.push(asked)
    void Promise.resolve(phone.serve(asked)).then((a) => { if (a === 'dead') o.fail({ errMsg: 'request:fail' }); else o.success({ statusCode: a.status, data: a.body ?? '', header: a.header ?? {} }) })
  },
})
vi.stubGlobal('getCurrentPages', () => [{ route: 'pages/home/index', options: {} }])
vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {} }))
vi.mock('@dcloudio/uni-app', () => { const now = (f: (q: object) => unknown) => { void f({}) }; return { onLoad: now, onShow: () => {}, onUnload: () => {}, onLaunch: () => {}, onPullDownRefresh: () => {} } })

const parts = (import.meta as unknown as { glob: (p: string, o: object) => Record<string, { default: object }> }).glob('../../src/components/*.vue', { eager: true })
config.global.components = Object.fromEntries(Object.entries(parts).map(([path, m]) => [path.split('/').pop()!.replace('.vue', ''), m.default]))
config.global.stubs = { 't-popup': { template: '<div><slot /></div>' } }

beforeEach(() => {
  phone.stored.clear()
  phone.asked.length = 0
  phone.went.length = 0
  phone.serve = () => 'dead'
  setActivePinia(createPinia())
})
