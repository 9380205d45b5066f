import { describe, expect, it } from 'vitest'
import tokens from '../tokens.json'

const lum = (hex: string) => {
  const [r, g, b] = [1, 3, 5].map((i) => { const v = parseInt(hex.slice(i, i + 2), 16) / 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (a: string, b: string) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p) as [number, number]; return (x + 0.05) / (y + 0.05) }

describe('contrast of the token pairs', () => {
  for (const mode of ['light', 'dark'] as const) {
    const c = tokens.color[mode]
    const texts = [['text_1', 'page'], ['text_2', 'page'], ['text_3', 'page'], ['text_1', 'surface'], ['text_2', 'surface'], ['text_3', 'surface'], ['on_brand', 'brand'], ['on_brand', 'brand_hover'],
      ['link', 'surface'], ['brand', 'brand_soft'], ['success', 'success_soft'], ['warning', 'warning_soft'], ['danger', 'danger_soft']] as const
    it.each(texts)(`${mode}: %s on %s is readable`, (fg, bg) => expect(contrast(c[fg], c[bg])).toBeGreaterThanOrEqual(4.5))
    it(`${mode}: borders of controls are visible`, () => expect(contrast(c.control_line, c.surface)).toBeGreaterThanOrEqual(3))
  }
  it.each(tokens.grade.k5)('grade $letter', (g) => {
    expect(contrast(g.on_fill, g.fill)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(g.text, '#FFFFFF')).toBeGreaterThanOrEqual(4.5)
    expect(contrast(g.text, g.soft)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(g.chart, '#FFFFFF')).toBeGreaterThanOrEqual(3)
  })
})
