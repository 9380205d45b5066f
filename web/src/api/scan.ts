/** Scan sign-in, the PC's side: ask for a code, wait for the phone, enter. The secret is a cookie that this page cannot read. */
import type { components } from '@/generated/schema'
import { answer, client } from './client'

type Schemas = components['schemas']
export type Ticket = Schemas['ScanTicket']
export type Standing = Schemas['ScanStanding']
export type Login = Schemas['SessionAnswer']

const path = (ticket: string) => ({ path: { ticket } })
export const ask = () => answer(client.POST('/api/v1/auth/scan', { body: { audience: 'console-ent' } }))
/** Waits up to 25 s while the state is still `seen`. */
export const poll = (ticket: string, seen: string, signal: AbortSignal) =>
  answer(client.GET('/api/v1/auth/scan/{ticket}', { params: { ...path(ticket), query: { wait: 25, seen } }, signal }))
export const cancel = (ticket: string) => answer(client.POST('/api/v1/auth/scan/{ticket}/cancel', { params: path(ticket) }))
/** The session, or the state in which it is still too early. */
export const exchange = (ticket: string) => answer(client.POST('/api/v1/auth/scan/{ticket}/exchange', { params: path(ticket) })) as Promise<Login | { state: string }>
