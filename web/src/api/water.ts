/** A year's water as the screens read it; quotas of the operator's desk. */
import type { components } from '@/generated/schema'
import { answer, client, downloadFile, once, uploadFile } from './client'

type Schemas = components['schemas']
export type WaterYear = Schemas['WaterAnswer']
export type WaterBody = Schemas['WaterBody']
export type Quota = Schemas['WaterQuotaAnswer']
export type Indicator = Schemas['WaterIndicator']
export type Remark = Schemas['WaterRemark']
export type Report = Schemas['Report']

export const years = () => answer(client.GET('/api/v1/water')).then((a) => a.items)
export const year = (y: number) => answer(client.GET('/api/v1/water/{year}', { params: { path: { year: y } } }))
export const save = (y: number, body: WaterBody, key: string) => answer(client.PUT('/api/v1/water/{year}', { params: { path: { year: y }, header: once(key) }, body }))
export const table = (y: number) => downloadFile(`/api/v1/water/${y}/table.xlsx`, `水资源利用情况表-${y}.xlsx`)
export const quotas = (q: string, y: number) => answer(client.GET('/api/v1/water-quotas', { params: { query: { q, year: y } } })).then((a) => a.items)
export const reports = (y: number) => answer(client.GET('/api/v1/reports', { params: { query: { kind: 'water', year: y, page_size: 20 } } })).then((a) => a.items)
export const makeReport = (y: number, key: string) => answer(client.POST('/api/v1/reports', { body: { kind: 'water', year: y }, params: { header: once(key) } }))

export type QuotaTrial = Schemas['QuotaImport']
export const quotaTable = (q: string, page: number) => answer(client.GET('/api/v1/ops/water-quotas', { params: { query: { q, page, page_size: 20 } } }))
export const quotaTemplate = () => downloadFile('/api/v1/ops/water-quotas/template.xlsx', '用水定额导入模板.xlsx')
export const importQuotas = (file: File, dry: boolean, key: string) => uploadFile<QuotaTrial>(`/api/v1/ops/water-quotas?dry_run=${dry}`, file, {}, key)
