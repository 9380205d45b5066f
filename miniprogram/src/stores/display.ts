import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

export type Theme = 'light' | 'dark' | 'system'

/** How pages look: 深色 and 长辈版. On the first run the large type follows the phone's own font setting. */
export const useDisplay = defineStore('display', () => {
  const info = uni.getSystemInfoSync() as UniApp.GetSystemInfoResult & { fontSizeSetting?: number; theme?: string }
  const stored = uni.getStorageSync('tx-theme') as string
  const theme = ref<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system')
  const size = uni.getStorageSync('tx-large') as string
  const large = ref(size ? size === 'on' : (info.fontSizeSetting ?? 16) >= 20)
  const system = ref(info.theme === 'dark' || (typeof matchMedia === 'function' && matchMedia('(prefers-color-scheme: dark)').matches))
  const dark = computed(() => theme.value === 'dark' || (theme.value === 'system' && system.value))
  const classes = computed(() => `tx${dark.value ? ' tx-dark' : ''}${large.value ? ' tx-large' : ''}`)

  if (typeof uni.onThemeChange === 'function') uni.onThemeChange((r) => { system.value = (r.theme as string) === 'dark' })
  // #ifdef H5
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (e) => { system.value = e.matches })
  watch(classes, (now) => { document.documentElement.className = now }, { immediate: true })
  // #endif

  function chooseTheme(t: Theme) { theme.value = t; uni.setStorageSync('tx-theme', t) }
  function chooseLarge(on: boolean) { large.value = on; uni.setStorageSync('tx-large', on ? 'on' : 'off') }
  return { theme, large, dark, classes, chooseTheme, chooseLarge }
})
