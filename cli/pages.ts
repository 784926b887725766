/** Writes the self-contained HTML pages of `trace` and `flame` to files. */
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { finished } from 'node:stream/promises'
import { packageRoot } from '../package.ts'
import { OtraceError } from './errors.ts'
import type { Template } from './trace/page.ts'

const folder = new URL('cli/trace/html/', packageRoot)

const STYLES = {
  trace: ['page.css', 'trace.css', 'detail.css'],
  flame: ['page.css', 'flame.css'],
}

/** What a page is made of. */
export function readTemplate(name: 'trace' | 'flame'): Template {
  return {
    html: read(`${name}.html`),
    styles: STYLES[name].map(read),
    scripts: [...withImports(`${name}.js`).values()],
  }
}

/** A script after those that it imports, by file. */
function withImports(file: string, found = new Map<string, string>()): Map<string, string> {
  const text = read(file)
  for (const [, imported] of text.matchAll(/^import [^']*'\.\/([^']*)'$/gm)) {
    if (!found.has(imported!)) withImports(imported!, found)
  }
  return found.set(file, text)
}

function read(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8')
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
