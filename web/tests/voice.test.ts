import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const files = (dir: string): string[] => readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(dir, e.name)) : /\.(vue|ts|css)$/.test(e.name) ? [join(dir, e.name)] : []))
const sources = files('src').filter((f) => !f.includes('generated'))

describe('the voice and the colours of faces.md', () => {
  it('uses no banned word and no exclamation mark', () => {
    const banned = /恭喜|赋能|一键|一站式|系统异常|非法|亲，|哦|呢[。？]|上报数据|！/
    expect(sources.filter((f) => banned.test(readFileSync(f, 'utf8')))).toEqual([])
  })
  it('takes every colour from the tokens', () => {
    expect(sources.filter((f) => /[:(\s'"](#[0-9a-fA-F]{3,8})\b|rgba?\(/.test(readFileSync(f, 'utf8').replaceAll(/#[a-z-]+="/g, '')))).toEqual([])
  })
  it('every control in a page can be named by a test', () => {
    const bare: string[] = []
    for (const f of sources.filter((x) => x.endsWith('.vue'))) {
      for (const m of readFileSync(f, 'utf8').matchAll(/<(el-input|el-select|el-checkbox|el-button|button)\b(?:"[^"]*"|[^>"])*>/g)) if (!/data-testid/.test(m[0]) && !m[0].startsWith('<el-checkbox-group')) bare.push(`${f}: ${m[0].slice(0, 90)}`)
    }
    expect(bare).toEqual([])
  })
})
