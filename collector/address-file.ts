/** The addresses of a running collector: `otrace.json` in its data directory. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { notify } from './status.ts'

export interface AddressFile {
  pid: number
  /** As startOf() says, so that a later process with this id is not taken for the collector. */
  processStart?: string
  /** As placeOf() says of the directory, so that a copy of it is not taken for it. */
  place?: string
  /** Base addresses such as `http://127.0.0.1:8123`. */
  clickhouse: string
  otlpHttp: string
  otlpGrpc?: string
  /** Whether readers and senders need a password. */
  password?: boolean
  /** Parts that the engine set aside at the start, as it could not read them. */
  brokenParts?: number
  /** ISO-8601, UTC. */
  startedAt: string
  version: string
}

/** The addresses a collector of this user published for this directory, unless its process is gone. */
export function readAddressFile(dataDir: string): AddressFile | undefined {
  const file = readOwnFile(fileIn(dataDir))
  if (!file || (process.getuid && file.uid !== process.getuid())) return undefined
  let found: AddressFile
  try {
    found = JSON.parse(file.text)
  } catch {
    return undefined
  }
  const isAddress = typeof found?.clickhouse === 'string' && URL.canParse(found.clickhouse)
  if (!isAddress || !isHere(dataDir, found.place)) return undefined
  return isAlive(found.pid, found.processStart) ? found : undefined
}

/** Publishes the addresses atomically. */
export function writeAddressFile(dataDir: string, addresses: AddressFile): void {
  const draft = `${fileIn(dataDir)}.${process.pid}`
  const content = { ...addresses, processStart: startOf(process.pid), place: placeOf(dataDir) }
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  moveAway(fileIn(dataDir))
  renameSync(draft, fileIn(dataDir))
}

/** Removes the file if it is this process's. */
export function removeAddressFile(dataDir: string): void {
  if (readAddressFile(dataDir)?.pid === process.pid) rmSync(fileIn(dataDir), { force: true })
}

/**
 * Whether a process with this id exists, under any user.
 * @param start as startOf() said of it; another process with the id started at another time.
 */
export function isAlive(pid: number, start?: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const found = stat(pid)
  // Its parent has not heard of its end.
  if (found?.state === 'Z') return false
  if (found === undefined) return true
  return start === undefined ? isNode(pid) : start === found.start
}

/** Whether it may be a collector, for files without a start: those of other programs and of old versions. */
function isNode(pid: number): boolean {
  try {
    return /node|otrace/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    return true
  }
}

/** When a process started, in clock ticks since the boot; undefined where the system does not say. */
export function startOf(pid: number): string | undefined {
  return stat(pid)?.start
}

function stat(pid: number): { state?: string; start?: string } | undefined {
  try {
    // The name before them is in parentheses, and may have any text.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { state: fields[0], start: fields[19] }
  } catch {
    return undefined
  }
}

/** A directory's device and inode: a move keeps them, a copy has others. Undefined if it does not exist. */
export function placeOf(directory: string): string | undefined {
  const found = statSync(directory, { throwIfNoEntry: false, bigint: true })
  return found && `${found.dev}:${found.ino}`
}

/** Whether a file that names a place was written for this directory. Those of old versions name none. */
export function isHere(directory: string, place?: string): boolean {
  return place === undefined || place === placeOf(directory)
}

/** Far more than any of these files has. */
const MOST_BYTES = 64 * 1024

/** A small file that a collector wrote, and its owner. Links, pipes and devices are never opened to the end. */
export function readOwnFile(path: string): { text: string; uid: number } | undefined {
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const found = fstatSync(file)
    if (!found.isFile() || found.size > MOST_BYTES) return undefined
    return { text: readFileSync(file, 'utf8'), uid: found.uid }
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * Renames what is in the place of a file of the collector (a folder, a link, a pipe, a large file), of a folder, or of
 * a link to one.
 * @param isHidden whether its new name begins with a dot
 */
export function moveAway(
  path: string,
  wanted: 'file' | 'folder' | 'link' = 'file',
  isHidden = false,
): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found) return
  const isOwn = {
    file: found.isFile() && found.size <= MOST_BYTES,
    folder: isFolder(path),
    link: found.isSymbolicLink(),
  }
  if (isOwn[wanted]) return
  const name = `${isHidden ? '.' : ''}${basename(path)}.moved-${Date.now()}`
  const to = join(dirname(path), name)
  renameSync(path, to)
  const kind = found.isDirectory() ? 'folder' : found.isFile() ? 'file' : wanted
  const what = kind === wanted ? 'something else' : `a ${kind}`
  notify(`moved ${path}`, () => `${what} was in the place of a ${wanted}, and is now ${to}`)
}

/** Whether a folder is there, or a link to one. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'otrace.json')
}
