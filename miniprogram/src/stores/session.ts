import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import * as auth from '@/api/auth'
import { dropToken, onSessionOver, onTokenTaken, refresh, takeToken } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'

/** starting: not known yet · out: visitor · in · over: was in, the server ended it (the page stays, typed values stay) */
export type Phase = 'starting' | 'out' | 'in' | 'over'
const LAST = 'tx-last-organisation'

/** Who is signed in and for which firm they act. */
export const useSession = defineStore('session', () => {
  const phase = ref<Phase>('starting')
  const me = ref<auth.Me | null>(null)
  const mustChange = ref(false)
  const startProblem = ref<Problem | null>(null)
  /** Binds the WeChat account of this phone to whatever signs in next (auth/wechat/login said `unbound`). */
  const bindTicket = ref<string | null>(null)

  const organisations = computed(() => me.value?.organisations ?? [])
  const organisation = computed(() => organisations.value.find((o) => o.id === me.value?.active_organisation) ?? null)
  const signedIn = computed(() => phase.value === 'in')
  const isEnterprise = computed(() => organisation.value?.kind === 'enterprise')
  const isAgent = computed(() => organisation.value?.roles.includes('agent') ?? false)
  /** The firms this phone can file for; consoles of authorities and agencies need a computer. */
  const firms = computed(() => {
    const last = uni.getStorageSync(LAST) as string
    return organisations.value.filter((o) => o.kind === 'enterprise').sort((a, b) => Number(b.id === last) - Number(a.id === last) || a.name.localeCompare(b.name, 'zh-CN'))
  })
  const can = (permission: string) => me.value?.permissions.includes(permission) ?? false

  async function load() {
    me.value = await auth.me()
    phase.value = 'in'
    if (me.value.active_organisation) uni.setStorageSync(LAST, me.value.active_organisation)
  }

  let starting: Promise<void> | null = null
  /** Once per start of the app: is there still a session? A server that cannot be reached is not a sign-out. */
  function start(): Promise<void> {
    starting ??= (async () => {
      startProblem.value = null
      try {
        if (!(await refresh())) { phase.value = 'out'; return }
        if (mustChange.value) phase.value = 'in'
        else await load()
      } catch (error) {
        startProblem.value = asProblem(error)
        phase.value = 'out'
      }
    })().finally(() => { starting = null })
    return starting
  }

  /** Takes the answer of any way of signing in. */
  async function take(answer: auth.SignedIn) {
    takeToken(answer)
    bindTicket.value = null
    mustChange.value = answer.must_change_password
    if (mustChange.value) { phase.value = 'in'; return }
    await load()
    if (!isEnterprise.value && firms.value.length === 1) await actFor(firms.value[0]!.id)
  }

  async function actFor(id: string) {
    const answer = await auth.switchTo(id)
    takeToken(answer)
    await load()
  }

  function drop() {
    dropToken()
    me.value = null
    mustChange.value = false
    phase.value = 'out'
  }

  async function signOut() {
    try { await auth.logout() } finally { drop() }
  }

  onSessionOver(() => { if (phase.value === 'in') phase.value = 'over' })
  onTokenTaken((answer) => { mustChange.value = answer.must_change_password ?? false })

  return { phase, me, mustChange, startProblem, bindTicket, organisations, organisation, signedIn, isEnterprise, isAgent, firms, can, start, load, take, actFor, drop, signOut }
})
