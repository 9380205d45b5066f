import { defineStore } from 'pinia'
import { ref } from 'vue'
import * as auth from '@/api/auth'

/** What everybody may know of this installation: is it a demonstration, the city, the hotline. The last known hotline works offline too. */
export const usePlatform = defineStore('platform', () => {
  const kept = (uni.getStorageSync('tx-platform') || null) as auth.Platform | null
  const facts = ref<auth.Platform>(kept ?? { name: '碳效', city: '', demo: false, hotline: '' })
  async function load() {
    try {
      facts.value = await auth.platformFacts()
      uni.setStorageSync('tx-platform', facts.value)
    } catch { /* the page that needs the server says so itself */ }
  }
  return { facts, load }
})
