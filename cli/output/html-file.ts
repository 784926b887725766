/** The HTML pages of `trace` and `flame` as files. */
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { finished } from 'node:stream/promises'
import { packageRoot } from '../../package.ts'
import { usage } from '../errors.ts'
import { insteadOf } from './new-file.ts'

/**
 * The HTML of a page as the build leaves it, with `{{title}}` and `{{data}}` to fill.
 * @throws Error when the package is not built
 */
export function readTemplate(name: 'trace' | 'flame'): string {
  return readFileSync(new URL(`dist/pages/${name}.html`, packageRoot), 'utf8')
}

/** Characters to write at once. */
const CHUNK = 65_536

/**
 * Writes a page piece by piece.
 * @throws OtraceError (exit 2) when the file cannot be written
 */
export async function writePage(path: string, pieces: Iterable<string>): Promise<void> {
  const file = createWriteStream(path)
  const done = finished(file)
  try {
    let pending = ''
    for (const piece of pieces) {
      pending += piece
      if (pending.length < CHUNK) continue
      if (!file.write(pending)) await Promise.race([once(file, 'drain'), done])
      pending = ''
    }
    file.end(pending)
    await done
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const elsewhere = 'name a file in a folder you may write to'
    throw usage(`cannot write ${path}: ${why}`, insteadOf(error, elsewhere))
  }
}
