/**
 * 联网后提交: submissions made without a network wait on the phone with the idempotency key they were made with, so sending one
 * twice files it once. What the server refuses stays with its reason until the person has seen it.
 */
import { type FilingBody, submit, type Submitted } from '@/api/filing'
import { asProblem, type Problem } from '@/api/problem'

export interface Queued {
  key: string; organisation: string; at: number; title: string
  body: FilingBody & { fingerprint: string | null; replace: boolean; answers: { question_id: string; reason: string }[]; reason?: string }
  refused?: { code: string; detail: string }
}
const KEY = 'tx-submissions'
export const all = (): Queued[] => ((uni.getStorageSync(KEY) || []) as Queued[])
const keep = (list: Queued[]) => { if (list.length) uni.setStorageSync(KEY, list); else uni.removeStorageSync(KEY) }
export const waiting = (organisation: string) => all().filter((q) => q.organisation === organisation)
export const add = (q: Queued) => keep([...all().filter((o) => o.key !== q.key), q])
export const drop = (key: string) => keep(all().filter((o) => o.key !== key))

let sending: Promise<Submitted[]> | null = null
/** Sends what waits for the firm acted for; stops at the first that finds no network again. */
export function flush(organisation: string): Promise<Submitted[]> {
  sending ??= (async () => {
    const done: Submitted[] = []
    for (const q of waiting(organisation)) {
      if (q.refused) continue
      try {
        done.push(await submit(q.body, q.key))
        drop(q.key)
      } catch (error) {
        const p: Problem = asProblem(error)
        if (p.unanswered || p.status === 401 || p.status === 429 || p.status >= 500) break
        keep(all().map((o) => (o.key === q.key ? { ...o, refused: { code: p.code, detail: p.detail } } : o)))
      }
    }
    return done
  })().finally(() => { sending = null })
  return sending
}
