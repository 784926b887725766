/** Folders for the files of tests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MOST_TRIES = 1000

/** A new empty folder, and how to remove it. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'otrace-test-'))
  return { path, remove: () => removeFolder(path) }
}

/**
 * Removes a folder to which the engine or a process that ends may still write. Node's own retries would not remove a
 * file that comes while the others are removed.
 */
export function removeFolder(path: string): void {
  for (let tries = 1; ; tries++) {
    try {
      rmSync(path, { recursive: true, force: true })
      return
    } catch (error) {
      if (tries === MOST_TRIES) throw error
    }
  }
}
