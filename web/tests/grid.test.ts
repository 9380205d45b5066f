import { describe, expect, it } from 'vitest'
import { Grid, keyOf, type GridCell } from '@/pages/filing/grid'

const months = ['2025-01', '2025-02', '2025-03']
function make(values: Record<string, string> = {}, locked: string[] = []) {
  const grid = new Grid()
  const rows = [{ id: 'gas', group: 'direct' as const }, { id: 'power', group: 'indirect' as const }, { id: 'p:1', group: 'process' as const, signed: true }]
  const cells: Record<string, GridCell> = {}
  for (const r of rows) for (const m of months) {
    const v = values[keyOf(r.id, m)] ?? ''
    cells[keyOf(r.id, m)] = { value: v, saved: v, submitted: null, editable: !locked.includes(m), bad: '', badMessage: '' }
  }
  grid.load(rows, months, cells)
  return grid
}
const press = (g: Grid, key: string, o: Partial<KeyboardEvent> = {}) => g.key({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, ...o } as KeyboardEvent)
const type = (g: Grid, text: string) => { press(g, text[0]!); g.state.editing!.text = text }

describe('keyboard', () => {
  it('moves by arrows and stops at the edge', () => {
    const g = make()
    press(g, 'ArrowUp'); press(g, 'ArrowLeft')
    expect(g.state.head).toEqual({ r: 0, c: 0 })
    for (let i = 0; i < 5; i++) press(g, 'ArrowRight')
    press(g, 'ArrowDown')
    expect(g.state.head).toEqual({ r: 1, c: 2 })
  })
  it('typing replaces, Enter keeps and goes down, Escape throws away', () => {
    const g = make({ [keyOf('gas', '2025-01')]: '3' })
    type(g, '12.5'); press(g, 'Enter')
    expect(g.state.cells[keyOf('gas', '2025-01')]!.value).toBe('12.5')
    expect(g.state.head.r).toBe(1)
    type(g, '9'); press(g, 'Escape')
    expect(g.state.cells[keyOf('power', '2025-01')]!.value).toBe('')
  })
  it('F2 edits what is there; Delete clears; Ctrl+Z brings back', () => {
    const g = make({ [keyOf('gas', '2025-01')]: '3' })
    press(g, 'F2')
    expect(g.state.editing!.text).toBe('3')
    press(g, 'Escape'); press(g, 'Delete')
    expect(g.current!.value).toBe('')
    press(g, 'z', { ctrlKey: true })
    expect(g.current!.value).toBe('3')
  })
  it('Tab runs to the next row and leaves the grid at its end', () => {
    const g = make()
    g.select(0, 2)
    expect(press(g, 'Tab')).toBe(true)
    expect(g.state.head).toEqual({ r: 1, c: 0 })
    g.select(2, 2)
    expect(press(g, 'Tab')).toBe(false)
  })
  it('does not open a cell that may not be filled', () => {
    const g = make({}, ['2025-01'])
    expect(press(g, '5')).toBe(false)
    expect(g.state.editing).toBeNull()
  })
})

describe('values', () => {
  it('keeps a text that is no number, marks it and does not take it', () => {
    const g = make({ [keyOf('gas', '2025-01')]: '3' })
    type(g, '1.2.3'); press(g, 'Enter')
    const cell = g.state.cells[keyOf('gas', '2025-01')]!
    expect([cell.value, cell.bad]).toEqual(['3', '1.2.3'])
    expect(g.bad()).toEqual([keyOf('gas', '2025-01')])
  })
  it('negative only on a process line', () => {
    const g = make()
    type(g, '-5'); press(g, 'Enter')
    expect(g.state.cells[keyOf('gas', '2025-01')]!.bad).toBe('-5')
    g.select(2, 0); type(g, '-5'); press(g, 'Enter')
    expect(g.state.cells[keyOf('p:1', '2025-01')]!.value).toBe('-5')
  })
  it('pastes a block, marks bad cells, keeps the rest, refuses locked months', () => {
    const g = make({}, ['2025-03'])
    g.paste('1,234.5\tx\t7\r\n2\t３\t8\r\n')
    expect(g.state.cells[keyOf('gas', '2025-01')]!.value).toBe('1234.5')
    expect(g.state.cells[keyOf('gas', '2025-02')]!.bad).toBe('x')
    expect(g.state.cells[keyOf('power', '2025-02')]!.value).toBe('3')
    expect(g.state.cells[keyOf('power', '2025-03')]!.value).toBe('')
    expect(g.state.pasteNote).toBe('已粘贴 3 格，1 格有误，已标出，2 格不可填写，未粘贴。')
    press(g, 'z', { ctrlKey: true })
    expect(g.state.cells[keyOf('gas', '2025-01')]!.value).toBe('')
  })
  it('one copied value fills the selection; copy gives what is seen', () => {
    const g = make()
    g.select(0, 0); g.select(1, 1, true)
    g.paste('4')
    expect(g.copy()).toBe('4\t4\n4\t4')
  })
  it('tells which months are unsaved and which differ from what was submitted', () => {
    const g = make()
    const seen: string[] = []
    g.onChange = (m) => seen.push(...m)
    type(g, '1'); press(g, 'Enter')
    expect([g.unsaved(), g.touched(), seen]).toEqual([['2025-01'], ['2025-01'], ['2025-01']])
    g.state.cells[keyOf('gas', '2025-01')]!.submitted = '1'
    expect(g.touched()).toEqual([])
  })
})
