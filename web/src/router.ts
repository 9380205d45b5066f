import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { firstPath } from '@/shell/menu'
import { useSession } from '@/stores/session'

declare module 'vue-router' {
  interface RouteMeta { open?: boolean; title?: string; wide?: boolean }
}

const page = (path: string, title: string, component: RouteRecordRaw['component'], wide = false): RouteRecordRaw => ({ path, component: component!, meta: { title, wide } }) as RouteRecordRaw

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: () => firstPath(useSession().organisation?.kind, useSession().can, useSession().isAgent) },
  { path: '/sign-in', component: () => import('@/pages/SignIn.vue'), meta: { open: true, title: '登录' } },
  { path: '/accept', component: () => import('@/pages/AcceptInvitation.vue'), meta: { open: true, title: '接受邀请' } },
  { path: '/read/:slug', component: () => import('@/pages/PublicText.vue'), meta: { open: true, title: '说明' } },
  { path: '/register', component: () => import('@/pages/RegisterEnterprise.vue'), meta: { open: true, title: '注册企业' } },
  { path: '/change-password', component: () => import('@/pages/ForcedPassword.vue'), meta: { title: '修改密码' } },
  page('/home', '企业首页', () => import('@/pages/EnterpriseHome.vue')),
  page('/filing', '能耗填报', () => import('@/pages/filing/MonthGrid.vue'), true),
  page('/filing/history', '填报历史', () => import('@/pages/filing/FilingHistory.vue')),
  page('/template', '填报模板', () => import('@/pages/filing/TemplateWizard.vue')),
  page('/electricity-accounts', '用电户号', () => import('@/pages/filing/ElectricityAccounts.vue')),
  page('/parameters', '计算参数', () => import('@/pages/filing/CalculationParameters.vue')),
  page('/operating', '生产经营', () => import('@/pages/filing/OperatingData.vue')),
  page('/water', '水资源利用', () => import('@/pages/water/WaterPage.vue')),
  page('/reports', '报告管理', () => import('@/pages/reports/ReportList.vue')),
  page('/reports/:id', '报告预览', () => import('@/pages/reports/ReportPreview.vue'), true),
  page('/reduction', '减碳方案与计划', () => import('@/pages/reduction/ReductionPage.vue')),
  page('/reduction-report', '减碳（审核）报告', () => import('@/pages/reduction/ReductionReport.vue')),
  page('/cases', '第三方核查与审核', () => import('@/pages/cases/CaseList.vue')),
  page('/cases/new', '提交给机构', () => import('@/pages/cases/CaseStart.vue')),
  page('/cases/:id', '案件', () => import('@/pages/cases/CasePage.vue')),
  page('/agency/cases', '案件', () => import('@/pages/agency/CaseInbox.vue')),
  page('/agency/cases/:id', '核查案件', () => import('@/pages/agency/CaseDesk.vue'), true),
  page('/agency/profile', '机构资料', () => import('@/pages/agency/AgencyProfile.vue')),
  page('/certificates', '碳效码与证书', () => import('@/pages/certificates/CertificatePage.vue')),
  page('/finance', '绿色金融', () => import('@/pages/finance/ProductList.vue')),
  page('/finance/products/:id', '金融产品', () => import('@/pages/finance/ProductPage.vue')),
  page('/finance/cases', '我的对接', () => import('@/pages/finance/CaseList.vue')),
  page('/finance/cases/:id', '对接', () => import('@/pages/finance/CasePage.vue')),
  page('/finance/consents', '给银行的授权', () => import('@/pages/finance/ConsentList.vue')),
  page('/bank', '收件箱', () => import('@/pages/bank/BankInbox.vue'), true),
  page('/bank/cases/:id', '授权报告阅览', () => import('@/pages/bank/BankCase.vue'), true),
  page('/bank/products', '金融产品', () => import('@/pages/bank/BankProducts.vue')),
  page('/bank/managers', '客户经理', () => import('@/pages/bank/ManagerList.vue')),
  page('/members', '成员', () => import('@/pages/organisation/MemberList.vue')),
  page('/agents', '代理人', () => import('@/pages/organisation/AgentList.vue')),
  page('/agent', '代理工作台', () => import('@/pages/agent/AgentDesk.vue')),
  page('/profile', '企业设置', () => import('@/pages/organisation/ProfilePage.vue')),
  page('/messages', '消息', () => import('@/pages/MessageList.vue')),
  page('/me', '我的账号与设备', () => import('@/pages/MyAccount.vue')),
  page('/ops/organisations', '账号与申请', () => import('@/pages/ops/OrganisationDesk.vue')),
  page('/ops/applications', '权限申请', () => import('@/pages/ops/applications/ApplicationQueue.vue')),
  page('/ops/applications/:id', '审核权限申请', () => import('@/pages/ops/applications/ApplicationCase.vue'), true),
  page('/ops/parameters', '参数申请', () => import('@/pages/ops/ParameterDesk.vue')),
  page('/ops/benchmarks', '基准', () => import('@/pages/ops/BenchmarkDesk.vue')),
  page('/ops/factors', '因子与参数', () => import('@/pages/ops/factors/FactorDesk.vue')),
  page('/ops/factors/:id', '因子草稿', () => import('@/pages/ops/factors/FactorDraft.vue')),
  page('/ops/agencies', '第三方机构', () => import('@/pages/ops/AgencyDesk.vue')),
  page('/ops/cases', '第三方案件', () => import('@/pages/ops/CaseRegister.vue')),
  page('/ops/banks', '银行', () => import('@/pages/ops/BankDesk.vue')),
  page('/ops/system', '系统状态', () => import('@/pages/ops/SystemState.vue')),
  page('/ops/certificates', '证书', () => import('@/pages/ops/CertificateDesk.vue')),
  page('/ops/water-quotas', '用水定额', () => import('@/pages/ops/WaterQuotas.vue')),
  page('/ops/registry', '企业登记库', () => import('@/pages/ops/RegistryDesk.vue')),
  page('/ops/work-days', '工作日历', () => import('@/pages/ops/WorkCalendar.vue')),
  page('/ops/products', '金融产品', () => import('@/pages/ops/ProductDesk.vue')),
  page('/ops/content', '公开内容', () => import('@/pages/ops/content/ContentDesk.vue'), true),
  page('/ops/staff', '人员与安全', () => import('@/pages/ops/StaffDesk.vue')),
  page('/ops/audit', '审计日志', () => import('@/pages/ops/AuditLog.vue')),
  page('/ops/jobs', '任务与消息', () => import('@/pages/ops/JobDesk.vue')),
  { path: '/:rest(.*)*', component: () => import('@/pages/NotFound.vue'), meta: { title: '没有这个页面' } },
]

export const router = createRouter({ history: createWebHistory('/console/'), routes, scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 } })

router.beforeEach(async (to) => {
  const session = useSession()
  if (session.phase === 'starting') await session.start()
  if (to.path === '/sign-in' && session.phase === 'in' && !session.mustChange) return '/'
  if (to.meta.open) return true
  if (session.phase === 'out') return { path: '/sign-in', query: to.path === '/' ? {} : { next: to.fullPath } }
  if (session.mustChange && to.path !== '/change-password') return '/change-password'
  if (!session.mustChange && to.path === '/change-password') return '/'
  return true
})
router.afterEach((to) => { document.title = `${to.meta.title ?? ''} · 碳效` })
