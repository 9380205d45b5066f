/**
 * The month grid without its looks: cells, selection, editing, clipboard, undo. Knows no server and no DOM but the key event.
 * A row is a template item or a process line, a column a month; a cell holds what the person sees as decimal text.
 */
import { reactive } from 'vue'
import { formatBlock, normalise, parseBlock } from '@/format/entry'

export interface GridRow { id: string; group: 'direct' | 'indirect' | 'process'; signed?: boolean; decimals?: number }
export interface GridCell {
  value: string
  /** what the server holds as draft (or, without one, as submitted); differs = still to be saved */
  saved: string
  submitted: string | null
  editable: boolean
  /** typed text that is not a number; kept so that nothing is lost */
  bad: string
  badMessage: string
}
export interface Place { r: number; c: number }
export interface Change { key: string; before: string; after: string }

export const keyOf = (row: string, month: string) => `${row}|${month}`

export interface GridState {
  rows: GridRow[]
  months: string[]
  cells: Record<string, GridCell>
  anchor: Place
  head: Place
  editing: { key: string; text: string } | null
  undo: Change[][]
  pasteNote: string
}

export class Grid {
  readonly state: GridState = reactive({ rows: [], months: [], cells: {}, anchor: { r: 0, c: 0 }, head: { r: 0, c: 0 }, editing: null, undo: [], pasteNote: '' })
  /** told after each change of values */
  onChange: (months: Set<string>) => void = () => {}

  load(rows: GridRow[], months: string[], cells: Record<string, GridCell>) {
    const s = this.state
    s.rows = rows
    s.months = months
    s.cells = cells
    s.editing = null
    s.undo = []
    s.pasteNote = ''
    s.anchor = s.head = { r: Math.min(s.head.r, Math.max(0, rows.length - 1)), c: Math.min(s.head.c, months.length - 1) }
  }

  addRow(row: GridRow, cells: (month: string) => GridCell) {
    this.state.rows.push(row)
    for (const m of this.state.months) this.state.cells[keyOf(row.id, m)] = cells(m)
  }

  removeRow(id: string) {
    this.state.rows = this.state.rows.filter((r) => r.id !== id)
    for (const m of this.state.months) delete this.state.cells[keyOf(id, m)]
  }

  keyAt(p: Place): string {
    return keyOf(this.state.rows[p.r]?.id ?? '', this.state.months[p.c] ?? '')
  }

  get current(): GridCell | undefined { return this.state.cells[this.keyAt(this.state.head)] }

  block(): { top: number; bottom: number; left: number; right: number } {
    const { anchor: a, head: h } = this.state
    return { top: Math.min(a.r, h.r), bottom: Math.max(a.r, h.r), left: Math.min(a.c, h.c), right: Math.max(a.c, h.c) }
  }

  isSelected(r: number, c: number): boolean {
    const b = this.block()
    return r >= b.top && r <= b.bottom && c >= b.left && c <= b.right
  }

  select(r: number, c: number, extend = false) {
    const s = this.state
    if (!s.rows.length) return
    s.head = { r: Math.max(0, Math.min(s.rows.length - 1, r)), c: Math.max(0, Math.min(s.months.length - 1, c)) }
    if (!extend) s.anchor = { ...s.head }
  }

  move(dr: number, dc: number, extend = false) { this.select(this.state.head.r + dr, this.state.head.c + dc, extend) }

  /** Tab goes on to the next row at the end of a row. False = at the edge of the grid: let the browser move the focus out. */
  tab(back: boolean): boolean {
    const { head, rows, months } = this.state
    const at = head.r * months.length + head.c + (back ? -1 : 1)
    if (at < 0 || at >= rows.length * months.length) return false
    this.select(Math.floor(at / months.length), at % months.length)
    return true
  }

  begin(text?: string): boolean {
    const cell = this.current
    if (!cell?.editable) return false
    this.state.editing = { key: this.keyAt(this.state.head), text: text ?? (cell.bad || cell.value) }
    return true
  }

  cancel() { this.state.editing = null }

  /** Ends editing and keeps what was typed, also when it is no number. */
  commit() {
    const e = this.state.editing
    if (!e) return
    this.state.editing = null
    this.write([[e.key, e.text]])
  }

  /** Writes texts as typed; bad ones are marked and kept beside, the rest is taken. */
  write(entries: [string, string][]): { taken: number; bad: number; refused: number } {
    const changes: Change[] = []
    let bad = 0
    let refused = 0
    for (const [key, raw] of entries) {
      const cell = this.state.cells[key]
      if (!cell?.editable) { if (raw.trim() !== '') refused++; continue }
      const row = this.state.rows.find((r) => key.startsWith(`${r.id}|`))
      const entry = normalise(raw, row?.signed, row?.decimals)
      if (!entry.ok) { cell.bad = raw; cell.badMessage = entry.message; bad++; continue }
      cell.bad = cell.badMessage = ''
      if (entry.value !== cell.value) { changes.push({ key, before: cell.value, after: entry.value }); cell.value = entry.value }
    }
    if (changes.length) { this.state.undo.push(changes); if (this.state.undo.length > 100) this.state.undo.shift(); this.tell(changes) }
    return { taken: changes.length, bad, refused }
  }

  clear() {
    const b = this.block()
    const entries: [string, string][] = []
    for (let r = b.top; r <= b.bottom; r++) for (let c = b.left; c <= b.right; c++) entries.push([this.keyAt({ r, c }), ''])
    this.write(entries)
  }

  copy(): string {
    const b = this.block()
    const rows: string[][] = []
    for (let r = b.top; r <= b.bottom; r++) {
      const row: string[] = []
      for (let c = b.left; c <= b.right; c++) { const cell = this.state.cells[this.keyAt({ r, c })]; row.push(cell?.bad || cell?.value || '') }
      rows.push(row)
    }
    return formatBlock(rows)
  }

  /** A copied block lands with its top left at the selection; one value fills the whole selection. */
  paste(clip: string) {
    const rows = parseBlock(clip)
    if (!rows.length) return
    const b = this.block()
    const entries: [string, string][] = []
    let outside = 0
    if (rows.length === 1 && rows[0]!.length === 1) {
      for (let r = b.top; r <= b.bottom; r++) for (let c = b.left; c <= b.right; c++) entries.push([this.keyAt({ r, c }), rows[0]![0]!])
    } else {
      rows.forEach((row, i) => row.forEach((text, j) => {
        const at = { r: b.top + i, c: b.left + j }
        if (at.r >= this.state.rows.length || at.c >= this.state.months.length) { if (text.trim()) outside++; return }
        entries.push([this.keyAt(at), text])
      }))
      this.state.anchor = { r: b.top, c: b.left }
      this.state.head = { r: Math.min(this.state.rows.length - 1, b.top + rows.length - 1), c: Math.min(this.state.months.length - 1, b.left + Math.max(...rows.map((r) => r.length)) - 1) }
    }
    const done = this.write(entries)
    const lost = done.refused + outside
    this.state.pasteNote = [`已粘贴 ${done.taken} 格`, done.bad ? `${done.bad} 格有误，已标出` : '', lost ? `${lost} 格不可填写，未粘贴` : ''].filter(Boolean).join('，') + '。'
  }

  undo() {
    const changes = this.state.undo.pop()
    if (!changes) return
    for (const c of changes) { const cell = this.state.cells[c.key]; if (cell) cell.value = c.before }
    this.tell(changes)
  }

  /** Months whose shown values the server does not hold yet. */
  unsaved(): string[] {
    return this.state.months.filter((m) => this.state.rows.some((r) => { const c = this.state.cells[keyOf(r.id, m)]; return c && c.value !== c.saved }))
  }

  /** Months with something to submit: a value that is not the submitted one. */
  touched(): string[] {
    return this.state.months.filter((m) => this.state.rows.some((r) => { const c = this.state.cells[keyOf(r.id, m)]; return c?.editable && c.value !== (c.submitted ?? '') }))
  }

  bad(): string[] { return Object.entries(this.state.cells).filter(([, c]) => c.bad).map(([k]) => k) }

  private tell(changes: Change[]) { this.onChange(new Set(changes.map((c) => c.key.slice(c.key.lastIndexOf('|') + 1)))) }

  /** One key on the grid. True = it was ours. Copy and paste come as clipboard events, not here. */
  key(e: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey' | 'isComposing'>): boolean {
    const mod = e.ctrlKey || e.metaKey
    if (e.isComposing) return false
    if (this.state.editing) {
      switch (e.key) {
        case 'Enter': this.commit(); this.move(e.shiftKey ? -1 : 1, 0); return true
        case 'Tab': this.commit(); return this.tab(e.shiftKey)
        case 'Escape': this.cancel(); return true
        case 'ArrowUp': this.commit(); this.move(-1, 0); return true
        case 'ArrowDown': this.commit(); this.move(1, 0); return true
        default: return false
      }
    }
    if (mod && e.key.toLowerCase() === 'z') { this.undo(); return true }
    if (mod && e.key.toLowerCase() === 'a') { this.state.anchor = { r: 0, c: 0 }; this.state.head = { r: this.state.rows.length - 1, c: this.state.months.length - 1 }; return true }
    if (mod || e.altKey) return false
    switch (e.key) {
      case 'ArrowUp': this.move(-1, 0, e.shiftKey); return true
      case 'ArrowDown': this.move(1, 0, e.shiftKey); return true
      case 'ArrowLeft': this.move(0, -1, e.shiftKey); return true
      case 'ArrowRight': this.move(0, 1, e.shiftKey); return true
      case 'Home': this.select(this.state.head.r, 0, e.shiftKey); return true
      case 'End': this.select(this.state.head.r, this.state.months.length - 1, e.shiftKey); return true
      case 'Tab': return this.tab(e.shiftKey)
      case 'Enter': this.move(e.shiftKey ? -1 : 1, 0); return true
      case 'F2': return this.begin()
      case 'Delete': case 'Backspace': this.clear(); return true
      default:
        if (e.key.length === 1 && /[0-9.,\-+０-９．－，]/.test(e.key)) return this.begin(e.key)
        return false
    }
  }
}
