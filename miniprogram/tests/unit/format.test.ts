import { describe, expect, it } from 'vitest'
import { change, number, percent, plain, round, sum } from '@/format/number'
import * as time from '@/format/time'

describe('numbers', () => {
  it.each([['1.005', 2, '1.01'], ['-0.004', 2, '0.00'], ['-2.345', 2, '-2.35'], ['999999999999.999999', 2, '1000000000000.00'], ['0.5', 0, '1'], ['9.99', 1, '10.0'], ['12', 2, '12.00'], ['x', 2, 'x']])('rounds %s to %d places: %s', (v, places, out) => {
    expect(round(v as string, places as number)).toBe(out)
  })
  it('writes thousands, the true minus and the dash', () => {
    expect([number('4012.355'), number('-5.1'), number(null), number('0.4387', 4), plain('1234.500000'), plain('100'), change('-8.456'), change('2.2'), percent('68.415')]).toEqual(['4,012.36', '−5.10', '—', '0.4387', '1,234.5', '100', '−8.46%', '+2.20%', '68.42%'])
  })
  it('adds exactly, with signs and different scales', () => {
    expect(sum(['0.1', '0.2'])).toBe('0.3')
    expect(sum(['100', '-0.000001', null, ''])).toBe('99.999999')
    expect(sum(['1.5', '-2'])).toBe('-0.5')
    expect(sum(['-1', '-2', '3'])).toBe('0')
    expect(sum(['999999999999.999999', '0.000001'])).toBe('1000000000000.000000')
    expect(sum([])).toBe('0')
  })
})
describe('times', () => {
  it("are Beijing's whatever the phone's zone is", () => {
    expect(time.moment('2025-12-31T16:30:00Z')).toBe('2026-01-01 00:30')
    expect(time.today(new Date('2026-02-28T17:00:00Z'))).toBe('2026-03-01')
    expect([time.date('2026-11-08'), time.date(null), time.clock('nonsense')]).toEqual(['2026-11-08', '—', '—'])
  })
  it('says months, days and what was a moment ago', () => {
    expect([time.monthName('2026-10'), time.shortMonth('2026-03'), time.dayName('2026-11-05'), time.nextMonth('2025-12'), time.nextMonth('2026-09')]).toEqual(['2026年10月', '3月', '11月5日', '2026-01', '2026-10'])
    const now = new Date('2026-11-08T02:00:00Z')
    expect([time.ago('2026-11-08T01:59:40Z', now), time.ago('2026-11-08T01:57:00Z', now), time.ago('2026-11-07T01:57:00Z', now), time.daysUntil('2026-11-15', now)]).toEqual(['刚刚', '3 分钟前', '2026-11-07 09:57', 7])
  })
})
