/** The template wizard without a page: which energies, how each is filed, kept on the phone so that leaving loses nothing. */
import type { Energy, Template } from '@/api/filing'

export interface Pick { id: string | null; carrier: string; name: string; use: string; unit: string; account_id: string | null; place: string; boundary_item: string; decimals: number; last_month: string | null }
export interface Kept { step: number; picks: Pick[]; first: string; base: number }

/** One line of example for the usual ones, so that nobody has to know the names of the standard. */
export const EXAMPLES: Record<string, string> = { electricity: '生产、办公用电', natural_gas: '锅炉、窑炉、食堂用气', diesel: '叉车、发电机', gasoline: '公务车', heat: '园区供热、外购蒸汽', lpg: '食堂、切割', bituminous: '锅炉', raw_coal: '锅炉', lng: '锅炉、车辆', anthracite: '锅炉' }
const USUAL = ['electricity', 'natural_gas', 'diesel', 'gasoline', 'heat', 'lpg', 'lng', 'raw_coal']
/** What industries of a division mostly use, after the usual ones; by GB/T 4754 division. */
const OF_DIVISION: Record<string, string[]> = { C29: ['electricity', 'natural_gas', 'diesel', 'heat'], C13: ['electricity', 'natural_gas', 'heat', 'diesel'], C14: ['electricity', 'natural_gas', 'heat'], C17: ['electricity', 'heat', 'natural_gas'], C22: ['electricity', 'heat', 'raw_coal', 'diesel'], C30: ['electricity', 'natural_gas', 'raw_coal', 'diesel'], C31: ['electricity', 'coke', 'natural_gas', 'bituminous'], C33: ['electricity', 'natural_gas', 'diesel'], D44: ['electricity', 'natural_gas', 'bituminous', 'diesel'] }

export function order(energies: Energy[], industry: string | null): { usual: Energy[]; rest: Energy[] } {
  const first = [...(OF_DIVISION[(industry ?? '').slice(0, 3)] ?? []), ...USUAL]
  const rank = (e: Energy) => { const n = first.indexOf(e.code); return n < 0 ? 999 : n }
  const usual = energies.filter((e) => rank(e) < 999).sort((a, b) => rank(a) - rank(b))
  return { usual, rest: energies.filter((e) => rank(e) === 999) }
}
/** How finely an amount may be filled in (FD7): the place in the list is the number of decimals. */
export const PLACES = ['整数', ...[1, 2, 3, 4, 5, 6].map((n) => `${n} 位`)]
export const pickOf = (e: Energy): Pick => ({ id: null, carrier: e.code, name: e.name, use: e.uses[0]?.code ?? 'fuel', unit: e.unit, account_id: null, place: '', boundary_item: 'UNASSIGNED', decimals: 6, last_month: null })
export const picksOf = (t: Template): Pick[] => t.items.map((i) => ({ id: i.id, carrier: i.carrier, name: i.name, use: i.use, unit: i.unit, account_id: i.account_id, place: i.place, boundary_item: i.boundary_item, decimals: i.decimals, last_month: i.last_month }))
/** An energy ticked off leaves with all its rows; ticked on it comes with one. */
export const turn = (picks: Pick[], e: Energy): Pick[] => (picks.some((p) => p.carrier === e.code) ? picks.filter((p) => p.carrier !== e.code) : [...picks, pickOf(e)])

export function faults(picks: Pick[], accounts: number): Record<string, string> {
  const found: Record<string, string> = {}
  if (!picks.length) found.pick = '请至少选择一种能源。'
  const seen = new Set<string>()
  picks.forEach((p, n) => {
    const same = [p.carrier, p.use, p.account_id, p.place.trim()].join('|')
    if (seen.has(same)) found[String(n)] = '与上面一行相同，请填地点加以区分，或移除一行。'
    seen.add(same)
    if (p.carrier === 'electricity' && p.use === 'purchased_electricity' && accounts > 1 && !p.account_id) found[String(n)] = '请选择这一行的用电户号。'
  })
  return found
}
export const bodyOf = (picks: Pick[], first: string, version: number) => ({ first_month: first, version, items: picks.map(({ id, carrier, use, unit, account_id, place, boundary_item, decimals, last_month }) => ({ id, carrier, use, unit, account_id, place: place.trim(), boundary_item, decimals, last_month })) })
