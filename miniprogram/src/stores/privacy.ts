import { defineStore } from 'pinia'
import { ref } from 'vue'

type Answer = { event: 'agree'; buttonId: string } | { event: 'disagree' } | { event: 'exposureAuthorization' }

/** WeChat stops a call that touches personal data until the person has agreed to the guide registered with it (enforced since 2023); a refusal stops that call only. */
export const usePrivacy = defineStore('privacy', () => {
  const asking = ref(false)
  let waiting: ((a: Answer) => void)[] = []
  function watch() {
    // #ifdef MP-WEIXIN
    const weixin = uni as unknown as { onNeedPrivacyAuthorization?: (f: (resolve: (a: Answer) => void) => void) => void }
    weixin.onNeedPrivacyAuthorization?.((resolve) => { waiting.push(resolve); asking.value = true; resolve({ event: 'exposureAuthorization' }) })
    // #endif
  }
  function finish(answer: Answer) {
    asking.value = false
    const all = waiting
    waiting = []
    all.forEach((f) => f(answer))
  }
  const agree = () => finish({ event: 'agree', buttonId: 'agree-privacy' })
  const refuse = () => finish({ event: 'disagree' })
  return { asking, watch, agree, refuse }
})
