// What must hold of the built mini-program, and of the H5 build beside it: every page exists, JSON parses, the main package is at most 1.5 MB and no
// package above 2 MB, nothing is fetched from a foreign host, and the telephone number is asked for on the sign-in page only.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const mp = join(root, 'dist/build/mp-weixin')
const h5 = join(root, 'dist/build/h5')
const faults = []
const walk = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? walk(join(folder, e.name)) : [join(folder, e.name)]))
/** Names, not addresses to load: namespaces and a page that an error message points to. */
const harmless = /^https?:\/\/(www\.w3\.org\/|vuejs\.org\/error-reference|uniapp\.dcloud\.net\.cn\/tutorial\/run\/mp-log)/

const app = JSON.parse(readFileSync(join(mp, 'app.json'), 'utf8'))
const subs = app.subPackages ?? app.subpackages ?? []
const pages = [...app.pages, ...subs.flatMap((s) => s.pages.map((p) => `${s.root}/${p}`))]
for (const page of pages) for (const end of ['js', 'wxml', 'json']) if (!existsSync(join(mp, `${page}.${end}`))) faults.push(`${page}.${end} is missing`)
for (const tab of app.tabBar.list) if (!app.pages.includes(tab.pagePath)) faults.push(`tab ${tab.pagePath} is not in the main package`)
for (const s of subs) for (const p of app.pages) if (p.startsWith(`${s.root.replace(/\/$/, '')}/`)) faults.push(`page ${p} of the main package stands inside sub-package ${s.root}`)

const files = walk(mp)
const size = { main: 0 }
for (const file of files) {
  const name = relative(mp, file)
  const sub = subs.find((s) => name.startsWith(`${s.root}/`))
  size[sub ? sub.root : 'main'] = (size[sub ? sub.root : 'main'] ?? 0) + statSync(file).size
  if (name.endsWith('.json')) { try { JSON.parse(readFileSync(file, 'utf8')) } catch { faults.push(`${name} is not JSON`) } }
  if (name.endsWith('.wxml') && readFileSync(file, 'utf8').includes('getPhoneNumber') && !name.startsWith('pages/sign-in/')) faults.push(`${name} asks for the telephone number`)
}
if (!files.some((f) => f.endsWith('.wxml') && readFileSync(f, 'utf8').includes('getPhoneNumber'))) faults.push('no page asks for the telephone number')
if (size.main > 1_500_000) faults.push(`main package ${size.main} bytes`)
for (const [name, bytes] of Object.entries(size)) if (bytes > 2_000_000) faults.push(`package ${name} ${bytes} bytes`)
for (const [folder, all] of [[mp, files], [h5, walk(h5)]]) {
  for (const file of all.filter((f) => /\.(js|css|wxss|wxml|html|json)$/.test(f))) {
    for (const [url] of readFileSync(file, 'utf8').matchAll(/https?:\/\/[a-zA-Z0-9.-]+\.[a-z]{2,}[a-zA-Z0-9./_-]*/g)) {
      if (!harmless.test(url) && !(process.env.VITE_API_ORIGIN && url.startsWith(process.env.VITE_API_ORIGIN))) faults.push(`${relative(folder, file)}: foreign address ${url}`)
    }
  }
}
for (const f of faults) console.error(`✗ ${f}`)
if (faults.length) process.exit(1)
console.log(`mini-program: ${pages.length} pages; ${Object.entries(size).map(([n, b]) => `${n} ${(b / 1000).toFixed(0)} kB`).join(', ')}`)
