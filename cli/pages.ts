/** Writes the self-contained HTML pages of `trace` and `flame` to files. */
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { finished } from 'node:stream/promises'
import { packageRoot } from '../package.ts'
import { OtraceError } from './errors.ts'
import type { Template } from './trace/page.ts'

const folder = new URL('cli/trace/html/', packageRoot)

/** What a page is made of. */
export function readTemplate(name: 'trace' | 'flame'): Template {
  const read = (file: string) => readFileSync(new URL(file, folder), 'utf8')
  return {
    html: read(`${name}.html`),
    style: read('page.css'),
    scripts: (name === 'trace'
      ? ['common.js', 'tree.js', 'trace.js']
      : ['common.js', 'flame.js']
    ).map(read),
  }
}

/**
 * Writes a page piece by piece.
 * @throws OtraceError (exit 2) when the file cannot be written
 */
export async function writePage(path: string, pieces: Iterable<string>): Promise<void> {
  const file = createWriteStream(path)
  const done = finished(file)
  try {
    for (const piece of pieces)
      if (!file.write(piece)) await Promise.race([once(file, 'drain'), done])
    file.end()
    await done
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new OtraceError(
      'usage',
      `${path} cannot be written: ${why}`,
      'name a file in a folder of yours',
    )
  }
}
