import { defineStore } from 'pinia'
import { ref, watchEffect } from 'vue'

export type Theme = 'light' | 'dark' | 'system'
const stored = () => { const t = localStorage.getItem('tx-theme'); return t === 'light' || t === 'dark' ? t : 'system' }

/** Light, dark, or what the machine says. */
export const useTheme = defineStore('theme', () => {
  const choice = ref<Theme>(stored())
  const system = matchMedia('(prefers-color-scheme: dark)')
  const systemDark = ref(system.matches)
  system.addEventListener('change', (e) => { systemDark.value = e.matches })
  const dark = ref(false)
  watchEffect(() => {
    dark.value = choice.value === 'dark' || (choice.value === 'system' && systemDark.value)
    document.documentElement.classList.toggle('dark', dark.value)
  })
  function choose(t: Theme) {
    choice.value = t
    if (t === 'system') localStorage.removeItem('tx-theme')
    else localStorage.setItem('tx-theme', t)
  }
  return { choice, dark, choose }
})
