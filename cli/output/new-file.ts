/** Writes text files that a user asked for. */
import { randomBytes } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
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

interface WriteOptions {
  /** How the user names another place. */
  elsewhere: string
  /** The flag that named the file, for the error. */
  flag?: string
  /** Whether a file may be there already. */
  replaces?: boolean
  /** Readable by its user alone, as are folders that are new. */
  isPrivate?: boolean
}

/**
 * Writes a file, and the folders above it. One that is replaced stays whole where the disk is full or the process is
 * killed, unless it is mounted or in a folder of another user.
 * @throws OtraceError (exit 2) where it cannot be written
 */
export function writeTextFile(path: string, text: string, options: WriteOptions): void {
  const { elsewhere, flag, replaces = false, isPrivate = false } = options
  try {
    makeFolders(dirname(path), isPrivate ? 0o700 : 0o777)
    if (replaces && isFile(path)) replaceFile(realpathSync(path), text)
    else
      writeFileSync(path, text, { flag: replaces ? 'w' : 'wx', ...(isPrivate && { mode: 0o600 }) })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const what = `cannot write ${path}: ${code ?? message}`
    throw usage(flag ? `${flag}: ${what}` : what, insteadOf(error, elsewhere))
  }
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

/** Errors of a place whose files can be written and not replaced: mounts, folders of others, long names. */
const IN_PLACE = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EXDEV', 'ENAMETOOLONG'])

function replaceFile(path: string, text: string): void {
  accessSync(path, constants.W_OK)
  // Processes of two containers may have one id.
  const draft = `${path}.${randomBytes(4).toString('hex')}`
  try {
    writeDraft(draft, text, statSync(path))
    renameSync(draft, path)
  } catch (error) {
    if (existsSync(draft)) rmSync(draft)
    if (!IN_PLACE.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    writeFileSync(path, text)
  }
}

function writeDraft(draft: string, text: string, { uid, gid, mode }: Stats): void {
  const handle = openSync(draft, 'wx', 0o600)
  try {
    fchownSync(handle, uid, gid)
    // The mode of open() loses what the umask takes.
    fchmodSync(handle, mode & 0o7777)
    writeFileSync(handle, text)
  } finally {
    closeSync(handle)
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
