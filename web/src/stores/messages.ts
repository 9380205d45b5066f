import { defineStore } from 'pinia'
import { ref } from 'vue'
import { notices } from '@/api/notices'

const EVERY = 60_000

/** How many messages wait; asked for at most once a minute, and at once after something was read. */
export const useMessages = defineStore('messages', () => {
  const unread = ref(0)
  let asked = 0
  async function refresh(now = false) {
    if (!now && Date.now() - asked < EVERY) return
    asked = Date.now()
    try { unread.value = (await notices(1, true, 1)).unread } catch { /* the bell is not worth an error */ }
  }
  return { unread, refresh }
})
