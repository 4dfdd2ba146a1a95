// Turns .wxss into CSS for one document: rpx become vw, tags get their wx- name, isolated components a class prefix.
import path from 'node:path'
import postcss from 'postcss'
import { BUILTINS } from './builtins/names.mjs'
import { isFile, read } from './project.mjs'

const RPX_PER_VW = 7.5 // a screen is 750 rpx wide
const TAG = new RegExp(`(^|[\\s>+~,(])(page|${BUILTINS.join('|')})(?![\\w-])`, 'g')
const inKeyframes = rule => /keyframes$/.test(rule.parent?.name || '')

/** Returns { styles: {path: css}, scopes: {path: class prefix or ''} }; unknown imports are added to `errors`. */
export function compileStyles({ root, components, errors }) {
  const styles = { app: sheet(root, path.join(root, 'app.wxss'), errors).toString() }
  const scopes = {}
  for (const [name, component] of components) {
    const isolation = component.json.styleIsolation || (component.json.component ? 'isolated' : 'shared')
    scopes[name] = isolation === 'shared' || isolation === 'page-shared' ? '' : 's' + Object.keys(scopes).length // apply-shared: sees the page's styles, keeps its own
    const tree = sheet(root, path.join(root, name + '.wxss'), errors)
    if (scopes[name]) isolate(tree, scopes[name])
    styles[name] = tree.toString()
  }
  return { styles, scopes }
}

function sheet(root, file, errors, chain = []) {
  if (!isFile(file)) return postcss.root()
  const tree = postcss.parse(read(file), { from: file })
  tree.walkDecls(declaration => { declaration.value = declaration.value.replace(/(-?\d*\.?\d+)rpx\b/g, (_, n) => +(n / RPX_PER_VW).toFixed(5) + 'vw') })
  tree.walkRules(rule => { if (!inKeyframes(rule)) rule.selector = rule.selector.replace(TAG, '$1wx-$2') })
  tree.walkAtRules('import', rule => {
    const name = rule.params.replace(/^(url\()?['"]?|['"]?\)?$/g, '')
    const target = name.startsWith('/') ? path.join(root, name) : path.resolve(path.dirname(file), name)
    if (!isFile(target)) { errors.push(`${path.relative(root, file)}: @import not found: ${name}`); rule.remove(); return }
    if (chain.includes(target)) { rule.remove(); return }
    rule.replaceWith(sheet(root, target, errors, [...chain, target]))
  })
  return tree
}

/** glass-easel separates styles on the DOM by prefixing classes with "scope--". */
function isolate(tree, scope) {
  tree.walkRules(rule => {
    if (inKeyframes(rule)) return
    rule.selector = rule.selector.replace(/:host/g, `[wx-host="${scope}"]`).replace(/\.(-?[A-Za-z_][\w-]*)/g, (_, name) => `.${scope}--${name}`)
  })
}
