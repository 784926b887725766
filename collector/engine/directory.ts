/** The data directory's folders, readable by the current user only. */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { isFolder, moveAway, readOwnFile } from '../address-file.ts'
import { notify } from '../status.ts'
import { writePrivate } from './sync.ts'

export const DATABASE = 'otel'
/** Entries of a data directory. */
const OWN = /^(clickhouse|spool|otrace\.json.*)$/

/**
 * Makes a folder and its missing parents. Node's recursive mkdir never returns where an existing parent answers ENOENT,
 * as /proc does.
 * @throws the file system's error
 */
export function makeDirectory(path: string): void {
  if (isFolder(path)) return
  const above = dirname(path)
  if (!existsSync(above)) makeDirectory(above)
  try {
    mkdirSync(path, 0o700)
  } catch (error) {
    // Another process may have made it first.
    if (!isFolder(path)) throw error
  }
}

/** A folder of the data directory is a link to a place that is not there: its disk may not be mounted. */
export class LostLinkError extends Error {
  override name = 'LostLinkError'
}

/**
 * Makes a folder of the data directory. What is in its place is moved away, and said.
 * @throws LostLinkError
 */
export function makeOwnFolder(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() && !existsSync(path))
    throw new LostLinkError(`${path} is a link to ${readlinkSync(path)}, which is not there`)
  moveAway(path, 'folder')
  makeDirectory(path)
}

/** Removes other users' permissions if the data directory holds only the store's files. */
export function makePrivate(dataDir: string): void {
  const names = readdirSync(dataDir)
  const paths = names.filter((name) => OWN.test(name)).map((name) => `${dataDir}/${name}`)
  if (paths.length === names.length) paths.push(dataDir)
  for (const path of paths) {
    const found = statSync(path, { throwIfNoEntry: false })
    // A link that leads nowhere is refused later, by its name.
    if (!found) continue
    const { mode, uid } = found
    const isOwn = process.getuid === undefined || uid === process.getuid()
    if (isOwn && (mode & 0o077) !== 0) chmodSync(path, mode & 0o700)
  }
}

/** Moves away what is in the place of a folder, link or definition of the engine: it makes most of them anew. */
export function tidy(directory: string): void {
  const metadata = join(directory, 'metadata')
  for (const name of ['data', 'data/otel', 'metadata', 'store', 'tmp', 'user_defined']) {
    const path = join(directory, name)
    // A circle of links is the system's error.
    if (lstatSync(path, { throwIfNoEntry: false }) && !isFolder(path)) makeOwnFolder(path)
  }
  const functions = join(directory, 'user_defined')
  for (const name of isFolder(functions) ? readdirSync(functions) : [])
    if (name.endsWith('.sql')) moveAway(join(functions, name))
  moveAway(join(metadata, DATABASE), 'link')
  moveAway(join(metadata, `${DATABASE}.sql`))
  const definitions = join(metadata, DATABASE)
  if (!isFolder(definitions)) return
  // The engine refuses other names there than definitions, and those with a dot before them.
  for (const name of readdirSync(definitions))
    if (name.endsWith('.sql')) moveAway(join(definitions, name), 'file', true)
}

/** What the engine writes first into the folder of a table, and all that ours may have in it. */
export const FIRST_FILE = 'format_version.txt'
const VERSION = '1'

/**
 * Writes the version of tables where it is damaged: the engine opens no store without, though the parts are sound. It
 * takes any number from 1 on, and no whitespace.
 */
export function mendVersions(folders: string[]): void {
  for (const path of folders.map((folder) => join(folder, FIRST_FILE))) {
    const found = lstatSync(path, { throwIfNoEntry: false })
    const isSound = /^[1-9]\d{0,8}$/.test(readOwnFile(path)?.text ?? '')
    // What this user may not read is said by the engine.
    if (!found || isSound || (found.isFile() && !isReadable(path))) continue
    writePrivate(path, VERSION, true)
    notify('version', () => `a damaged ${FIRST_FILE} was written again: ${path}`)
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}
