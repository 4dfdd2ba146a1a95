// Compares the wx.* names that the sources use with what the browser runner offers and with WeChat's official typings.
import path from 'node:path'
import { createRequire } from 'node:module'
import { createWx } from './wx/index.mjs'
import { filesUnder, read } from './project.mjs'

const require = createRequire(import.meta.url)

/** Adds one sentence per wx API that the app calls and webrun/wx does not offer. */
export function checkUsage({ root, errors }) {
  const offered = new Set(Object.keys(createWx({ promised: [] })))
  for (const file of filesUnder(root, /\.(ts|js)$/)) {
    for (const [, name] of read(path.join(root, file)).matchAll(/\bwx\s*\??\.\s*([a-zA-Z]\w*)/g)) {
      if (!offered.has(name)) errors.push(`${file}: wx.${name} is not simulated in webrun/wx/`)
    }
  }
}

/** Names of the APIs that return a promise when called without callbacks. The others return nothing, on phones too. */
export function promisedApis() {
  const ts = require('typescript')
  const file = require.resolve('miniprogram-api-typings/types/wx/lib.wx.api.d.ts')
  const names = []
  const walk = node => {
    if (ts.isInterfaceDeclaration(node) && node.name.text === 'Wx') {
      for (const member of node.members) if (member.name && member.type && /Promis/.test(member.type.getText())) names.push(member.name.getText())
    }
    ts.forEachChild(node, walk)
  }
  walk(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true))
  return [...new Set(names)].sort()
}
