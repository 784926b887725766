/** Syncs files and directories to disk, so that they survive a power cut. */
import { closeSync, fsyncSync, lstatSync, openSync, writeFileSync } from 'node:fs'
import { moveAway } from '../address-file.ts'

/** Makes the names in a directory durable. */
export function syncDirectory(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Writes a whole file for this user alone. @param isSynced whether its content must be durable on return */
export function writePrivate(path: string, content: string | Uint8Array, isSynced: boolean): void {
  // A folder cannot be opened, and opening a pipe never ends.
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) moveAway(path)
  const handle = openSync(path, 'w', 0o600)
  try {
    writeFileSync(handle, content)
    if (isSynced) fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
