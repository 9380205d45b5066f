/** Measures, indicators and plans of a year (FD9), and the report made of them (FD14). */
import { type AnswerOf, call } from './client'

export type Year = AnswerOf<'/api/v1/reduction/{year}', 'get'>
export type Measure = Year['measures'][number]
export type Indicators = Year['indicators']
export type Plan = Year['plans'][number]
export type Energy = Year['energies'][number]

export const year = (y: number) => call<Year>('GET', `/api/v1/reduction/${y}`)
export const addMeasure = (y: number, body: unknown, key: string) => call<Measure>('POST', `/api/v1/reduction/${y}/measures`, { body, key })
export const changeMeasure = (id: string, body: unknown) => call<Measure>('PUT', `/api/v1/reduction/measures/${id}`, { body })
export const dropMeasure = (id: string, version: number) => call('DELETE', `/api/v1/reduction/measures/${id}`, { query: { version } })
export const saveIndicators = (y: number, body: unknown) => call<Indicators>('PUT', `/api/v1/reduction/${y}/indicators`, { body })
export const addPlan = (y: number, body: unknown, key: string) => call<Plan>('POST', `/api/v1/reduction/${y}/plans`, { body, key })
export const changePlan = (id: string, body: unknown) => call<Plan>('PUT', `/api/v1/reduction/plans/${id}`, { body })
export const dropPlan = (id: string, version: number) => call('DELETE', `/api/v1/reduction/plans/${id}`, { query: { version } })

export type ReportSheet = AnswerOf<'/api/v1/reduction-report/{year}', 'get'>
export type Section = ReportSheet['sections'][number]
export type Part = ReportSheet['parts'][number]
/** A target as typed; `wire` sends numbers. */
export interface TargetRow { indicator: string; unit: string; base_year: string; base: string; target: string; due_year: string }
export const report = (y: number) => call<ReportSheet>('GET', `/api/v1/reduction-report/${y}`)
export const saveReport = (y: number, body: unknown) => call<ReportSheet>('PUT', `/api/v1/reduction-report/${y}`, { body })
