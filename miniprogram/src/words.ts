/** Words for codes that several pages show: roles, scopes, papers' states, devices. */
export const ROLES: Record<string, string> = { legal: '法定代表人', admin: '管理员', filler: '填报员', viewer: '查看', agent: '代理人' }
export const SCOPES = [['file', '填报'], ['report', '报告'], ['read', '查看']] as const
export const ID_TYPES = [['resident_id', '居民身份证'], ['hkmt_permit', '港澳台来往内地通行证'], ['hkmt_residence', '港澳台居民居住证'], ['passport', '护照'], ['foreign_residence', '外国人永久居留证']] as const
export const AUDIENCES: Record<string, string> = { mini: '微信小程序', h5: '手机网页', 'console-ent': '电脑端', 'console-ops': '运营端', 'console-gov': '监管端', 'console-verify': '机构端', 'console-bank': '银行端' }
export const WAYS: Record<string, string> = { pwd: '密码', password: '密码', sms: '短信', otp: '动态码', qr: '扫码', wechat: '微信', face: '刷脸' }

export const roles = (codes: readonly string[]) => codes.map((c) => ROLES[c] ?? c).join('、')
export const scopes = (codes: readonly string[]) => SCOPES.filter(([c]) => codes.includes(c)).map(([, w]) => w).join('·')
export const ways = (codes: readonly string[]) => codes.map((c) => WAYS[c] ?? c).join('、')

/** A browser's long name as people say it: Windows · Chrome, iPhone · 微信. */
export function deviceName(agent: string): string {
  if (!/Mozilla|AppleWebKit/i.test(agent)) return agent || '未知设备'
  const system = /iPhone/.test(agent) ? 'iPhone' : /iPad/.test(agent) ? 'iPad' : /HarmonyOS/i.test(agent) ? '鸿蒙手机' : /Android/.test(agent) ? '安卓手机' : /Windows/.test(agent) ? 'Windows 电脑' : /Mac OS X/.test(agent) ? '苹果电脑' : /Linux/.test(agent) ? 'Linux 电脑' : '未知系统'
  const app = /MicroMessenger/i.test(agent) ? '微信' : /Edg\//.test(agent) ? 'Edge' : /Firefox\//.test(agent) ? 'Firefox' : /Chrome\//.test(agent) ? 'Chrome' : /Safari\//.test(agent) ? 'Safari' : '浏览器'
  return `${system} · ${app}`
}
