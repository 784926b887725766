/** LZ4 frame decompression within a limit. */
import { TooLongError } from './too-long.ts'

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */
const MAGIC = 0x184d2204
const SKIPPABLE = 0x184d2a5
/** Block sizes by their code, 4 to 7. */
const BLOCK_SIZES = [2 ** 16, 2 ** 18, 2 ** 20, 2 ** 22]

/**
 * @param into where the result may go: at least `limit` bytes.
 * @throws TooLongError, or an error for a damaged body.
 */
export async function unlz4(body: Buffer, limit: number, into?: Buffer): Promise<Buffer> {
  const out = new Output(limit, into)
  let at = 0
  while (at < body.length) {
    const magic = need(body, at, 4).readUInt32LE(at)
    at += 4
    if (magic >>> 4 === SKIPPABLE) at += 4 + need(body, at, 4).readUInt32LE(at)
    else if (magic === MAGIC) at = frame(body, at, out)
    else throw new Error('not an LZ4 frame')
  }
  return out.bytes()
}

/**
 * One block without a frame.
 * @param size of the result
 * @throws an error for a damaged block, and for one of another size
 */
export function unlz4Block(bytes: Buffer, size: number): Buffer {
  const out = new Output(size, Buffer.allocUnsafe(size))
  block(bytes, 0, bytes.length, out, 0, size)
  if (out.size !== size) throw new Error('a block of another size')
  return out.bytes()
}

/** @returns the offset after the frame. */
function frame(body: Buffer, start: number, out: Output): number {
  const flags = need(body, start, 3)[start]!
  const largest = BLOCK_SIZES[((body[start + 1]! >> 4) & 7) - 4]
  if (flags >> 6 !== 1 || largest === undefined) throw new Error('an unknown version of LZ4')
  const [hasBlockSum, hasSize, hasSum, hasDictionary] = [
    flags & 16,
    flags & 8,
    flags & 4,
    flags & 1,
  ]
  if (hasDictionary) throw new Error('it needs a dictionary')
  let at = start + 3 + (hasSize ? 8 : 0)
  const said = hasSize ? need(body, start + 2, 8).readBigUInt64LE(start + 2) : undefined
  const before = out.size
  const first = flags & 32 ? undefined : out.size
  for (;;) {
    const word = need(body, at, 4).readUInt32LE(at)
    at += 4
    if (word === 0) break
    const size = word & 0x7fffffff
    need(body, at, size)
    if (word >>> 31) out.copy(body, at, at + size)
    else block(body, at, at + size, out, first ?? out.size, largest)
    at += size + (hasBlockSum ? 4 : 0)
  }
  if (said !== undefined && said !== BigInt(out.size - before))
    throw new Error('not of the size that it names')
  return at + (hasSum ? 4 : 0)
}

/** @param first the first byte of output that a match may reach back to. */
function block(
  body: Buffer,
  start: number,
  end: number,
  out: Output,
  first: number,
  largest: number,
): void {
  out.limitTo(out.size + largest)
  let at = start
  const length = (nibble: number): number => {
    let value = nibble
    if (nibble < 15) return value
    for (;;) {
      if (at >= end) throw new Error('a length is cut off')
      const byte = body[at++]!
      value += byte
      if (byte < 255) return value
    }
  }
  while (at < end) {
    const token = body[at++]!
    const literal = length(token >> 4)
    if (at + literal > end) throw new Error('a literal beyond its end')
    out.copy(body, at, at + literal)
    at += literal
    if (at === end) return
    if (at + 2 > end) throw new Error('a match is cut off')
    const offset = body.readUInt16LE(at)
    at += 2
    const match = length(token & 15) + 4
    if (offset === 0 || out.size - offset < first) throw new Error('a match before the start')
    out.repeat(offset, match)
  }
}

function need(body: Buffer, at: number, size: number): Buffer {
  if (at + size > body.length) throw new Error('the data is cut off')
  return body
}

/** A buffer that grows to its limit. */
class Output {
  size = 0
  #buffer: Buffer
  readonly #limit: number
  #blockLimit = 0

  constructor(limit: number, buffer: Buffer = Buffer.allocUnsafe(2 ** 16)) {
    this.#limit = limit
    this.#buffer = buffer
  }

  /** A block must end by this size. */
  limitTo(size: number): void {
    this.#blockLimit = size
  }

  copy(from: Buffer, start: number, end: number): void {
    this.#reserve(end - start)
    from.copy(this.#buffer, this.size, start, end)
    this.size += end - start
  }

  repeat(offset: number, length: number): void {
    if (this.size + length > this.#blockLimit) throw new Error('a block beyond its size')
    this.#reserve(length)
    const buffer = this.#buffer
    // Byte by byte: a match may overlap itself.
    for (let i = 0, at = this.size; i < length; i++, at++) buffer[at] = buffer[at - offset]!
    this.size += length
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.size)
  }

  #reserve(length: number): void {
    const needed = this.size + length
    if (needed > this.#limit) throw new TooLongError()
    if (needed <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(
      Math.min(this.#limit, Math.max(needed, this.#buffer.length * 2)),
    )
    this.#buffer.copy(grown, 0, 0, this.size)
    this.#buffer = grown
  }
}
