/** The small part of Markdown that public texts are written in, as the server reads it (knowledge/blocks.py): no HTML ever passes. */
import type { components } from '@/generated/schema'

export type Span = components['schemas']['Span']
export type Block = components['schemas']['Block']

const ADDRESS = /^(?:https:\/\/[^\s<>"'\\]+|\/(?![/\\])[^\s<>"'\\]*|tel:[0-9+-]{3,20})$/

export function spans(line: string): Span[] {
  const found: Span[] = []
  const inline = /\*\*([^*\n]+)\*\*|\[([^\]\n]+)\]\(([^)\s]*)\)/g
  let at = 0
  for (let hit = inline.exec(line); hit; hit = inline.exec(line)) {
    if (hit.index > at) found.push({ text: line.slice(at, hit.index), strong: false, href: '' })
    if (hit[1] !== undefined) found.push({ text: hit[1], strong: true, href: '' })
    else found.push({ text: hit[2]!, strong: false, href: ADDRESS.test(hit[3]!) ? hit[3]! : '' })
    at = hit.index + hit[0].length
  }
  if (at < line.length) found.push({ text: line.slice(at), strong: false, href: '' })
  return found
}

export function parse(text: string): Block[] {
  const blocks: Block[] = []
  let kind = ''
  for (const line of text.split(/\r\n|\r|\n/).map((l) => l.trim())) {
    const heading = /^(#{1,6})\s+(.*)$/.exec(line)
    const item = /^[-*]\s+(.*)$/.exec(line)
    const step = /^\d{1,3}[.、]\s*(.*)$/.exec(line)
    if (heading) { kind = ''; blocks.push({ kind: 'heading', level: heading[1]!.length <= 2 ? 2 : 3, items: [spans(heading[2]!)] }) } else if (item || step) {
      const wanted = item ? 'list' : 'steps'
      if (kind !== wanted) blocks.push({ kind: wanted, level: 0, items: [] })
      kind = wanted
      blocks[blocks.length - 1]!.items.push(spans((item ?? step)![1]!))
    } else { kind = ''; if (line) blocks.push({ kind: 'paragraph', level: 0, items: [spans(line)] }) }
  }
  return blocks
}

export interface DiffLine { mark: 'same' | 'gone' | 'new'; text: string }
/** What changed line by line (longest common subsequence); long equal stretches are left to the reader's component. */
export function difference(before: string, after: string): DiffLine[] {
  const a = before ? before.split('\n') : []
  const b = after ? after.split('\n') : []
  const n = a.length
  const m = b.length
  const length = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1))
  for (let i = n - 1; i >= 0; i--) for (let j = m - 1; j >= 0; j--) length[i]![j] = a[i] === b[j] ? length[i + 1]![j + 1]! + 1 : Math.max(length[i + 1]![j]!, length[i]![j + 1]!)
  const found: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < n || j < m) {
    if (i < n && j < m && a[i] === b[j]) { found.push({ mark: 'same', text: a[i]! }); i++; j++ } else if (i < n && (j >= m || length[i + 1]![j]! >= length[i]![j + 1]!)) { found.push({ mark: 'gone', text: a[i]! }); i++ } else { found.push({ mark: 'new', text: b[j]! }); j++ }
  }
  return found
}
