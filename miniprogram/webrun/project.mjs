// Reads a native mini-program source tree: which pages and components there are, and what is wrong with it.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileTemplates } from './templates.mjs'

export const here = path.dirname(fileURLToPath(import.meta.url))
export const base = path.resolve(here, '..')
export const isFile = file => fs.existsSync(file) && fs.statSync(file).isFile()
export const read = file => fs.readFileSync(file, 'utf8')

/** All files under a folder whose name matches, as sorted paths relative to it: sorted, so that builds repeat exactly. */
export function filesUnder(root, pattern) {
  return fs.readdirSync(root, { recursive: true }).map(String).filter(name => pattern.test(name)).sort()
}

/**
 * Returns the app's configuration, its pages, all components in the order "what is used comes first",
 * the compiled templates, and a list of plain sentences saying what is wrong.
 */
export function loadProject(root) {
  const errors = []
  const json = file => {
    try { return JSON.parse(read(file)) } catch (error) { errors.push(`${path.relative(root, file)}: ${error.message}`); return {} }
  }
  const script = name => ['.ts', '.js'].map(ending => path.join(root, name + ending)).find(isFile)
  const app = json(path.join(root, 'app.json'))
  const pages = app.pages || []
  const components = new Map() // path -> { json, file }
  if (app.tabBar || app.subPackages || app.subpackages) errors.push('app.json: tabBar and sub-packages are not simulated by webrun')

  const visit = (name, stack) => {
    if (components.has(name) || stack.includes(name)) return
    const file = script(name)
    if (!file) { errors.push(`${name}: no .ts or .js file`); return }
    const own = isFile(path.join(root, name + '.json')) ? json(path.join(root, name + '.json')) : {}
    const using = {}
    for (const [owner, tags] of [['app', app.usingComponents], [name, own.usingComponents]]) {
      for (const [tag, place] of Object.entries(tags || {})) {
        const target = place.startsWith('/') ? place.slice(1) : path.posix.join(path.posix.dirname(owner), place)
        if (!script(target)) { errors.push(`${owner}.json: component "${tag}" not found at ${place}`); continue }
        using[tag] = '/' + target
        visit(target, [...stack, name])
      }
    }
    components.set(name, { json: { ...own, usingComponents: using }, file })
  }
  for (const page of pages) visit(page, [])

  const templates = compileTemplates(root, components, errors)
  return { root, app, pages, components, templates, errors, script }
}
