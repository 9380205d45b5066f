import { defineStore } from 'pinia'
import { ref } from 'vue'
import * as auth from '@/api/auth'
import { onStepUp } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'

export type Method = 'sms' | 'password' | 'totp'

/** One more proof for one act (L20): the client asks, the sheet on the page answers with the proof's id or null. `ask` also serves acts that carry a `proof_id` in their body. */
export const useProof = defineStore('proof', () => {
  const wanted = ref<{ purpose: string; operation: string } | null>(null)
  const problem = ref<Problem | null>(null)
  const busy = ref(false)
  const sentTo = ref('')
  let answer: (id: string | null) => void = () => {}

  function ask(purpose: string, operation: string): Promise<string | null> {
    answer(null)
    problem.value = null
    sentTo.value = ''
    wanted.value = { purpose, operation }
    return new Promise((resolve) => { answer = resolve })
  }
  function finish(id: string | null) { wanted.value = null; answer(id); answer = () => {} }
  async function send() {
    if (busy.value) return
    busy.value = true
    problem.value = null
    try { sentTo.value = (await auth.stepUpCode()).phone_masked } catch (e) { problem.value = asProblem(e) } finally { busy.value = false }
  }
  async function prove(method: Method, proof: string) {
    if (busy.value || !wanted.value) return
    busy.value = true
    problem.value = null
    try { finish((await auth.stepUp({ method, proof, ...wanted.value })).proof_id) } catch (e) { problem.value = asProblem(e) } finally { busy.value = false }
  }
  onStepUp(ask)
  return { wanted, problem, busy, sentTo, ask, finish, send, prove }
})
