import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { onBackOnline } from '@/api/connection'
import { asProblem, type Problem } from '@/api/problem'
import * as api from '@/api/water'
import { useSession } from '@/stores/session'
import type { Saved } from '@/stores/filing'
import * as sheets from '@/water/sheet'

const WAIT = 900
interface Kept { sheet: sheets.Sheet; at: number }

/** The water year being typed: kept on the phone at every key, on the server a moment later; an unreadable field holds the sending back. */
export const useWater = defineStore('water', () => {
  const session = useSession()
  const sheet = ref<sheets.Sheet | null>(null)
  const found = shallowRef<api.Year | null>(null)
  const saved = ref<Saved>('none')
  const savedAt = ref<string | null>(null)
  const problem = ref<Problem | null>(null)
  const saveProblem = ref<Problem | null>(null)
  const loading = ref(false)
  const wrong = ref<Record<string, string>>({})
  /** The year as somebody else saved it meanwhile: chosen by hand, never written over. */
  const other = shallowRef<api.Year | null>(null)
  /** The firm the sheet was opened for: after a switch it waits on the phone under its own firm and is never sent for another. */
  let owner = ''
  const key = (y: number) => `tx-water:${owner}:${y}`
  const mine = () => owner === (session.me?.active_organisation ?? '')
  const may = computed(() => session.can('water.edit'))
  const missing = computed(() => found.value?.missing ?? [])

  let dirty = false
  async function choose(y: number) {
    await flush()
    if (!mine()) { dirty = false; sheet.value = null; found.value = null; owner = session.me?.active_organisation ?? '' }
    loading.value = true
    problem.value = saveProblem.value = other.value = null
    wrong.value = {}
    try {
      const now = await api.year(y)
      found.value = now
      const served = sheets.open(now)
      const kept = (uni.getStorageSync(key(y)) || null) as Kept | null
      if (kept && sheets.same(kept.sheet, served)) uni.removeStorageSync(key(y))
      const unsent = kept && !sheets.same(kept.sheet, served) ? kept.sheet : null
      sheet.value = unsent ?? served
      savedAt.value = now.saved_at ?? null
      saved.value = unsent ? 'local' : savedAt.value ? 'saved' : 'none'
      if (unsent) touch(0)
    } catch (e) {
      const kept = (uni.getStorageSync(key(y)) || null) as Kept | null
      const p = asProblem(e)
      if (kept && p.unanswered) { sheet.value = kept.sheet; found.value = null; saved.value = 'local' } else { problem.value = p; if (sheet.value?.year !== y) sheet.value = null }
    } finally { loading.value = false }
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  let saving: Promise<void> | null = null
  /** Something was typed. */
  function touch(wait = WAIT) {
    const s = sheet.value
    if (!s || !may.value || !mine()) return
    dirty = true
    uni.setStorageSync(key(s.year), { sheet: s, at: Date.now() } satisfies Kept)
    if (saved.value !== 'saving') saved.value = 'waiting'
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), wait)
  }
  function flush(): Promise<void> {
    clearTimeout(timer)
    saving ??= save().finally(() => { saving = null })
    return saving
  }
  async function save() {
    const s = sheet.value
    if (!s || !dirty || other.value || !may.value || !mine()) return
    const { body, bad } = sheets.wire(s)
    wrong.value = bad
    if (Object.keys(bad).length) { saved.value = 'local'; return }
    dirty = false
    saved.value = 'saving'
    saveProblem.value = null
    try {
      const now = await api.save(s.year, body)
      found.value = now
      s.version = now.version
      savedAt.value = now.saved_at ?? null
      if (dirty) { uni.setStorageSync(key(s.year), { sheet: s, at: Date.now() } satisfies Kept); saved.value = 'waiting'; timer = setTimeout(() => void flush(), WAIT) } else { uni.removeStorageSync(key(s.year)); saved.value = 'saved' }
    } catch (e) {
      dirty = true
      const p = asProblem(e)
      saved.value = 'local'
      if (api.theirs(p) !== null) { try { other.value = await api.year(s.year) } catch { saveProblem.value = p } return }
      for (const f of p.errors) wrong.value = { ...wrong.value, [f.path]: f.message }
      if (!p.unanswered) { saved.value = 'failed'; saveProblem.value = p }
    }
  }
  /** Mine goes on top of theirs, or theirs replaces mine (message 7). */
  async function keepMine() {
    if (!sheet.value || !other.value) return
    sheet.value.version = other.value.version
    other.value = null
    dirty = true
    await flush()
  }
  function takeTheirs() {
    if (!other.value) return
    found.value = other.value
    sheet.value = sheets.open(other.value)
    savedAt.value = other.value.saved_at ?? null
    uni.removeStorageSync(key(other.value.year))
    other.value = null
    dirty = false
    saved.value = 'saved'
  }
  onBackOnline(() => { if (dirty) void flush() })
  return { sheet, found, saved, savedAt, problem, saveProblem, loading, wrong, other, may, missing, choose, touch, flush, keepMine, takeTheirs }
})
