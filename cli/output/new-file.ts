/** Writes text files that a user asked for. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { usage } from '../errors.ts'

/**
 * Writes a file, and the folders above it.
 * @param options.replaces whether a file may be there already
 * @param options.isPrivate readable by its user alone, as are folders that are new
 * @throws OtraceError (exit 2) where it cannot be written
 */
export function writeTextFile(
  path: string,
  text: string,
  options: { replaces?: boolean; isPrivate?: boolean } = {},
): void {
  const { replaces = false, isPrivate = false } = options
  try {
    mkdirSync(dirname(path), { recursive: true, ...(isPrivate && { mode: 0o700 }) })
    writeFileSync(path, text, { flag: replaces ? 'w' : 'wx', ...(isPrivate && { mode: 0o600 }) })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw usage(`cannot write ${path}: ${code ?? message}`, 'name a folder you may write to')
  }
}
