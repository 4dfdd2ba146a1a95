// node webrun/build.mjs [--src src] [--out dist-web]: makes one static web page of the mini-program, for tests and the sandbox's phone.
import fs from 'node:fs'
import path from 'node:path'
import esbuild from 'esbuild'
import { base, filesUnder, here, loadProject } from './project.mjs'
import { compileStyles } from './styles.mjs'
import { checkUsage, promisedApis } from './usage.mjs'

const option = (name, otherwise) => {
  const at = process.argv.indexOf('--' + name)
  return path.resolve(base, at > 0 ? process.argv[at + 1] : otherwise)
}
const project = loadProject(option('src', 'src'))
const out = option('out', 'dist-web')
const { root, app, pages, components, templates, errors, script } = project
const { styles, scopes } = compileStyles(project)
checkUsage(project)
if (errors.length) { console.error(errors.join('\n')); process.exit(1) }

const text = JSON.stringify
const entry = `
import { boot } from ${text(path.join(here, 'browser/boot.mjs'))}
boot({
  app: ${text(app)}, pages: ${text(pages)}, styles: ${text(styles)}, scopes: ${text(scopes)}, promised: ${text(promisedApis())},
  templates: (() => { return ${templates} })(),
  loadApp: () => require(${text(script('app'))}),
  components: { ${[...components].map(([name, c]) => `${text(name)}: { json: ${text(c.json)}, load: () => require(${text(c.file)}) }`).join(',\n')} },
})`

// Built in memory as if for dist-web, so that the bytes do not depend on where they are put.
const built = await esbuild.build({
  stdin: { contents: entry, resolveDir: base, sourcefile: 'entry.js', loader: 'js' },
  absWorkingDir: base, outdir: path.join(base, 'dist-web'), entryNames: 'app', write: false,
  bundle: true, format: 'iife', target: 'es2020', sourcemap: 'linked', logLevel: 'error',
  define: { 'process.env.NODE_ENV': '"development"' },
})
fs.rmSync(out, { recursive: true, force: true })
fs.mkdirSync(out, { recursive: true })
for (const file of built.outputFiles) {
  const name = path.basename(file.path).replace(/^stdin/, 'app')
  fs.writeFileSync(path.join(out, name), file.text.replace(/sourceMappingURL=stdin/, 'sourceMappingURL=app'))
}
for (const picture of filesUnder(root, /\.(png|jpe?g|gif|svg|webp)$/)) {
  fs.mkdirSync(path.dirname(path.join(out, picture)), { recursive: true })
  fs.copyFileSync(path.join(root, picture), path.join(out, picture))
}
fs.copyFileSync(path.join(here, 'builtins/builtins.css'), path.join(out, 'builtins.css'))
fs.copyFileSync(path.join(here, 'browser/index.html'), path.join(out, 'index.html'))
const size = Math.round(fs.statSync(path.join(out, 'app.js')).size / 1024)
console.log(`${pages.length} pages, ${components.size - pages.length} components -> ${path.relative(process.cwd(), out)} (${size} KiB)`)
