/** The enterprise's first page: what is due, how we stand. */
import type { Column } from '@/components/StackedColumns.vue'
import type { StripMonth } from '@/components/TxMonthStrip.vue'
import { call } from './client'

export interface Home {
  duty: { month: string; due: string | null; filled: number; total: number; savedAt: string | null; savedBy: string | null } | null
  todos: { text: string; detail: string; link: string; action: string; icon: 'warn' | 'form' | 'report' }[]
  start: { done: boolean; title: string; link: string }[] | null
  columns: Column[]
  figures: { label: string; value: string | null; unit: string; places: number; change?: string | null; reason?: string }[]
  calendar: { year: number; months: StripMonth[] }[]
  grade: { year: number; level: number | null; k: string | null; basis: string; percentile: string | null; distance: string | null; nextLetter: string | null; reason: string } | null
  papers: { title: string; detail: string; state: string; tone: string; link: string; icon: 'report' | 'code' }[]
}
export const home = () => call<Home>('GET', '/api/v1/dashboard')
