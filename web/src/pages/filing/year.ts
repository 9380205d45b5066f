/**
 * One year of filing as it lives in the browser: the grid's cells, drafts that save themselves, the other browser's newer draft
 * beside mine (never overwritten by either), what is not saved yet kept on this machine.
 */
import { reactive } from 'vue'
import type { DraftBody, Green, Item, Month, OtherDraft, Process, Value, Year } from '@/api/filing'
import { asProblem, type Problem } from '@/api/problem'
import type { GreenShown } from '@/format/green'
import { Grid, keyOf, type GridCell } from './grid'

export interface DraftDoor {
  year(year: number): Promise<Year>
  saveDraft(month: string, version: number, body: DraftBody): Promise<{ version: number; savedAt: string }>
  /** the server's newer draft, when saving was refused for it */
  otherDraft(problem: Problem): OtherDraft | null
}
export interface ProcessLine { id: string; name: string }

export interface YearState {
  year: number
  years: number[]
  items: Item[]
  months: Record<string, Month>
  values: Record<string, Value>
  processes: ProcessLine[]
  notes: Record<string, string>
  green: Record<string, Green | null>
  greenStored: Record<string, GreenShown | null>
  reasons: Record<string, string>
  saved: 'none' | 'waiting' | 'saving' | 'saved' | 'failed'
  savedAt: string | null
  saveProblem: Problem | null
  others: Record<string, OtherDraft>
  restored: number
  lockedBy: string[]
}

const ended = (month: string, thisMonth: string) => month < thisMonth

export class FilingYear {
  readonly grid = new Grid()
  readonly state: YearState = reactive({
    year: 0, years: [], items: [], months: {}, values: {}, processes: [], notes: {}, green: {}, greenStored: {}, reasons: {}, saved: 'none', savedAt: null, saveProblem: null, others: {}, restored: 0, lockedBy: [],
  })
  private dirty = new Set<string>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private saving: Promise<void> | null = null
  private fresh = 0

  constructor(private door: DraftDoor, private storeKey: string, private thisMonth: string, private editable: boolean, private wait = 900, private restate = false) {
    this.grid.onChange = (months) => this.changed(months)
  }

  async load(year: number) {
    const wire = await this.door.year(year)
    const s = this.state
    s.year = wire.year
    s.years = wire.years
    s.lockedBy = wire.lockedBy
    s.items = wire.items
    s.months = Object.fromEntries(wire.months.map((m) => [m.month, m]))
    s.values = Object.fromEntries(wire.values.map((v) => [keyOf(v.item, v.month), v]))
    s.green = { ...wire.green }
    s.greenStored = wire.greenStored
    s.others = {}
    s.notes = {}
    s.reasons = Object.fromEntries(wire.values.filter((v) => v.reason).map((v) => [keyOf(v.item, v.month), v.reason!]))
    s.restored = 0
    this.dirty.clear()
    const last = wire.months.map((m) => m.savedAt).filter(Boolean).sort().at(-1) ?? null
    s.savedAt = last
    s.saved = last ? 'saved' : 'none'
    const names = [...new Set(Object.values(wire.process).flat().map((p) => p.name))]
    s.processes = names.map((name) => ({ id: `p:${name}`, name }))
    const months = wire.months.map((m) => m.month)
    const rows = [...s.items.map((i) => ({ id: i.id, group: i.group, decimals: i.decimals })), ...s.processes.map((p) => ({ id: p.id, group: 'process' as const, signed: true }))]
    const cells: Record<string, GridCell> = {}
    for (const m of wire.months) {
      for (const i of s.items) cells[keyOf(i.id, m.month)] = this.itemCell(i, m)
      for (const p of s.processes) {
        const line = wire.process[m.month]?.find((x) => x.name === p.name)
        if (line?.note) s.notes[keyOf(p.id, m.month)] = line.note
        cells[keyOf(p.id, m.month)] = { value: line?.co2 ?? '', saved: line?.co2 ?? '', submitted: m.state === 'submitted' ? line?.co2 ?? null : null, editable: this.mayEdit(m), bad: '', badMessage: '' }
      }
    }
    this.grid.load(rows, months, cells)
    this.restore()
  }

  mayEdit(m: Month): boolean { return this.editable && (!m.locked || (this.restate && this.state.lockedBy.every((x) => x === 'certificate'))) && m.month <= this.thisMonth && m.state !== 'not_due' }

  private itemCell(i: Item, m: Month): GridCell {
    const v = this.state.values[keyOf(i.id, m.month)]
    const inForce = i.firstMonth <= m.month && (!i.lastMonth || m.month <= i.lastMonth)
    const shown = v?.draft ?? v?.submitted ?? ''
    return { value: shown, saved: shown, submitted: v?.submitted ?? null, editable: inForce && this.mayEdit(m), bad: '', badMessage: '' }
  }

  // ---- process lines -----------------------------------------------------------------------------------------
  addProcess(name = '') {
    const line = { id: `p:+${++this.fresh}`, name }
    this.state.processes.push(line)
    this.grid.addRow({ id: line.id, group: 'process', signed: true }, (m) => ({ value: '', saved: '', submitted: null, editable: this.mayEdit(this.state.months[m]!), bad: '', badMessage: '' }))
    return line
  }
  renameProcess(id: string, name: string) {
    const line = this.state.processes.find((p) => p.id === id)
    if (!line) return
    line.name = name
    this.changed(new Set(this.grid.state.months.filter((m) => this.grid.state.cells[keyOf(id, m)]?.value)))
  }
  setNote(id: string, month: string, note: string) { this.state.notes[keyOf(id, month)] = note; this.changed(new Set([month])) }
  setGreen(month: string, green: Green | null) { this.state.green[month] = green; this.changed(new Set([month])) }
  setReason(item: string, month: string, reason: string) { this.state.reasons[keyOf(item, month)] = reason; this.changed(new Set([month])) }

  // ---- what a month holds ------------------------------------------------------------------------------------
  linesOf(month: string) {
    return this.state.items
      .filter((i) => i.firstMonth <= month && (!i.lastMonth || month <= i.lastMonth))
      .map((i) => ({ item: i, value: this.grid.state.cells[keyOf(i.id, month)]?.value ?? '' }))
  }
  missing(month: string): Item[] { return this.linesOf(month).filter((l) => l.value === '').map((l) => l.item) }
  processOf(month: string): Process[] {
    return this.state.processes
      .map((p) => ({ name: p.name.trim(), co2: this.grid.state.cells[keyOf(p.id, month)]?.value ?? '', note: this.state.notes[keyOf(p.id, month)] ?? '' }))
      .filter((p) => p.co2 !== '')
  }
  body(month: string): DraftBody {
    const reasons = Object.fromEntries(Object.entries(this.state.reasons).filter(([k]) => k.endsWith(`|${month}`)).map(([k, v]) => [k.slice(0, k.lastIndexOf('|')), v]))
    return { values: this.linesOf(month).map((l) => ({ item_id: l.item.id, amount: l.value === '' ? null : l.value })), process: this.processOf(month), green: this.state.green[month] ?? null, reasons }
  }
  hasEnded(month: string) { return ended(month, this.thisMonth) }

  // ---- saving ------------------------------------------------------------------------------------------------
  private changed(months: Set<string>) {
    if (!months.size) return
    for (const m of months) this.dirty.add(m)
    this.keepLocal()
    this.state.saved = 'waiting'
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.flush(), this.wait)
  }

  /** Saves all changed months now; a failed one stays dirty and is tried again. */
  async flush(): Promise<void> {
    clearTimeout(this.timer)
    while (this.saving) await this.saving
    const months = [...this.dirty].filter((m) => !this.state.others[m]).sort()
    if (!months.length) { if (this.state.saved === 'waiting') this.state.saved = Object.keys(this.state.others).length ? 'failed' : this.state.savedAt ? 'saved' : 'none'; return }
    this.saving = this.saveMonths(months).finally(() => { this.saving = null })
    await this.saving
  }

  private async saveMonths(months: string[]) {
    const s = this.state
    s.saved = 'saving'
    s.saveProblem = null
    let failed = false
    for (const month of months) {
      const sent = this.body(month)
      this.dirty.delete(month)
      try {
        const m = s.months[month]!
        const done = await this.door.saveDraft(month, m.draftVersion, sent)
        m.draftVersion = done.version
        m.savedAt = done.savedAt
        s.savedAt = done.savedAt
        if (m.state === 'open' || m.state === 'missing') m.state = 'draft'
        for (const v of sent.values) { const c = this.grid.state.cells[keyOf(v.item_id, month)]; if (c) c.saved = v.amount ?? '' }
        for (const p of s.processes) { const c = this.grid.state.cells[keyOf(p.id, month)]; if (c) c.saved = sent.process.find((x) => x.name === p.name.trim())?.co2 ?? '' }
      } catch (error) {
        failed = true
        this.dirty.add(month)
        const problem = asProblem(error)
        const other = problem.status === 409 ? this.door.otherDraft(problem) : null
        if (other) s.others[month] = other
        else s.saveProblem = problem
      }
    }
    s.saved = failed ? 'failed' : this.dirty.size ? 'waiting' : 'saved'
    this.keepLocal()
    const again = [...this.dirty].some((m) => !s.others[m])
    if (again) this.timer = setTimeout(() => void this.flush(), failed ? 10_000 : this.wait)
  }

  /** Two browsers on one draft: mine goes on top of theirs, or theirs replaces mine; either way by my choice. */
  async settle(month: string, keep: 'mine' | 'theirs') {
    const other = this.state.others[month]
    if (!other) return
    delete this.state.others[month]
    this.state.months[month]!.draftVersion = other.version
    if (keep === 'mine') { this.dirty.add(month); await this.flush(); return }
    for (const v of other.body.values) { const c = this.grid.state.cells[keyOf(v.item_id, month)]; if (c) { c.value = c.saved = v.amount ?? ''; c.bad = '' } }
    for (const p of other.body.process) {
      const line = this.state.processes.find((x) => x.name === p.name) ?? this.addProcess(p.name)
      const c = this.grid.state.cells[keyOf(line.id, month)]
      if (c) c.value = c.saved = p.co2
      if (p.note) this.state.notes[keyOf(line.id, month)] = p.note
    }
    this.state.green[month] = other.body.green
    this.dirty.delete(month)
    this.state.savedAt = other.savedAt
    this.state.saved = this.dirty.size ? 'waiting' : 'saved'
    this.keepLocal()
  }

  /** The server forgot the draft (submitted or withdrawn): what is shown is what is filed. */
  forget(month: string) { this.dirty.delete(month); delete this.state.others[month]; this.keepLocal() }

  private get key() { return `${this.storeKey}:${this.state.year}` }
  private keepLocal() {
    const open: Record<string, string> = {}
    for (const m of this.dirty) for (const r of this.grid.state.rows) {
      if (r.id.startsWith('p:')) continue
      const c = this.grid.state.cells[keyOf(r.id, m)]
      if (c && c.value !== c.saved) open[keyOf(r.id, m)] = c.value
    }
    try {
      if (Object.keys(open).length) localStorage.setItem(this.key, JSON.stringify(open))
      else localStorage.removeItem(this.key)
    } catch { /* a full or forbidden store: the server draft remains */ }
  }
  private restore() {
    let kept: Record<string, string> = {}
    try { kept = JSON.parse(localStorage.getItem(this.key) ?? '{}') as Record<string, string> } catch { kept = {} }
    const months = new Set<string>()
    for (const [k, v] of Object.entries(kept)) {
      const c = this.grid.state.cells[k]
      if (c?.editable && c.value !== v) { c.value = v; months.add(k.slice(k.lastIndexOf('|') + 1)); this.state.restored++ }
    }
    if (months.size) this.changed(months)
  }

  stop() { clearTimeout(this.timer); void this.flush() }
}
