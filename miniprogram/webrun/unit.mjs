// npm test: bundles test/*.test.ts with esbuild (they are TypeScript) and runs them with Node's own test runner.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { spawnSync } from 'node:child_process'
import esbuild from 'esbuild'
import { base, filesUnder } from './project.mjs'

const out = fs.mkdtempSync(path.join(os.tmpdir(), 'mp-unit-'))
const tests = filesUnder(path.join(base, 'test'), /\.test\.ts$/).map(file => path.join(base, 'test', file))
await esbuild.build({
  entryPoints: tests, bundle: true, platform: 'node', format: 'esm', target: 'node18', outdir: out, outExtension: { '.js': '.mjs' },
  sourcemap: 'inline', external: ['node:*'], logLevel: 'error',
})
const done = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...filesUnder(out, /\.mjs$/).map(file => path.join(out, file))], { stdio: 'inherit' })
fs.rmSync(out, { recursive: true })
process.exit(done.status ?? 1)
