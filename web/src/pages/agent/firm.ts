import type { Router } from 'vue-router'
import * as api from '@/api/agents'
import type { useSession } from '@/stores/session'

type Session = ReturnType<typeof useSession>

/** Act for the firm and open what its line asks for. */
export async function openFirm(session: Session, router: Router, item: api.WorkItem): Promise<void> {
  if (session.organisation?.id !== item.organisation_id) await session.actFor(item.organisation_id)
  if (!item.scopes.includes('file') && !item.scopes.includes('read')) await router.push('/reports')
  else if (item.state === 'no_template' && item.scopes.includes('file')) await router.push('/template')
  else await router.push({ path: '/filing', query: item.month ? { year: item.month.slice(0, 4), month: item.month } : {} })
}

/** The next firm with a month to file, in the order of the list, after the one acted for; null when there is none. */
export async function nextFirm(current: string | undefined): Promise<api.WorkItem | null> {
  const { items } = await api.worklist('all', '', 1, 100)
  const open = items.filter((i) => i.delegation_state === 'active' && i.scopes.includes('file') && i.month && i.state !== 'submitted')
  const others = open.filter((i) => i.organisation_id !== current)
  const at = open.findIndex((i) => i.organisation_id === current)
  return (at >= 0 ? open.slice(at + 1)[0] : undefined) ?? others[0] ?? null
}
