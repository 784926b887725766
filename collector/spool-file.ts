/** One file of the spool: requests, each behind its length; for spool.ts, and load.ts, which takes them apart. */
import { readFileSync, rmSync, truncateSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

/** As walk() counts. */
export interface Measure {
  rows: number
  flatBytes: number
}

export interface SpoolFile extends Measure {
  path: string
  bytes: number
}

/** The requests in a spool file's bytes, as far as they are whole. */
export function* records(bytes: Buffer): Generator<{ body: Buffer; end: number }> {
  let at = 0
  while (at < bytes.length) {
    let size = 0
    let shift = 1
    for (;;) {
      const byte = bytes[at++]
      if (byte === undefined) return
      size += (byte & 0x7f) * shift
      if (byte < 0x80) break
      shift *= 128
    }
    if (at + size > bytes.length) return
    yield { body: bytes.subarray(at, at + size), end: at + size }
    at += size
  }
}

/** A file that a killed process left: its torn last record was never acknowledged, and is cut off. */
export function recover(
  path: string,
  measure: (request: Buffer) => Measure,
): SpoolFile | undefined {
  const content = readFileSync(path)
  let [rows, flatBytes, bytes] = [0, 0, 0]
  for (const record of records(content)) {
    const measured = measure(record.body)
    rows += measured.rows
    flatBytes += measured.flatBytes
    bytes = record.end
  }
  if (bytes < content.length) truncateSync(path, bytes)
  if (bytes > 0) return { path, rows, flatBytes, bytes }
  rmSync(path)
  return undefined
}

/** All chunks, of `size` bytes together, also where a write is short. */
export async function writeAll(
  handle: FileHandle,
  chunks: Uint8Array[],
  size: number,
): Promise<void> {
  const { bytesWritten } = await handle.writev(chunks)
  if (bytesWritten === size) return
  // A short write: a full disk says so on the next try.
  const all = Buffer.concat(chunks)
  let written = bytesWritten
  while (written < size) written += (await handle.write(all, written)).bytesWritten
}
