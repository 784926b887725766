/**
 * The format of a spool file: requests, each with a sequence and checksums.
 *
 * A record is what ClickHouse's Protobuf format reads: a varint length, then a message. The message begins with a field
 * of our own, which ClickHouse skips, and goes on with the request as it arrived:
 *
 *   length · tag of field 30,000,000, 20 · file, index, size, CRC-32 of the request, CRC-32 of the header · request
 *
 * Numbers are 32 bits, little-endian. `file` is the number in the file's name; `index` counts the file's records.
 */
import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { lengthPrefix } from '../otlp/wire.ts'

/** As scan() counts. */
export interface Measure {
  rows: number
  flatBytes: number
}

export interface SpoolFile extends Measure {
  path: string
  bytes: number
  /** When its first request was acknowledged, in Unix milliseconds. */
  since: number
  /** It could not be read at the start, so its rows are not counted yet. */
  isUnread?: boolean
}

export interface SpoolRecord {
  body: Buffer
  index: number
}

export interface SpoolContent {
  records: SpoolRecord[]
  /** Bytes of whole records and damage: a longer file ends in a record that was never acknowledged. */
  wholeBytes: number
  /** Description of the damage; undefined for an intact file. */
  damage: string | undefined
}

const MAGIC = Buffer.from([0x82, 0xb8, 0xb8, 0x72, 20])
const NUMBERS = MAGIC.length
const HEADER = MAGIC.length + 20
const LONGEST_PREFIX = 5

/** The bytes in front of a request. */
export function recordHeader(file: number, index: number, body: Uint8Array): Buffer {
  const prefix = lengthPrefix(HEADER + body.length)
  const head = Buffer.alloc(prefix.length + HEADER)
  head.set(prefix)
  head.set(MAGIC, prefix.length)
  const at = prefix.length + NUMBERS
  head.writeUInt32LE(file >>> 0, at)
  head.writeUInt32LE(index, at + 4)
  head.writeUInt32LE(body.length, at + 8)
  head.writeUInt32LE(crc32(body), at + 12)
  head.writeUInt32LE(crc32(head.subarray(at, at + 16)), at + 16)
  return head
}

/** The content of a file that holds these records. */
export function fileOf(file: number, records: SpoolRecord[]): Buffer {
  return Buffer.concat(
    records.flatMap(({ body, index }) => [recordHeader(file, index, body), body]),
  )
}

/**
 * Reads a spool file. A damaged record costs nothing behind it: reading goes on at the next header whose checksums
 * hold.
 * @param file the number in the file's name
 */
export function readSpoolFile(bytes: Buffer, file: number): SpoolContent {
  const records: SpoolRecord[] = []
  let [at, next, lost, damagedBytes] = [0, 0, 0, 0]
  while (at < bytes.length) {
    const found = findRecord(bytes, at, file, next)
    if (!found) break
    // The half of a file begins with any index.
    const missing = records.length === 0 ? 0 : found.index - next
    const skipped = found.start - at
    lost += skipped > LONGEST_PREFIX ? Math.max(1, missing) : missing
    damagedBytes += skipped
    records.push({ body: bytes.subarray(found.body, found.end), index: found.index })
    at = found.end
    next = found.index + 1
  }
  const rest = bytes.length - at
  if (rest > 0 && !isTornRecord(bytes, at, file)) {
    lost++
    damagedBytes += rest
    at = bytes.length
  }
  if (lost === 0 && damagedBytes === 0) return { records, wholeBytes: at, damage: undefined }
  const damage = `at least ${lost} of ${lost + records.length} requests: ${damagedBytes} bytes fail their checksums`
  return { records, wholeBytes: at, damage }
}

interface Found {
  /** Offsets of the record, of its request and of its end. */
  start: number
  body: number
  end: number
  index: number
}

/** The first sound record at or after `from`, with an index of at least `least`. */
function findRecord(bytes: Buffer, from: number, file: number, least: number): Found | undefined {
  let at = bytes.indexOf(MAGIC, from)
  while (at >= 0) {
    const header = readHeader(bytes, at)
    let end = at + 1
    if (header?.file === file >>> 0 && header.index >= least) {
      const body = at + HEADER
      end = body + header.size
      if (end <= bytes.length && crc32(bytes.subarray(body, end)) === header.crc) {
        const prefix = lengthPrefix(HEADER + header.size)
        const start = at - prefix.length
        // A damaged length loses no request, but ClickHouse would stumble over it: `start` then differs from `from`.
        const isSound = start >= from && bytes.subarray(start, at).equals(prefix)
        return { start: isSound ? start : at, body, end, index: header.index }
      }
      // A record inside a damaged one may be a client's text.
      if (end > bytes.length) end = at + 1
    }
    at = bytes.indexOf(MAGIC, end)
  }
  return undefined
}

function readHeader(bytes: Buffer, at: number) {
  if (at + HEADER > bytes.length) return undefined
  const numbers = at + NUMBERS
  const crc = bytes.readUInt32LE(numbers + 16)
  if (crc32(bytes.subarray(numbers, numbers + 16)) !== crc) return undefined
  return {
    file: bytes.readUInt32LE(numbers),
    index: bytes.readUInt32LE(numbers + 4),
    size: bytes.readUInt32LE(numbers + 8),
    crc: bytes.readUInt32LE(numbers + 12),
  }
}

/** Whether the rest is the beginning of a record, as a killed process leaves it. */
function isTornRecord(bytes: Buffer, at: number, file: number): boolean {
  let magic = at
  while (magic < bytes.length && bytes[magic]! >= 0x80) magic++
  magic++
  if (magic - at > LONGEST_PREFIX) return false
  const begun = bytes.subarray(magic, magic + MAGIC.length)
  if (!begun.equals(MAGIC.subarray(0, begun.length))) return false
  if (magic + HEADER > bytes.length) return true
  const header = readHeader(bytes, magic)
  return header?.file === file >>> 0 && magic + HEADER + header.size > bytes.length
}

/**
 * Reads a file without checksums, as written before 0.2: requests, each after its length.
 * @param isRequest whether it can be decoded
 */
export function readOldSpoolFile(
  bytes: Buffer,
  isRequest: (body: Buffer) => boolean,
): SpoolContent {
  const records: SpoolRecord[] = []
  let [at, lost, zeros] = [0, 0, 0]
  while (at < bytes.length) {
    let [size, shift, body] = [0, 1, at]
    for (let byte = 0x80; byte >= 0x80; shift *= 128) {
      byte = bytes[body++] ?? 0
      size += (byte & 0x7f) * shift
    }
    if (body + size > bytes.length) break
    const request = bytes.subarray(body, body + size)
    // No request is empty: a power cut leaves zeros.
    if (size === 0) zeros++
    // A copied file of the new format: its requests are counted elsewhere.
    else if (!request.subarray(0, MAGIC.length).equals(MAGIC) && isRequest(request))
      records.push({ body: request, index: records.length })
    else lost++
    at = body + size
  }
  // Without checksums, the torn end of a killed process looks like damage.
  const rest = bytes.length - at
  if (lost + zeros + rest === 0) return { records, wholeBytes: at, damage: undefined }
  const damage = `${lost} of ${lost + records.length} requests, ${zeros} zero bytes, and ${rest} bytes at the end`
  return { records, wholeBytes: bytes.length, damage }
}

/**
 * Whether the system could not read a file: a disk that fails, a missing permission, too many open files. Its content
 * may be sound, unlike that of a link that leads nowhere.
 */
export function isOfSystem(error: unknown): boolean {
  const { syscall, code = '' } = error as NodeJS.ErrnoException
  return syscall !== undefined && code !== 'ENOENT' && code !== 'ELOOP'
}

/** Writes all chunks, of `size` bytes together, also where a write is short. */
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
