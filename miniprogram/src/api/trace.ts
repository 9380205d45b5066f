/** From the engine's trace to the drawer 如何计算: same words on every screen. */
import { plain } from '@/format/number'
import type { Trace, TraceFactor } from './shapes'

type Wire = Record<string, unknown>
const text = (v: unknown) => (v === null || v === undefined ? '' : String(v))
const kinds: Record<string, string> = {
  provincial_average: '省级平均电力因子', national_average: '全国平均电力因子', regional_average: '区域平均电力因子', measured: '企业参数', process: '企业填报', fuel: '燃料因子', heat: '热力因子', none: '不计排放',
  ncv: '低位发热量', carbon_content: '单位热值含碳量', oxidation_rate: '碳氧化率', co2_factor: '排放因子', factor: '排放因子', tce: '折标准煤系数',
}
const names: [RegExp, string][] = [[/ncv$/i, '低位发热量'], [/(carbon_content|\.cc)$/i, '单位热值含碳量'], [/(oxidation_rate|\.of)$/i, '碳氧化率'], [/co2_factor$/i, '排放因子']]

function factorOf(row: Wire): TraceFactor {
  const code = text(row.code)
  const year = text(row.factor_year)
  return {
    code, value: text(row.value), unit: text(row.unit), kind: kinds[text(row.kind)] ?? (text(row.factor_set) || undefined),
    name: names.find(([r]) => r.test(code))?.[1] ?? (year ? `${kinds[text(row.kind)] ?? code}（${year} 年）` : kinds[text(row.kind)] ?? code),
    valid_from: text(row.valid_from) || null, valid_to: text(row.valid_to) || null, source: text(row.source), url: /^https?:\/\//.test(text(row.source_url)) ? text(row.source_url) : undefined,
  }
}

export function traceOf(line: { amount: string; unit: string; formula?: string; factor?: unknown; trace?: unknown }): Trace | null {
  const t = (line.trace ?? {}) as Wire
  const formula = text(line.formula ?? t.formula)
  if (!formula) return null
  const inputs = Array.isArray(t.inputs) ? (t.inputs as Wire[]) : []
  const factor = (line.factor ?? {}) as Wire
  const rows = inputs.length ? inputs : factor.code ? [factor] : []
  const steps = [{ label: '用量', text: `${plain(line.amount)} ${line.unit}` }, { label: '公式', text: formula, formula: true }]
  if (text(t.energy_formula)) steps.push({ label: '能耗', text: text(t.energy_formula), formula: false })
  if (text(t.why)) steps.push({ label: '为什么用它', text: text(t.why), formula: false })
  const notes = [text(t.rounding), text(t.method_version) ? `方法版本 ${text(t.method_version)}` : ''].filter(Boolean)
  return { steps, factors: rows.map(factorOf), notes }
}
