/** Syncs files and directories to disk, so that they survive a power cut. */
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs'

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
  const handle = openSync(path, 'w', 0o600)
  try {
    writeFileSync(handle, content)
    if (isSynced) fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
