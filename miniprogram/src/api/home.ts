/** The first page: what is due, what is open, how the firm stands. */
import type { AnswerOf } from './client'
import { get } from './client'

export type Dashboard = AnswerOf<'/api/v1/dashboard', 'get'>
export type Papers = AnswerOf<'/api/v1/dashboard/papers', 'get'>
export type Duty = NonNullable<Dashboard['duty']>
export type Month = Dashboard['months'][number]
export const dashboard = () => get('/api/v1/dashboard')
export const papers = () => get('/api/v1/dashboard/papers')
