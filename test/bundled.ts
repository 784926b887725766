/** Scripts of tests that start in a process of their own. */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { packageRoot } from '../package.ts'

const root = fileURLToPath(packageRoot)

/**
 * The path of a script, which imports modules of this checkout by `./path.ts`, as one file of JavaScript: tsx takes a
 * second of CPU at each start, and more where it has no cache.
 */
export function bundled(script: string): string {
  const name = createHash('sha256').update(script).digest('hex').slice(0, 16)
  const outfile = `${root}node_modules/.cache/otrace-test/${name}.mjs`
  buildSync({
    stdin: { contents: script, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    outfile,
  })
  return outfile
}
