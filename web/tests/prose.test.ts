import { describe, expect, it } from 'vitest'
import { address } from '@/api/notices'
import { difference, parse, spans } from '@/format/prose'

const plain = (text: string) => ({ text, strong: false, href: '' })

describe('public texts', () => {
  it('reads the small part of Markdown as the server does', () => {
    expect(parse('## 标题\n第一段，**重点**。\n\n- 甲\n- 乙\n1. 先\n2. 后\n### 小标题\n见 [帮助](/help/help)。')).toEqual([
      { kind: 'heading', level: 2, items: [[plain('标题')]] },
      { kind: 'paragraph', level: 0, items: [[plain('第一段，'), { text: '重点', strong: true, href: '' }, plain('。')]] },
      { kind: 'list', level: 0, items: [[plain('甲')], [plain('乙')]] },
      { kind: 'steps', level: 0, items: [[plain('先')], [plain('后')]] },
      { kind: 'heading', level: 3, items: [[plain('小标题')]] },
      { kind: 'paragraph', level: 0, items: [[plain('见 '), { text: '帮助', strong: false, href: '/help/help' }, plain('。')]] },
    ])
  })
  it('takes nothing as HTML and no address that could run', () => {
    expect(parse('<script>alert(1)</script>')).toEqual([{ kind: 'paragraph', level: 0, items: [[plain('<script>alert(1)</script>')]] }])
    for (const bad of ['javascript:alert', '//evil.example', '/\\evil.example', 'http://plain.example', 'data:text/html,x', '']) expect(spans(`[这里](${bad})`)).toEqual([plain('这里')])
    expect(spans('[站外](https://example.org/a)')).toEqual([{ text: '站外', strong: false, href: 'https://example.org/a' }])
  })
  it('shows what changed line by line', () => {
    expect(difference('甲\n乙\n丙', '甲\n丁\n丙\n戊')).toEqual([
      { mark: 'same', text: '甲' }, { mark: 'gone', text: '乙' }, { mark: 'new', text: '丁' }, { mark: 'same', text: '丙' }, { mark: 'new', text: '戊' },
    ])
    expect(difference('', '甲')).toEqual([{ mark: 'new', text: '甲' }])
    expect(difference('甲', '甲')).toEqual([{ mark: 'same', text: '甲' }])
  })
})

describe('links of messages', () => {
  it.each([
    ['/filing/2026?month=2026-10', '/filing?year=2026&month=2026-10'],
    ['/certificate', '/certificates'],
    ['/parameters', '/parameters'],
    ['/agent', '/agent'],
  ])('%s opens %s', (link, path) => { expect(address(link)).toBe(path) })
})
