import { describe, expect, it } from 'vitest'
import { big, change, difference, number, percent, plain, round, sum } from '@/format/number'
import { normalise, parseBlock } from '@/format/entry'
import * as time from '@/format/time'

describe('numbers', () => {
  it('subtracts as typed, exactly', () => {
    expect(difference('44.34', '1.5')).toBe('−42.84')
    expect(difference('0.1', '0.3')).toBe('+0.2')
    expect(difference('1,047.64', '2,100')).toBe('+1,052.36')
    expect(difference('−2', '1')).toBe('+3')
    expect(difference('100', '200')).toBe('+100')
    expect(difference('—', '3')).toBeNull()
  })
  it('rounds decimal strings half up without floats', () => {
    expect(round('1.005', 2)).toBe('1.01')
    expect(round('-0.004', 2)).toBe('0.00')
    expect(round('-2.345', 2)).toBe('-2.35')
    expect(round('999999999999.999999', 2)).toBe('1000000000000.00')
  })
  it('writes thousands, the true minus and the dash', () => {
    expect(number('4012.355')).toBe('4,012.36')
    expect(number('-5.1')).toBe('−5.10')
    expect(number(null)).toBe('—')
    expect(number('0.4387', 4)).toBe('0.4387')
    expect(plain('1234.500000')).toBe('1,234.5')
    expect(plain('0')).toBe('0')
  })
  it('says 万 from a hundred thousand on', () => {
    expect(big('124100')).toEqual({ text: '12.41', wan: true })
    expect(big('99999.994')).toEqual({ text: '99,999.99', wan: false })
    expect(big('1234567.8')).toEqual({ text: '123.46', wan: true })
  })
  it('percent and change', () => {
    expect(percent('68.42')).toBe('68.42%')
    expect(change('-8.456')).toBe('−8.46%')
    expect(change('2.24')).toBe('+2.24%')
    expect(change('0')).toBe('0.00%')
  })
  it('sums exactly', () => {
    expect(sum(['0.1', '0.2', null, ''])).toBe('0.3')
    expect(sum(['-1', '0.25'])).toBe('-0.75')
    expect(sum([])).toBe('0')
  })
})

describe('entries', () => {
  const value = (s: string, neg = false) => { const e = normalise(s, neg); return e.ok ? e.value : e.message }
  it('takes what people type', () => {
    expect(value(' １,２３４．５０ ')).toBe('1234.50')
    expect(value('0')).toBe('0')
    expect(value('007')).toBe('7')
    expect(value('.5')).toBe('0.5')
    expect(value('12。5')).toBe('12.5')
    expect(value('')).toBe('')
    expect(value('−3', true)).toBe('-3')
  })
  it('says what is wrong', () => {
    expect(value('1e5')).toContain('不是数字')
    expect(value('NaN')).toContain('不是数字')
    expect(value('1_000')).toContain('不是数字')
    expect(value('1,23')).toContain('不是数字')
    expect(value('-3')).toContain('不能是负数')
    expect(value('1.1234567')).toContain('6 位小数')
    expect(value('1234567890123')).toContain('12 位')
  })
  it('keeps to the decimals of the template item; zeros behind the last digit do not count', () => {
    const at = (s: string, places: number) => { const e = normalise(s, false, places); return e.ok ? e.value : e.message }
    expect(at('12.340', 2)).toBe('12.340')
    expect(at('12.345', 2)).toBe('这一项最多 2 位小数，请四舍五入后填写。')
    expect(at('12.0', 0)).toBe('12.0')
    expect(at('12.5', 0)).toBe('这一项只填整数，请四舍五入后填写。')
  })
  it('reads a spreadsheet block', () => {
    expect(parseBlock('a\tb\r\nc\t"d ""x""\ny"\r\n')).toEqual([['a', 'b'], ['c', 'd "x"\ny']])
    expect(parseBlock('1')).toEqual([['1']])
  })
})

describe('times', () => {
  it('is Beijing, whatever the machine', () => {
    expect(time.moment('2026-11-08T01:41:00Z')).toBe('2026-11-08 09:41')
    expect(time.date('2026-10-31T16:00:00Z')).toBe('2026-11-01')
    expect(time.monthName('2026-10')).toBe('2026年10月')
    expect(time.ago('2026-11-08T01:38:00Z', new Date('2026-11-08T01:41:00Z'))).toBe('3 分钟前')
    expect(time.daysUntil('2026-11-15', new Date('2026-11-08T01:00:00Z'))).toBe(7)
  })
})

describe('units', () => {
  it('spells the engine\'s symbols as people do', async () => {
    const { unitName } = await import('@/format/unit')
    expect(['10^4 Nm3', '10^4 kWh', 't', 'GJ', 'kgCO2/kWh', 'GJ/10^4Nm3', 'tCO2/10^4Nm3'].map(unitName)).toEqual(['万m³', '万kWh', 't', 'GJ', 'kgCO2/kWh', 'GJ/万m³', 'tCO2/万m³'])
  })
})
