/** 如何计算, as the drawer reads it. */
export interface TraceStep { label: string; text: string; formula?: boolean }
export interface TraceFactor { code: string; name?: string; value: string; unit: string; kind?: string; valid_from?: string | null; valid_to?: string | null; source: string; url?: string; why?: string }
export interface Trace { steps: TraceStep[]; factors: TraceFactor[]; notes: string[] }
