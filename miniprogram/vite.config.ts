import { readFileSync } from 'node:fs'
import { fileURLToPath, URL } from 'node:url'
import uniModule from '@dcloudio/vite-plugin-uni'
import { defineConfig, type Plugin } from 'vite'

// The plugin is CommonJS: under an ES module its function stands one step deeper.
const uni = ((uniModule as unknown as { default?: typeof uniModule }).default ?? uniModule) as typeof uniModule
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The component library draws its icons with a font from a foreign host; ours come from build/icons.mjs and need no network. */
const localIcons: Plugin = {
  name: 'local-icons',
  enforce: 'pre',
  load(id) {
    return id.split('?')[0]!.replace(/\\/g, '/').endsWith('@tdesign/uniapp/dist/icon/icon.css') ? readFileSync(here('./src/generated/t-icons.css'), 'utf8') : undefined
  },
}

/** The H5 runtime styles a shadow under its own page head (which we do not show) with a picture of a foreign host. */
const noForeignPictures: Plugin = {
  name: 'no-foreign-pictures',
  enforce: 'post',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'asset' && file.fileName.endsWith('.css')) file.source = String(file.source).replace(/url\(["']?https?:\/\/[^)]*\)/g, 'none')
    }
  },
}

const api = process.env.BASE_URL ?? 'http://127.0.0.1:8000'

export default defineConfig({
  base: '/m/',
  plugins: [localIcons, uni(), noForeignPictures],
  resolve: { alias: { '@': here('./src') } },
  build: { chunkSizeWarningLimit: 900 },
  server: { proxy: { '/api': api, '/c/': api } },
})
