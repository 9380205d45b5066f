import { fileURLToPath, URL } from 'node:url'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const native = ['view', 'text', 'scroll-view', 'button', 'image', 'input', 'picker', 'textarea', 'block']

/** What uni's compiler does with #ifdef and #ifndef, for H5. */
const platform: Plugin = {
  name: 'platform',
  enforce: 'pre',
  transform(code, id) {
    if (!id.includes('/src/') || !/#if(n?)def/.test(code)) return undefined
    return code.replace(/^[^\n]*#(ifn?def) ([\w -|]+?)(?: *-->| *\*\/)?\n([\s\S]*?)^[^\n]*#endif[^\n]*$/gm, (_, kind: string, names: string, body: string) => ((kind === 'ifdef') === /\bH5\b/.test(names) ? body : body.replace(/[^\n]/g, '')))
  },
}

export default defineConfig({
  plugins: [platform, vue({ template: { compilerOptions: { isCustomElement: (tag) => native.includes(tag) && tag !== 'input' && tag !== 'textarea' } } })],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  test: { environment: 'jsdom', include: ['tests/unit/**/*.test.ts'], setupFiles: ['tests/unit/setup.ts'], restoreMocks: true },
})
