import { describe, expect, it } from 'vitest'
import { check } from '@/files'

const file = (name: string, size: number) => ({ path: `blob:x/${name}`, name, size })
const said = (f: () => unknown) => { try { f() } catch (e) { return (e as { code: string; detail: string }) } return null }

describe('a paper before it is sent', () => {
  it('photos to 10 MB and PDFs to 10 MB, or 20 where a form goes', () => {
    expect(said(() => check(file('发票.jpg', 9_999_999)))).toBeNull()
    expect(said(() => check(file('合同.PDF', 10_000_000)))).toBeNull()
    expect(said(() => check(file('表.pdf', 19_500_000), 20))).toBeNull()
    expect(said(() => check(file('IMG_1.jpg', 12_000_000), 20))).toMatchObject({ code: 'TOO_LARGE', detail: '照片 12.0 MB，超过 10 MB。请在相机设置里调低照片大小后重拍，或用扫描软件存为 PDF。' })
    expect(said(() => check(file('合同.pdf', 12_000_000)))?.detail).toBe('PDF 12.0 MB，超过 10 MB。请用扫描软件降低清晰度（150 dpi 即可）或拆成几份后再上传。')
  })
  it('HEIC is told how to become a JPG', () => {
    expect(said(() => check(file('IMG_0007.HEIC', 2_000_000)))).toMatchObject({ code: 'HEIC' })
  })
})
