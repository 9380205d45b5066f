/**
 * Papers that prove something: photos, or a PDF. One way to choose them for every page; the server checks each again.
 * H5 opens the browser's own choice (camera, album, files). The mini-program asks first: WeChat has one door for photos and one for papers,
 * which are taken from a conversation (`chooseMessageFile`).
 */
import { problemOf } from '@/api/problem'

export interface Picked { path: string; name: string; size: number }
/** HEIC is left out on purpose: an iPhone then hands over a JPG of it. */
const KINDS = ['jpg', 'jpeg', 'png', 'pdf']
const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1)

/** Refuses what the server would refuse anyway, before it is sent. Throws Problem. */
export function check(file: Picked, pdfLimit = 10): Picked {
  const pdf = /\.pdf$/i.test(file.name || file.path)
  const limit = pdf ? pdfLimit : 10
  if (/\.hei[cf]$/i.test(file.name || file.path)) throw problemOf(415, { code: 'HEIC', detail: '暂不支持 HEIC 照片。请在手机“设置 → 相机 → 格式”中选“兼容性最佳”后重拍；或打开照片，存为 JPG 后再上传。' })
  if (file.size > limit * 1_000_000) throw problemOf(413, { code: 'TOO_LARGE', detail: `${pdf ? 'PDF' : '照片'} ${megabytes(file.size)} MB，超过 ${limit} MB。${pdf ? '请用扫描软件降低清晰度（150 dpi 即可）或拆成几份后再上传。' : '请在相机设置里调低照片大小后重拍，或用扫描软件存为 PDF。'}` })
  return file
}

/** What was chosen, checked; nothing when the person went back. Throws Problem (too large, HEIC). */
export async function pick(o: { many?: boolean; pdfLimit?: number; compressed?: boolean } = {}): Promise<Picked[]> {
  const count = o.many ? 9 : 1
  let found: Picked[] = []
  // #ifdef H5
  found = await browser(count)
  // #endif
  // #ifdef MP-WEIXIN
  const way = await new Promise<number>((resolve) => { uni.showActionSheet({ itemList: ['拍照或从相册选择', '从聊天记录选择 PDF'], success: (r) => resolve(r.tapIndex), fail: () => resolve(-1) }) })
  found = way === 0 ? await photos(count, o.compressed ?? false) : way === 1 ? await papers(count) : []
  // #endif
  return found.map((f) => check(f, o.pdfLimit))
}

interface Temp { path: string; name?: string; size: number }
const named = (files: unknown): Picked[] => ([] as Temp[]).concat(files as Temp[]).map((f) => ({ path: f.path, name: f.name ?? f.path.split('/').pop() ?? '', size: f.size }))
// #ifdef H5
const browser = (count: number) => new Promise<Picked[]>((resolve) => {
  uni.chooseFile({ count, type: 'all', extension: KINDS.map((k) => `.${k}`), success: (r) => resolve(named(r.tempFiles)), fail: () => resolve([]) })
})
// #endif
// #ifdef MP-WEIXIN
const photos = (count: number, compressed: boolean) => new Promise<Picked[]>((resolve) => {
  uni.chooseImage({ count, sizeType: [compressed ? 'compressed' : 'original'], success: (r) => resolve(named(r.tempFiles)), fail: () => resolve([]) })
})
const weixin = uni as unknown as { chooseMessageFile: (o: { count: number; type: string; extension: string[]; success: (r: { tempFiles: unknown }) => void; fail: () => void }) => void }
const papers = (count: number) => new Promise<Picked[]>((resolve) => {
  weixin.chooseMessageFile({ count, type: 'file', extension: KINDS, success: (r) => resolve(named(r.tempFiles)), fail: () => resolve([]) })
})
// #endif
