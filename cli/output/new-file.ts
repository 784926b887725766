/** Writes text files that a user asked for. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { usage } from '../errors.ts'

/** What to do about errors of a file that another place does not end. */
const INSTEAD: Record<string, string> = {
  ENAMETOOLONG: 'choose a shorter name',
  ENOSPC: 'free some space',
  EDQUOT: 'free some space',
}

/**
 * What to type next where a file cannot be written.
 * @param elsewhere how another place is named, for every error of the place
 */
export function insteadOf(error: unknown, elsewhere: string): string {
  return INSTEAD[(error as NodeJS.ErrnoException).code ?? ''] ?? elsewhere
}

/**
 * Writes a file, and the folders above it.
 * @param options.elsewhere how the user names another place
 * @param options.replaces whether a file may be there already
 * @param options.isPrivate readable by its user alone, as are folders that are new
 * @throws OtraceError (exit 2) where it cannot be written
 */
export function writeTextFile(
  path: string,
  text: string,
  options: { elsewhere: string; replaces?: boolean; isPrivate?: boolean },
): void {
  const { elsewhere, replaces = false, isPrivate = false } = options
  try {
    makeFolders(dirname(path), isPrivate ? 0o700 : 0o777)
    writeFileSync(path, text, { flag: replaces ? 'w' : 'wx', ...(isPrivate && { mode: 0o600 }) })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw usage(`cannot write ${path}: ${code ?? message}`, insteadOf(error, elsewhere))
  }
}

/** Makes a folder and missing ones above it. Node's recursive mkdir does not return within /proc. */
export function makeFolders(path: string, mode: number): void {
  if (existsSync(path)) return
  makeFolders(dirname(path), mode)
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    // Another process made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
