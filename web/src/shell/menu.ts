import type { IconName } from '@/components/TxIcon.vue'

export interface Entry { path: string; title: string; icon: IconName; need?: string }
export interface Group { title: string; entries: Entry[] }

const enterprise: Group[] = [
  { title: '', entries: [
    { path: '/home', title: '企业首页', icon: 'home', need: 'dashboard.read' },
    { path: '/filing', title: '能耗填报', icon: 'form', need: 'filing.read' },
    { path: '/filing/history', title: '填报历史', icon: 'history', need: 'filing.read' },
    { path: '/operating', title: '生产经营', icon: 'factory', need: 'operating.read' },
    { path: '/water', title: '水资源利用', icon: 'drop', need: 'water.read' },
    { path: '/reduction', title: '减碳方案与计划', icon: 'flask', need: 'reduction.read' },
  ] },
  { title: '成果与应用', entries: [
    { path: '/reports', title: '报告管理', icon: 'report', need: 'report.read' },
    { path: '/reduction-report', title: '减碳报告', icon: 'text', need: 'reduction.read' },
    { path: '/cases', title: '核查与审核', icon: 'audit', need: 'case.read' },
    { path: '/certificates', title: '碳效码与证书', icon: 'code', need: 'certificate.read' },
    { path: '/finance', title: '绿色金融', icon: 'building', need: 'product.read' },
  ] },
  { title: '管理', entries: [
    { path: '/template', title: '填报模板', icon: 'sliders', need: 'filing.read' },
    { path: '/electricity-accounts', title: '用电户号', icon: 'bolt', need: 'filing.read' },
    { path: '/parameters', title: '计算参数', icon: 'flask', need: 'parameter.read' },
    { path: '/members', title: '成员', icon: 'people', need: 'member.read' },
    { path: '/agents', title: '代理人', icon: 'swap', need: 'agent.read' },
    { path: '/profile', title: '企业设置', icon: 'gear', need: 'organisation.read' },
  ] },
]

const operator: Group[] = [
  { title: '', entries: [
    { path: '/ops/organisations', title: '账号与申请', icon: 'building', need: 'ops.organisation.read' },
    { path: '/ops/applications', title: '权限申请', icon: 'stamp', need: 'ops.application.read' },
    { path: '/ops/agencies', title: '第三方机构', icon: 'audit', need: 'ops.agency.read' },
    { path: '/ops/cases', title: '第三方案件', icon: 'report', need: 'ops.case.read' },
    { path: '/ops/banks', title: '银行', icon: 'scale', need: 'ops.bank.read' },
    { path: '/ops/factors', title: '因子与参数', icon: 'sliders', need: 'ops.factor.read' },
    { path: '/ops/parameters', title: '参数申请', icon: 'flask', need: 'ops.parameter.read' },
    { path: '/ops/benchmarks', title: '基准', icon: 'scale', need: 'ops.benchmark.read' },
    { path: '/ops/water-quotas', title: '用水定额', icon: 'drop', need: 'ops.quota.read' },
    { path: '/ops/certificates', title: '证书', icon: 'stamp', need: 'ops.certificate.read' },
    { path: '/ops/products', title: '金融产品', icon: 'report', need: 'ops.product.read' },
    { path: '/ops/content', title: '公开内容', icon: 'text', need: 'ops.content.read' },
  ] },
  { title: '系统', entries: [
    { path: '/ops/registry', title: '企业登记库', icon: 'search', need: 'ops.registry.read' },
    { path: '/ops/work-days', title: '工作日历', icon: 'calendar', need: 'ops.calendar.read' },
    { path: '/ops/staff', title: '人员与安全', icon: 'people', need: 'ops.account.manage' },
    { path: '/ops/audit', title: '审计日志', icon: 'audit', need: 'ops.audit.read' },
    { path: '/ops/jobs', title: '任务与消息', icon: 'queue', need: 'ops.jobs.read' },
    { path: '/ops/system', title: '系统状态', icon: 'device', need: 'ops.system.read' },
  ] },
]

/** What a verifier's or auditor's people open. */
const thirdParty: Group[] = [
  { title: '', entries: [
    { path: '/agency/cases', title: '案件', icon: 'queue', need: 'agency.case.read' },
    { path: '/agency/profile', title: '机构资料', icon: 'building', need: 'agency.case.read' },
    { path: '/members', title: '人员', icon: 'people', need: 'member.read' },
  ] },
]

const bank: Group[] = [
  { title: '', entries: [
    { path: '/bank', title: '收件箱', icon: 'queue', need: 'bank.case.read' },
    { path: '/bank/products', title: '金融产品', icon: 'report', need: 'bank.case.read' },
  ] },
  { title: '管理', entries: [
    { path: '/bank/managers', title: '客户经理', icon: 'swap', need: 'bank.case.assign' },
    { path: '/members', title: '成员', icon: 'people', need: 'member.read' },
  ] },
]

const agency: Group = { title: '', entries: [{ path: '/agent', title: '代理工作台', icon: 'queue' }] }

/** What this person may open, in the order of frequency; an agent's own desk stands first while no firm of his own is chosen. */
export function menuFor(kind: string | undefined, can: (permission: string) => boolean, agent = false): Group[] {
  const all = kind === undefined ? [] : ({ operator, enterprise, verifier: thirdParty, bank } as Record<string, Group[]>)[kind] ?? []
  const groups = all.map((g) => ({ ...g, entries: g.entries.filter((e) => !e.need || can(e.need)) })).filter((g) => g.entries.length)
  if (!agent || (kind !== undefined && kind !== 'enterprise')) return groups
  return can('member.read') ? [...groups, agency] : [agency, ...groups]
}

export const firstPath = (kind: string | undefined, can: (permission: string) => boolean, agent = false) => menuFor(kind, can, agent)[0]?.entries[0]?.path ?? '/me'
