import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { onSessionOver, onTokenTaken, refresh, setToken } from '@/api/client'
import * as auth from '@/api/auth'
import { asProblem, type Problem } from '@/api/problem'

export type Phase = 'starting' | 'out' | 'in' | 'over'

/** Who is signed in and for which organisation they act. */
export const useSession = defineStore('session', () => {
  const phase = ref<Phase>('starting')
  const me = ref<auth.Me | null>(null)
  const mustChange = ref(false)
  const startProblem = ref<Problem | null>(null)

  const permissions = computed(() => new Set(me.value?.permissions ?? []))
  const organisation = computed(() => me.value?.organisations.find((o) => o.id === me.value?.active_organisation) ?? null)
  const organisations = computed(() => me.value?.organisations ?? [])
  const isOperator = computed(() => organisation.value?.kind === 'operator')
  const isEnterprise = computed(() => organisation.value?.kind === 'enterprise')
  /** Files for firms without belonging to them. */
  const isAgent = computed(() => organisations.value.some((o) => o.roles.includes('agent')))
  const representing = computed(() => me.value?.roles.includes('agent') ?? false)
  const can = (permission: string) => permissions.value.has(permission)

  function take(answer: { access_token: string; must_change_password?: boolean }) {
    setToken(answer.access_token)
    mustChange.value = answer.must_change_password ?? false
  }

  async function load() {
    me.value = await auth.me()
    phase.value = 'in'
  }

  /** On page load: the cookie may still hold a session. */
  async function start() {
    startProblem.value = null
    try {
      if (await refresh()) { if (!mustChange.value) await load(); else phase.value = 'in' } else phase.value = 'out'
    } catch (error) {
      startProblem.value = asProblem(error)
      phase.value = 'out'
    }
  }

  async function signIn(form: auth.PasswordLogin) {
    const before = me.value?.account_id
    take(await auth.passwordLogin(form))
    if (mustChange.value) { phase.value = 'in'; return { changed: true } }
    await load()
    return { changed: before !== undefined && before !== me.value?.account_id }
  }

  /** After the phone confirmed: the answer of the exchange is a sign-in like any other. */
  async function enter(answer: auth.Login) {
    const before = me.value?.account_id
    take(answer)
    if (mustChange.value) { phase.value = 'in'; return { changed: true } }
    await load()
    return { changed: before !== undefined && before !== me.value?.account_id }
  }

  async function actFor(organisationId: string) {
    take(await auth.switchOrganisation(organisationId))
    await load()
  }

  async function signOut(everywhere = false) {
    try {
      await (everywhere ? auth.logoutEverywhere() : auth.logout())
    } finally {
      drop()
    }
  }

  function drop() {
    setToken('')
    me.value = null
    mustChange.value = false
    phase.value = 'out'
  }

  onSessionOver(() => { if (phase.value === 'in') phase.value = me.value ? 'over' : 'out' })
  onTokenTaken((answer) => { mustChange.value = (answer as { must_change_password?: boolean }).must_change_password ?? false })

  return { phase, me, mustChange, startProblem, permissions, organisation, organisations, isOperator, isEnterprise, isAgent, representing, can, start, load, signIn, enter, actFor, signOut, drop }
})
