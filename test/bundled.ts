/** Scripts of tests that start in a process of their own. */
import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { packageRoot } from '../package.ts'

const root = fileURLToPath(packageRoot)
const folder = `${root}node_modules/.cache/otrace-test/`

/**
 * The path of a script, which imports modules of this checkout by `./path.ts`, as one file of JavaScript: tsx takes a
 * second of CPU at each start, and more where it has no cache.
 */
export function bundled(script: string): string {
  const name = createHash('sha256').update(script).digest('hex').slice(0, 16)
  const file = `${folder}${name}.mjs`
  const { outputFiles } = buildSync({
    stdin: { contents: script, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    write: false,
  })
  // Another test may start the same script now: it finds a whole file.
  const part = `${file}.${process.pid}`
  mkdirSync(folder, { recursive: true })
  writeFileSync(part, outputFiles[0]!.contents)
  renameSync(part, file)
  return file
}
