/** Reduction information of a year and the report made of it. */
import type { components } from '@/generated/schema'
import { answer, client, once } from './client'

type Schemas = components['schemas']
export type Year = Schemas['ReductionAnswer']
export type Measure = Schemas['MeasureAnswer']
export type MeasureBody = Schemas['MeasureBody']
export type Energy = Schemas['SavableEnergy']
export type Indicators = Schemas['IndicatorsAnswer']
export type IndicatorsBody = Schemas['IndicatorsBody']
export type Plan = Schemas['ReductionPlanAnswer']
export type PlanBody = Schemas['PlanBody']
export type Sheet = Schemas['ReductionReportAnswer']
export type SheetBody = Schemas['ReductionReportBody']
export type Report = Schemas['Report']

const of = (year: number) => ({ path: { year } })
export const year = (y: number) => answer(client.GET('/api/v1/reduction/{year}', { params: of(y) }))
export const addMeasure = (y: number, body: MeasureBody, key: string) => answer(client.POST('/api/v1/reduction/{year}/measures', { params: { ...of(y), header: once(key) }, body }))
export const changeMeasure = (measure_id: string, body: MeasureBody) => answer(client.PUT('/api/v1/reduction/measures/{measure_id}', { params: { path: { measure_id } }, body }))
export const dropMeasure = (measure_id: string, version: number) => answer(client.DELETE('/api/v1/reduction/measures/{measure_id}', { params: { path: { measure_id }, query: { version } } }))
export const saveIndicators = (y: number, body: IndicatorsBody) => answer(client.PUT('/api/v1/reduction/{year}/indicators', { params: of(y), body }))
export const addPlan = (y: number, body: PlanBody, key: string) => answer(client.POST('/api/v1/reduction/{year}/plans', { params: { ...of(y), header: once(key) }, body }))
export const changePlan = (plan_id: string, body: PlanBody) => answer(client.PUT('/api/v1/reduction/plans/{plan_id}', { params: { path: { plan_id } }, body }))
export const dropPlan = (plan_id: string, version: number) => answer(client.DELETE('/api/v1/reduction/plans/{plan_id}', { params: { path: { plan_id }, query: { version } } }))
export const sheet = (y: number) => answer(client.GET('/api/v1/reduction-report/{year}', { params: of(y) }))
export const saveSheet = (y: number, body: SheetBody) => answer(client.PUT('/api/v1/reduction-report/{year}', { params: of(y), body }))
export const makeReport = (y: number, key: string) => answer(client.POST('/api/v1/reports', { body: { kind: 'reduction', year: y }, params: { header: once(key) } }))
