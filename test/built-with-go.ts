/** Programs built from Go modules, outside of the repository. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const SOURCES = ['go.mod', 'go.sum', 'main.go']

/**
 * The program of a folder of test/, if it is built already. With OTRACE_LONG=1 it is built first, into the user's
 * cache.
 * @returns undefined without one
 */
export async function builtWithGo(name: string): Promise<string | undefined> {
  const folder = fileURLToPath(new URL(`${name}/`, import.meta.url))
  const hash = createHash('sha256')
  for (const source of SOURCES) hash.update(readFileSync(join(folder, source)))
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'otrace-test')
  const path = join(cache, `${name}-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(path)) return path
  if (!process.env.OTRACE_LONG) return undefined
  try {
    mkdirSync(cache, { recursive: true })
    // Another test file may build it, too: whole, or not there.
    const made = `${path}.${process.pid}`
    await promisify(execFile)('go', ['build', '-ldflags=-s -w', '-o', made, '.'], { cwd: folder })
    renameSync(made, path)
    return path
  } catch (error) {
    process.stderr.write(`no ${name}: ${(error as Error).message.slice(-500)}\n`)
    return undefined
  }
}
