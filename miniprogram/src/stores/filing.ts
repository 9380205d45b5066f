import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import * as api from '@/api/filing'
import { newKey } from '@/api/client'
import { onBackOnline } from '@/api/connection'
import { asProblem, type Problem } from '@/api/problem'
import * as queue from '@/filing/queue'
import * as sheets from '@/filing/sheet'
import { monthName, thisMonth } from '@/format/time'
import { useSession } from '@/stores/session'

const WAIT = 900
export type Saved = 'none' | 'waiting' | 'saving' | 'saved' | 'local' | 'failed'

/** The month being filed, through fill, preview and result: kept on the phone at every key, on the server a moment later. */
export const useFiling = defineStore('filing', () => {
  const session = useSession()
  const grids = shallowRef<Record<number, api.Grid>>({})
  const month = ref('')
  const range = ref<{ from: string; to: string; mode: 'each' | 'sum' } | null>(null)
  const open = ref<Record<string, sheets.Sheet>>({})
  const problem = ref<Problem | null>(null)
  const loading = ref(false)
  const saved = ref<Saved>('none')
  const savedAt = ref<string | null>(null)
  const saveProblem = ref<Problem | null>(null)
  const other = ref<api.OtherDraft | null>(null)
  const live = ref<api.Preview | null>(null)
  const made = ref<api.Preview | null>(null)
  const done = ref<{ months: string[]; co2: string; tce: string | null; queued: boolean; restated: boolean; due: string } | null>(null)
  const queued = ref<queue.Queued[]>([])

  const organisation = computed(() => session.me?.active_organisation ?? '')
  const sheet = computed<sheets.Sheet | null>(() => open.value[month.value] ?? null)
  const grid = computed(() => grids.value[Number(month.value.slice(0, 4))] ?? null)
  /** A sum over a range is typed once, in the sheet of its first month. */
  const summing = computed(() => range.value?.mode === 'sum' && range.value.from !== range.value.to)
  const months = computed(() => {
    const r = range.value
    if (!r) return month.value ? [month.value] : []
    if (r.mode === 'sum') return [r.from]
    return (grid.value?.months ?? []).map((m) => m.month).filter((m) => m >= r.from && m <= r.to)
  })
  const key = (m: string) => `tx-month:${organisation.value}:${m}${summing.value ? ':sum' : ''}`
  const gridKey = (y: number) => `tx-year:${organisation.value}:${y}`

  async function year(y: number, fresh = false): Promise<api.Grid> {
    if (!fresh && grids.value[y]) return grids.value[y]!
    try {
      const found = await api.year(y)
      grids.value = { ...grids.value, [y]: found }
      uni.setStorageSync(gridKey(y), found)
      return found
    } catch (error) {
      const old = uni.getStorageSync(gridKey(y)) as api.Grid | ''
      if (old && asProblem(error).unanswered) { grids.value = { ...grids.value, [y]: old }; return old }
      throw error
    }
  }

  /** Opens a month; without one the newest that has ended. The server is asked anew unless it cannot be reached. */
  async function choose(wanted: string, fresh = true) {
    await settleNow()
    loading.value = true
    problem.value = null
    other.value = null
    live.value = null
    try {
      const m = wanted || sheets.previous(thisMonth())
      const now = await year(Number(m.slice(0, 4)), fresh)
      const before = m.endsWith('-01') ? await year(Number(m.slice(0, 4)) - 1).catch(() => null) : null
      month.value = m
      if (range.value && (m < range.value.from || m > range.value.to)) range.value = null
      const kept = (uni.getStorageSync(key(m)) || null) as sheets.Kept | null
      const unsent = kept && !kept.sent ? kept : null
      open.value = { ...open.value, [m]: sheets.open(now, m, before, summing.value ? kept : unsent) }
      savedAt.value = now.months.find((x) => x.month === m)?.draft?.saved_at ?? null
      saved.value = unsent ? 'local' : savedAt.value ? 'saved' : 'none'
      const head = now.months.find((x) => x.month === m)
      // typed without a network, and the month was submitted elsewhere meanwhile: both are shown, mine stays until a choice is made
      if (unsent?.filed !== undefined && head?.state === 'submitted' && head.version > unsent.filed) {
        other.value = { version: head.draft?.version ?? 0, savedAt: null, savedBy: '', body: sheets.filedBody(now, m), filed: head.version }
      } else if (unsent && !summing.value) touch(0)
      void reckon()
    } catch (error) { problem.value = asProblem(error) } finally { loading.value = false }
    queued.value = queue.waiting(organisation.value)
  }

  function setRange(r: { from: string; to: string; mode: 'each' | 'sum' } | null) {
    range.value = r && r.from === r.to ? null : r
    open.value = {}
  }

  // ---- keeping what is typed -----------------------------------------------------------------------------------------
  let timer: ReturnType<typeof setTimeout> | undefined
  let counting: ReturnType<typeof setTimeout> | undefined
  let saving: Promise<void> | null = null
  let dirty = false

  /** Something was typed: on the phone at once, on the server after a moment. */
  function touch(wait = WAIT) {
    const s = sheet.value
    if (!s) return
    dirty = true
    keepHere(s)
    clearTimeout(counting)
    counting = setTimeout(() => void reckon(), 500)
    if (summing.value) { saved.value = 'local'; return } // a sum has no month of its own on the server
    if (saved.value !== 'saving') saved.value = 'waiting'
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), wait)
  }

  const keepHere = (s: sheets.Sheet) => uni.setStorageSync(key(s.month), { body: sheets.body(s), base: s.draftVersion, at: Date.now(), sent: false, filed: s.typedOn } satisfies sheets.Kept)
  /** What the server now has of a month goes into the year held here: a month left and come back to shows it without asking anew. */
  function remember(m: string, body: api.DraftBody, version: number, savedAt: string | null) {
    const y = Number(m.slice(0, 4))
    const held = grids.value[y]
    if (!held) return
    const draft = { body: body as never, version, month: m, mine: true, saved_at: savedAt ?? '', saved_by: '' }
    const now = { ...held, months: held.months.map((x) => (x.month === m ? { ...x, draft } : x)) }
    grids.value = { ...grids.value, [y]: now }
    uni.setStorageSync(gridKey(y), now)
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    saving ??= save().finally(() => { saving = null })
    return saving
  }
  async function save() {
    const s = sheet.value
    if (!s || !dirty || other.value || summing.value || !session.can('filing.edit')) return
    dirty = false
    saved.value = 'saving'
    saveProblem.value = null
    const sent = sheets.body(s)
    try {
      const answer = await api.saveDraft(s.month, s.draftVersion, sent)
      s.draftVersion = answer.version
      savedAt.value = answer.saved_at
      saved.value = dirty ? 'waiting' : 'saved'
      remember(s.month, sent, answer.version, answer.saved_at)
      if (!dirty) uni.removeStorageSync(key(s.month))
      else {
        keepHere(s) // typed while it was being saved: it now stands on the new version
        timer = setTimeout(() => void flush(), WAIT)
      }
    } catch (error) {
      dirty = true
      const p = asProblem(error)
      const theirs = api.otherOf(p)
      if (theirs && same(theirs.body, sent)) { s.draftVersion = theirs.version; remember(s.month, sent, theirs.version, theirs.savedAt); uni.removeStorageSync(key(s.month)); other.value = null; dirty = false; saved.value = 'saved'; return }
      if (theirs) other.value = theirs
      saved.value = p.unanswered || theirs ? 'local' : 'failed'
      if (!p.unanswered && !theirs) saveProblem.value = p
    }
  }
  const same = (a: api.DraftBody, b: api.DraftBody) => JSON.stringify([a.values.filter((v) => v.amount), a.process, a.green]) === JSON.stringify([b.values.filter((v) => v.amount), b.process, b.green])
  async function settleNow() { if (dirty && !summing.value) await flush() }

  /** Message 7: mine goes on top of theirs, or theirs replaces mine; by my choice only. */
  async function keepMine() {
    const s = sheet.value
    if (!s || !other.value) return
    s.draftVersion = other.value.version
    s.typedOn = Math.max(s.typedOn, s.version, other.value.filed ?? 0)
    other.value = null
    dirty = true
    await flush()
  }
  function takeTheirs() {
    const s = sheet.value
    if (!s || !other.value) return
    const b = other.value.body
    for (const r of s.rows) { r.text = b.values.find((v) => v.item_id === r.item.id)?.amount ?? ''; r.bad = ''; r.reason = b.reasons[r.item.id] ?? '' }
    s.process = b.process.map((p) => ({ ...p }))
    s.green = b.green
    s.draftVersion = other.value.version
    s.typedOn = Math.max(s.typedOn, s.version, other.value.filed ?? 0)
    if (other.value.filed === null) remember(s.month, b, other.value.version, other.value.savedAt)
    other.value = null
    dirty = false
    saved.value = 'saved'
    uni.removeStorageSync(key(s.month))
    void reckon()
  }

  // ---- what it comes to --------------------------------------------------------------------------------------------
  let reckoned = 0
  /** The running sum: the server computes what is typed so far; blanks count 0 and are not shown. Silent when it cannot. */
  async function reckon() {
    const s = sheet.value
    const mine = ++reckoned
    if (!s || !s.rows.length || !s.rows.some((r) => r.text.trim())) { live.value = null; return }
    try {
      const found = await api.preview(sheets.wire([s], span(s.month), true))
      if (mine === reckoned) live.value = found
    } catch { if (mine === reckoned) live.value = null }
  }
  const span = (m: string) => (summing.value && range.value ? range.value : { from: m, to: m, mode: 'each' as const })
  const all = () => months.value.map((m) => open.value[m]).filter((s): s is sheets.Sheet => Boolean(s))

  /** Everything for the preview page; throws what the server refuses. */
  async function compute() {
    await settleNow()
    made.value = await api.preview(sheets.wire(all(), range.value ?? span(month.value)))
  }
  const questions = computed(() => (made.value?.questions ?? []).map((q) => ({ ...q, reason: reasonOf(q) })))
  const asked = computed(() => questions.value.filter((q) => !q.reason))
  function reasonOf(q: api.Question): string {
    const row = open.value[q.month]?.rows.find((r) => r.item.id === q.item_id) ?? sheet.value?.rows.find((r) => r.item.id === q.item_id)
    return row?.reason ?? answers.value[q.id] ?? ''
  }
  /** Reasons for questions that belong to no row (a process line). */
  const answers = ref<Record<string, string>>({})

  let once = ''
  async function send(o: { replace?: boolean; reason?: string } = {}): Promise<void> {
    const p = made.value
    if (!p) return
    const payload = {
      ...sheets.wire(all(), range.value ?? span(month.value)), fingerprint: p.fingerprint, replace: o.replace ?? false,
      answers: questions.value.filter((q) => q.reason).map((q) => ({ question_id: q.id, reason: q.reason })), ...(o.reason ? { reason: o.reason } : {}),
    }
    once ||= newKey()
    const touched = p.months.map((m) => m.month)
    const due = grid.value?.months.find((m) => m.month === touched[touched.length - 1])?.due_on ?? ''
    try {
      const answer = await api.submit(payload, once)
      once = ''
      forget(touched)
      done.value = { months: touched, co2: answer.co2_t, tce: answer.energy_tce.equivalent, queued: false, restated: answer.restated, due }
    } catch (error) {
      const refused = asProblem(error)
      if (!refused.unanswered) { once = ''; throw refused }
      queue.add({ key: once, organisation: organisation.value, at: Date.now(), title: touched.length > 1 ? `${monthName(touched[0]!)}至${monthName(touched[touched.length - 1]!)}` : monthName(touched[0]!), body: payload })
      once = ''
      queued.value = queue.waiting(organisation.value)
      done.value = { months: touched, co2: p.co2_t, tce: p.energy_tce.equivalent, queued: true, restated: false, due }
    }
  }
  function forget(touched: string[]) {
    for (const m of touched) { uni.removeStorageSync(`tx-month:${organisation.value}:${m}`); uni.removeStorageSync(`tx-month:${organisation.value}:${m}:sum`) }
    dirty = false
    saved.value = 'none'
    made.value = null
    live.value = null
    range.value = null
    answers.value = {}
    open.value = {}
    grids.value = {}
  }
  async function sendQueued() {
    if (!organisation.value || !queue.waiting(organisation.value).length) return
    const answered = await queue.flush(organisation.value)
    queued.value = queue.waiting(organisation.value)
    if (answered.length) { forget(answered.flatMap((a) => a.months.map((m) => m.month))); if (month.value) await choose(month.value) }
  }
  function dropQueued(id: string) { queue.drop(id); queued.value = queue.waiting(organisation.value) }
  onBackOnline(() => { void flush(); void reckon(); void sendQueued() })

  return {
    grids, grid, month, range, open, sheet, months, problem, loading, saved, savedAt, saveProblem, other, live, made, done, queued, summing, questions, asked, answers,
    year, choose, setRange, touch, flush, keepMine, takeTheirs, compute, send, sendQueued, dropQueued, all,
  }
})
