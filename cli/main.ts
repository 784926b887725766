#!/usr/bin/env node
/** The executable: prints its version, or loads the program and runs it. */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheCode } from './program/code-cache.ts'

const [, , ...argv] = process.argv
void main()

async function main(): Promise<void> {
  if (argv.length === 1 && /^(?:-V|--version)$/.test(argv[0]!)) {
    try {
      writeSync(1, `${(await import('../package.ts')).packageVersion()}\n`)
      process.exit(0)
    } catch {
      // The program says why.
    }
  }
  const folder = codeFolder()
  if (folder) cacheCode(fileURLToPath(new URL('chunks', import.meta.url)), folder)
  const { runProcess } = await import('./program/process.ts')
  await runProcess(argv)
}

/** The folder of compiled code; undefined for the source, or where Node is told to compile anew. */
function codeFolder(): string | undefined {
  const { XDG_CACHE_HOME, HOME, NODE_COMPILE_CACHE, ...env } = process.env
  const caches = XDG_CACHE_HOME || (HOME && join(HOME, '.cache'))
  const isOff = NODE_COMPILE_CACHE || env.NODE_DISABLE_COMPILE_CACHE || env.NODE_V8_COVERAGE
  return caches && !isOff && import.meta.url.endsWith('.js')
    ? join(caches, 'otrace/code')
    : undefined
}
