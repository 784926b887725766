/** The data directory's folders, readable by the current user only. */
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isFolder, moveAway } from '../address-file.ts'

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

/** Makes a folder of the data directory. What is in its place is moved away, and said. */
export function makeOwnFolder(path: string): void {
  moveAway(path, 'folder')
  makeDirectory(path)
}

/** Removes other users' permissions if the data directory holds only the store's files. */
export function makePrivate(dataDir: string): void {
  const names = readdirSync(dataDir)
  const paths = names.filter((name) => OWN.test(name)).map((name) => `${dataDir}/${name}`)
  if (paths.length === names.length) paths.push(dataDir)
  for (const path of paths) {
    const { mode, uid } = statSync(path)
    const isOwn = process.getuid === undefined || uid === process.getuid()
    if (isOwn && (mode & 0o077) !== 0) chmodSync(path, mode & 0o700)
  }
}
