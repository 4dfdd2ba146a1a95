// npm run lint:wx: what can be checked without WeChat DevTools. House rules, the glass-easel compiler, and WeChat's own
// wcc and wcsc (npm miniprogram-compiler: old, but an independent second opinion about every template and sheet).
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'
import { spawnSync } from 'node:child_process'
import { base, filesUnder, loadProject, read } from './project.mjs'
import { compileStyles } from './styles.mjs'
import { checkUsage } from './usage.mjs'

const MAIN_PACKAGE_KIB = 2048 // WeChat's limit
const SMALLEST_TEXT_REM = 1.125 // 18 px at the normal font setting: our readers are old
const project = loadProject(path.join(base, 'src'))
const { root, errors, components } = project
compileStyles(project)
checkUsage(project)

const tools = path.join(path.dirname(createRequire(import.meta.url).resolve('miniprogram-compiler/package.json')), 'bin', { linux: 'linux', darwin: 'mac' }[process.platform] ?? 'windows')
const runs = process.platform === 'darwin' || process.platform === 'win32' || process.arch === 'x64' // the Linux programs are x86-64 only
const official = (name, args) => {
  if (!runs) return
  const program = path.join(tools, process.platform === 'win32' ? name + '.exe' : name)
  if (process.platform !== 'win32') fs.chmodSync(program, 0o755) // npm unpacks them without the execute bit
  const done = spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 })
  if (done.status !== 0) errors.push(`${name}: ${(done.stderr || done.stdout || done.error).toString().trim().slice(0, 800)}`)
}
const nowhere = process.platform === 'win32' ? 'NUL' : '/dev/null'
official('wcc', ['-o', nowhere, ...filesUnder(root, /\.(wxml|wxs)$/)])
official('wcsc', ['-lc', '-js', '-o', nowhere, ...filesUnder(root, /\.wxss$/).map(file => './' + file)])

for (const file of filesUnder(root, /\.wxss$/)) {
  for (const [rule, size, unit] of read(path.join(root, file)).matchAll(/font-size:\s*([\d.]+)(rem|px|rpx)/g)) {
    if (unit !== 'rem' || Number(size) < SMALLEST_TEXT_REM) errors.push(`${file}: "${rule}": text is set in rem (it follows the reader's font setting), at least ${SMALLEST_TEXT_REM}rem`)
  }
}
for (const page of project.pages) {
  if (!/^<page-meta root-font-size="system"/.test(read(path.join(root, page + '.wxml')))) errors.push(`${page}.wxml: must begin with <page-meta root-font-size="system" />, or text ignores the reader's font setting`)
}
const kib = filesUnder(root, /\.(ts|js|wxml|wxss|wxs|json|png|jpe?g|gif|svg)$/).reduce((sum, file) => sum + fs.statSync(path.join(root, file)).size, 0) / 1024
if (kib > MAIN_PACKAGE_KIB) errors.push(`source is ${kib | 0} KiB; the main package may have ${MAIN_PACKAGE_KIB} KiB`)
if (errors.length) { console.error(errors.join('\n')); process.exit(1) }
console.log(`ok: ${project.pages.length} pages, ${components.size - project.pages.length} components, ${kib.toFixed(0)} KiB`)
