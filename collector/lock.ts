/** One process a data directory: a file that names the process holding it, so that others wait without trying; for store.ts. */
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from './address-file.ts'

const FILE = 'otrace.lock'
const POLL_MS = 20
/** A file without a process id that is older than this was left by a process killed while it wrote it. */
const WRITTEN_WITHIN_MS = 2000

/**
 * Waits until no other live process holds `directory`, at most `waitMs`, and takes it.
 * @returns how to let go, or undefined when another process kept it
 */
export async function lockDirectory(
  directory: string,
  waitMs: number,
): Promise<(() => void) | undefined> {
  const path = join(directory, FILE)
  const deadline = performance.now() + waitMs
  for (;;) {
    if (take(path)) return () => rmSync(path, { force: true })
    if (performance.now() > deadline) return undefined
    await sleep(POLL_MS)
  }
}

/** Whether another live process holds `directory` now. */
export function isHeld(directory: string): boolean {
  const pid = Number(holderIn(join(directory, FILE)) ?? '')
  return pid !== process.pid && isAlive(pid)
}

function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const text = holderIn(path)
  if (text === undefined) return false
  // This process again: the engine lets it.
  if (Number(text) === process.pid) return true
  if (text === '' ? age(path) > WRITTEN_WITHIN_MS : !isAlive(Number(text))) clear(path, text)
  return false
}

/** Removes the file of a dead process, unless another process has just put its own in the place. */
function clear(path: string, text: string): void {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
    if (holderIn(aside) !== text) linkSync(aside, path)
  } catch {
    // Somebody else was faster.
  } finally {
    rmSync(aside, { force: true })
  }
}

function holderIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function age(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs
  } catch {
    return 0
  }
}
