/** The privacy agreement: which version this person agreed to on this phone, and telling the server once somebody is signed in. */
import * as auth from '@/api/auth'
import { asProblem } from '@/api/problem'

const KEPT = 'tx-consent'
interface Kept { version: string; at: string; told: boolean }
const kept = () => (uni.getStorageSync(KEPT) || null) as Kept | null

export const agreedVersion = () => kept()?.version ?? null
export function agree(version: string): void {
  if (kept()?.version !== version) uni.setStorageSync(KEPT, { version, at: new Date().toISOString(), told: false } satisfies Kept)
}
export const withdraw = () => uni.removeStorageSync(KEPT)

/** Records the agreement on the server; tried again at the next start when it could not be told. */
export async function tellConsent(): Promise<void> {
  const now = kept()
  if (!now || now.told || !now.version) return
  try {
    await auth.consent('privacy', now.version)
    uni.setStorageSync(KEPT, { ...now, told: true } satisfies Kept)
  } catch (e) {
    // The text changed meanwhile: the old agreement does not stand for the new text, the next sign-in asks again. Anything else is told next time.
    if (asProblem(e).code === 'TEXT_CHANGED') withdraw()
  }
}
