import { describe, expect, it } from 'vitest'
import { diffOf } from '@/api/filing'

const row = (before: string | null, after: string | null, difference: string | null, pct: string | null) => ({ field: 'value_added', name: '工业增加值', unit: '万元', before, after, difference, pct })

describe('the difference of a restatement (GN12)', () => {
  it('says by how much and how many percent, with a sign', () => {
    expect(diffOf([row('3200.0000', '2900.0000', '-300.0000', '-9.38')])[0]).toMatchObject({ before: '3,200', after: '2,900' })
    expect(diffOf([row('3200.0000', '2900.0000', '-300.0000', '-9.38')])[0]!.delta).toMatch(/^[-−]300（[-−]9\.38%）$/)
    expect(diffOf([row('3200.0000', '13000.0000', '9800.0000', '306.25')])[0]!.delta).toBe('+9,800（+306.25%）')
    expect(diffOf([row('0.0000', '5.0000', '5.0000', null)])[0]!.delta).toBe('+5')
  })
  it('says what did not change and what was empty', () => {
    expect(diffOf([row('12.0000', '12.0000', '0.0000', '0.00')])[0]!.delta).toBe('无变化')
    expect(diffOf([row(null, null, null, null)])[0]).toMatchObject({ before: '—', after: '—', delta: '无变化' })
    expect(diffOf([row('5.0000', null, null, null)])[0]!.delta).toBe('—')
  })
})
