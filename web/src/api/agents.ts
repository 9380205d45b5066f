/** Agents: the firms of the signed-in agent, bulk filing, and the agents that a firm names. */
import type { components } from '@/generated/schema'
import { answer, authorisedFetch, client, uploadFile } from './client'
import { problemOf } from './problem'

type Schemas = components['schemas']
export type WorkItem = Schemas['WorkItemAnswer']
export type Worklist = Schemas['WorklistAnswer']
export type Bulk = Schemas['BulkAnswer']
export type BulkRow = Schemas['BulkRowAnswer']
export type Agent = Schemas['AgentAnswer']
export type Filter = 'all' | 'due' | 'overdue' | 'questions' | 'returned'

export const scopeNames: Record<string, string> = { file: '填报', report: '报告', read: '查看' }
export const saidScopes = (scopes: string[]) => ['file', 'report', 'read'].filter((s) => scopes.includes(s)).map((s) => scopeNames[s]).join('·')

export const worklist = (state: Filter, q: string, page: number, page_size = 50) =>
  answer(client.GET('/api/v1/agent/worklist', { params: { query: { state, q, page, page_size } } }))
export const progress = (bulk_id: string) => answer(client.GET('/api/v1/agent/bulk/{bulk_id}', { params: { path: { bulk_id } } }))
export const uploadBulk = (file: File, dry: boolean) => uploadFile<Bulk>(`/api/v1/agent/bulk?dry_run=${dry}`, file)

/** The workbook is asked for by POST: the firms stand in the body. */
export async function downloadWorkbook(month: string, organisation_ids: string[]): Promise<void> {
  const response = await authorisedFetch(new Request(new URL('/api/v1/agent/bulk/workbook', location.origin), {
    method: 'POST', credentials: 'same-origin', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ month, organisation_ids }),
  }))
  if (!response.ok) throw await problemOf(response)
  const url = URL.createObjectURL(await response.blob())
  const link = Object.assign(document.createElement('a'), { href: url, download: `批量填报-${month}.xlsx` })
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

export const agents = () => answer(client.GET('/api/v1/organisation/agents')).then((a) => a.items)
/** Asks for a fresh proof on the way: the client shows the dialog. */
export const addAgent = (body: Schemas['NewAgent']) => answer(client.POST('/api/v1/organisation/agents', { body }))
export const changeAgent = (a: Agent, scopes: string[], valid_to: string) =>
  answer(client.PUT('/api/v1/organisation/agents/{agent_id}', { params: { path: { agent_id: a.id } }, body: { scopes, valid_to, version: a.version } }))
export const endAgent = (agent_id: string) => answer(client.DELETE('/api/v1/organisation/agents/{agent_id}', { params: { path: { agent_id } } }))
