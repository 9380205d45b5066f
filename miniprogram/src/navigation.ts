/** Where pages are. Tabs keep their state; anything else opens above them. */
export const tabs = [
  { path: '/pages/home/index', text: '首页', icon: 'home' },
  { path: '/pages/filing/index', text: '填报', icon: 'form' },
  { path: '/pages/reports/index', text: '报告', icon: 'report' },
  { path: '/pages/mine/index', text: '我的', icon: 'user' },
] as const

const AFTER = 'tx-after-sign-in'
const isTab = (url: string) => tabs.some((t) => t.path === url.split('?')[0])

export function open(url: string): void {
  if (!isTab(url)) uni.navigateTo({ url, fail: () => { uni.reLaunch({ url }) } })
  else if (url.includes('?')) uni.reLaunch({ url })
  else uni.switchTab({ url })
}
export const replace = (url: string) => (isTab(url) ? open(url) : uni.redirectTo({ url }))

export function back(): void {
  if (getCurrentPages().length > 1) uni.navigateBack()
  else uni.switchTab({ url: '/pages/home/index' })
}

/** The address of the page on top, with its query. */
export function here(): string {
  const top = getCurrentPages().slice(-1)[0] as unknown as { route?: string; options?: Record<string, string>; $page?: { fullPath?: string } } | undefined
  if (!top) return '/pages/home/index'
  if (top.$page?.fullPath) return top.$page.fullPath
  const query = Object.entries(top.options ?? {}).map(([k, v]) => `${k}=${v}`).join('&')
  return `/${top.route ?? 'pages/home/index'}${query ? `?${query}` : ''}`
}

/** Login is asked for by the person's own act and can be left; afterwards the same place opens again. */
export function signIn(then: string = here()): void {
  uni.setStorageSync(AFTER, then.startsWith('/pages/sign-in') ? '/pages/home/index' : then)
  uni.navigateTo({ url: '/pages/sign-in/index' })
}

/** Goes where the person wanted to be before signing in. */
export function afterSignIn(): void {
  const url = (uni.getStorageSync(AFTER) as string) || '/pages/home/index'
  uni.removeStorageSync(AFTER)
  uni.reLaunch({ url })
}

/** The pages of the server's hints (written for the console) on the phone; null when only the console has it. */
export function onPhone(link: string): string | null {
  const [before = '', anchor = ''] = link.split('#')
  const [plain = '', query = ''] = before.split('?')
  const said = (name: string) => new RegExp(`(?:^|&)${name}=([^&]*)`).exec(query)?.[1] ?? ''
  const year = said('year')
  const at = (page: string, more: Record<string, string> = {}) => {
    const pairs = Object.entries({ ...(year ? { year } : {}), ...more }).filter(([, v]) => v)
    return page + (pairs.length ? `?${pairs.map(([k, v]) => `${k}=${v}`).join('&')}` : '')
  }
  const month = said('month')
  if (/^\/filing(\/\d{4})?$/.test(plain) && /^\d{4}-\d{2}/.test(month)) return `/pages/filing/index?month=${month.slice(0, 7)}`
  if (/^\/filing\/\d{4}$/.test(plain)) return '/pages/filing/history'
  const one = /^\/(cases|finance\/cases|finance\/products)\/([\w-]+)$/.exec(plain)
  if (one) return `/pages/${one[1] === 'cases' ? 'cases/case' : one[1] === 'finance/cases' ? 'finance/case' : 'finance/product'}?id=${one[2]}`
  if (plain === '/water') return year ? at('/pages/water/year', { section: anchor }) : '/pages/water/index'
  if (plain === '/reduction') return anchor === 'indicators' ? at('/pages/reduction/indicators') : at('/pages/reduction/index')
  if (plain === '/reduction-report') return at('/pages/reduction/report', { part: anchor })
  const known: Record<string, string> = {
    '/filing': '/pages/filing/index', '/filing/template': '/pages/filing/template', '/template': '/pages/filing/template', '/operating': '/pages/filing/operating',
    '/electricity-accounts': '/pages/filing/accounts', '/parameters': '/pages/filing/parameters', '/reports': '/pages/reports/index', '/organisation': '/pages/mine/index',
    '/profile': '/pages/firm/profile', '/cases': '/pages/cases/index', '/finance': '/pages/finance/index', '/finance/consents': '/pages/finance/consents', '/finance/cases': '/pages/finance/cases',
  }
  return known[plain] ?? (plain.startsWith('/reports') || plain.startsWith('/certificate') ? '/pages/reports/index' : null)
}
