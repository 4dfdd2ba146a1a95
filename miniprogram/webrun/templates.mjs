// Compiles the .wxml files with WeChat's own glass-easel compiler and applies the house rules for templates.
import path from 'node:path'
import { createRequire } from 'node:module'
import { BUILTINS } from './builtins/names.mjs'
import { isFile, read } from './project.mjs'

const { TmplGroup } = createRequire(import.meta.url)('glass-easel-template-compiler')
const PART_OF_WXML = ['block', 'slot', 'template', 'import', 'include', 'wxs']
const UNKNOWN_META_TAG = 65543 // glass-easel only warns of this one; for us it is a typing mistake

/** Returns the compiled group; adds a sentence to `errors` for everything that a phone would not draw as meant. */
export function compileTemplates(root, components, errors) {
  const group = new TmplGroup()
  const done = new Set()

  const addScript = name => {
    if (done.has(name + '.wxs')) return
    done.add(name + '.wxs')
    const source = read(path.join(root, name + '.wxs'))
    group.addScript(name, source.replace(/(require\(\s*['"][^'"]+?)\.wxs(['"])/g, '$1$2')) // module names carry no ending
    for (const [, other] of source.matchAll(/require\(\s*['"]([^'"]+?)(?:\.wxs)?['"]\s*\)/g)) addScript(path.posix.join(path.posix.dirname(name), other))
  }
  const addTemplate = (name, tags) => {
    if (done.has(name)) return
    done.add(name)
    if (!isFile(path.join(root, name + '.wxml'))) { errors.push(`${name}.wxml: not found`); return }
    const source = read(path.join(root, name + '.wxml'))
    if (tags) for (const tag of tagsIn(source)) complainAbout(tag, tags, text => errors.push(`${name}.wxml: ${text}`))
    for (const warning of group.addTmpl(name, source)) {
      if (warning.isError || warning.code === UNKNOWN_META_TAG) errors.push(`${name}.wxml:${warning.startLine + 1}:${warning.startColumn + 1} ${warning.message}`)
    }
    for (const other of group.getDirectDependencies(name)) addTemplate(other.replace(/^\//, ''))
    for (const other of group.getScriptDependencies(name)) addScript(other.replace(/^\//, ''))
  }
  for (const [name, component] of components) addTemplate(name, component.json.usingComponents)
  return group.getTmplGenObjectGroups()
}

/** The opening tags of a template: [{ name, attributes }] with the attributes as one string. */
function tagsIn(source) {
  const plain = source.replace(/<!--[\s\S]*?-->|<wxs[\s\S]*?<\/wxs>/g, '').replace(/\{\{[\s\S]*?\}\}/g, '·')
  return [...plain.matchAll(/<([a-z][\w-]*)((?:\s+[^\s"'>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'))?)*)/g)].map(([, name, attributes]) => ({ name, attributes }))
}

function complainAbout({ name, attributes }, tags, say) {
  if (!BUILTINS.includes(name) && !PART_OF_WXML.includes(name) && !tags[name]) say(`unknown tag <${name}> (or one that webrun/builtins does not simulate)`)
  if (/\s(bind|catch)[a-z]/.test(attributes)) say(`<${name}>: write bind:tap, not bindtap`)
  // A screen reader says nothing about a bare view, so whatever reacts to a tap must say what it is.
  if (/:tap=/.test(attributes) && !/^(button|navigator)$/.test(name) && !/\saria-role=/.test(attributes)) say(`<${name}> reacts to a tap but has no aria-role`)
  if (/^(input|textarea|switch|image)$/.test(name) && !/\saria-(label|hidden)=/.test(attributes)) say(`<${name}> has no aria-label`)
  if (/\swx:for=/.test(attributes) && !/\swx:key=/.test(attributes)) say(`<${name}> has wx:for but no wx:key`)
}
