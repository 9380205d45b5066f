/** How a case stands, in the words and steps the pages show. */
import type { Case, Finding } from '@/api/cases'

export interface Step { word: string; at: string; now: boolean; done: boolean }
const WAY: Record<string, readonly (readonly [string, string[]])[]> = {
  reduction: [['提交', ['submitted']], ['审核', ['in_audit', 'returned']], ['签字', ['concluded', 'audited']], ['出具', ['issued', 'superseded']]],
  grade: [['提交', ['submitted']], ['核查', ['in_verification', 'returned']], ['签字', ['concluded']], ['评级', ['rated', 'superseded']]],
}
/** The way of a case as four steps, the present one marked; a case that ended early stops where it was. */
export function steps(c: Pick<Case, 'kind' | 'state' | 'submitted_at' | 'accepted_at' | 'concluded_at' | 'issued_at' | 'signed_at'>): Step[] {
  const way = WAY[c.kind] ?? WAY.reduction!
  const times = [c.submitted_at, c.accepted_at, c.concluded_at, c.issued_at ?? c.signed_at]
  let place = way.findIndex(([, states]) => states.includes(c.state))
  const ended = place < 0
  if (ended) place = times.reduce<number>((last, t, n) => (t ? n : last), 0)
  const over = c.state === 'issued' || c.state === 'rated' || c.state === 'superseded'
  return way.map(([word], n) => ({ word, at: n <= place ? (times[n] ?? '') : '', now: n === place && !over && !ended, done: n < place || over }))
}

export const openFindings = (c: Pick<Case, 'findings'>) => c.findings.filter((f) => f.state === 'open' || f.state === 'unanswered')
/** What stands in a finding's row at the right. */
export const findingWord = (f: Pick<Finding, 'state_word' | 'overdue' | 'state'>) => (f.overdue && f.state === 'open' ? '已超期' : f.state_word)
export const move = (c: Pick<Case, 'allowed'>, name: string) => c.allowed.find((a) => a.move === name) ?? null

/** Where the firm stands in a loan's way (GF12). */
export const FINANCE_STEPS = [['submitted', '已提交'], ['assigned', '已分配'], ['contacted', '已联系'], ['applying', '申请中'], ['approved', '结果']] as const
export interface FinanceStep { word: string; at: string; now: boolean; done: boolean }
export function financeSteps(c: { state: string; state_word: string; submitted_at: string; assigned_at?: string | null; contacted_at?: string | null; outcome_on?: string | null; events: { to_state: string; at: string }[] }): FinanceStep[] {
  const went = (state: string) => c.events.filter((e) => e.to_state === state).map((e) => e.at).pop() ?? ''
  const place = FINANCE_STEPS.findIndex(([s]) => s === c.state)
  const ended = ['declined', 'withdrawn', 'expired'].includes(c.state)
  return FINANCE_STEPS.map(([state, word], n) => {
    const last = n === FINANCE_STEPS.length - 1
    const at = state === 'submitted' ? c.submitted_at : state === 'assigned' ? (c.assigned_at ?? went(state)) : state === 'contacted' ? (c.contacted_at ?? went(state)) : last ? (c.outcome_on ?? went(c.state)) : went(state)
    if (last && (ended || c.state === 'approved')) return { word: c.state_word, at, now: false, done: true }
    return { word, at: ended || n <= place ? at : '', now: !ended && n === place, done: ended ? Boolean(at) : n < place }
  })
}
