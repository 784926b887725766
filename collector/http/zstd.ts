/** Zstandard decompression within a limit: native from Node 22.15, else JavaScript. */
import { createRequire } from 'node:module'
import type { Transform } from 'node:stream'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { type Decoder, inflating } from './inflate.ts'
import { TooLongError } from './too-long.ts'

/** The part of fzstd's API in use. Loaded with the first zstd body. */
interface Fzstd {
  Decompress: new (
    ondata: (data: Uint8Array) => void,
  ) => { push(chunk: Uint8Array, final: boolean): void }
}

/** Not yet in the types of Node 20. */
const native = zlib as unknown as {
  zstdDecompress?: (
    body: Buffer,
    options: object,
    done: (error: Error | null, output: Buffer) => void,
  ) => void
  createZstdDecompress: (options: object) => Transform
}

/** Compressed bytes between two checks of the output size. A block has at most 128 KiB. */
const PIECE = 4096

export const unzstd: Decoder = native.zstdDecompress
  ? inflating(promisify(native.zstdDecompress), native.createZstdDecompress)
  : unzstdScript

/** Decoders need not support larger windows (RFC 8878, 3.1.1.1.2). Node's own takes up to 128 MiB. */
const LARGEST_WINDOW = 2 ** 23
const LARGEST_BLOCK = 2 ** 17
/** fzstd moves the whole window with each block, and clears a block's memory: one second of the event loop. */
const LARGEST_COST = 2 ** 32
const [MAGIC, SKIPPABLE] = [0xfd2fb528, 0x184d2a5]
const RLE = 1

/** Refuses frames that cost fzstd far more than their size. @throws TooLongError, or an error for a damaged body. */
function checkFrames(body: Buffer, limit: number): void {
  try {
    walkFrames(body, limit)
  } catch (error) {
    throw error instanceof RangeError ? new Error('the data is cut off') : error
  }
}

function walkFrames(body: Buffer, limit: number): void {
  let at = 0
  let cost = 0
  while (at < body.length) {
    const magic = body.readUInt32LE(at)
    if (magic >>> 4 === SKIPPABLE) {
      at += 8 + body.readUInt32LE(at + 4)
      continue
    }
    if (magic !== MAGIC) throw new Error('not a Zstandard frame')
    const flags = body.readUInt8(at + 4)
    const isSingle = (flags >> 5) & 1
    const dictionaryAt = at + 6 - isSingle
    const dictionaryBytes = [0, 1, 2, 4][flags & 3]!
    if (dictionaryBytes > 0 && body.readUIntLE(dictionaryAt, dictionaryBytes) !== 0)
      throw new Error('it needs a dictionary')
    const sizeAt = dictionaryAt + dictionaryBytes
    const sizeBytes = [isSingle, 2, 4, 8][flags >> 6]!
    let window = sizeBytes > 0 ? body.readUIntLE(sizeAt, Math.min(6, sizeBytes)) : 0
    if (isSingle === 0) {
      const descriptor = body.readUInt8(at + 5)
      window = 2 ** (10 + (descriptor >> 3)) * (1 + (descriptor & 7) / 8)
      if (window > LARGEST_WINDOW) throw new Error('its window is larger than 8 MiB')
    } else if (window > limit) throw new TooLongError()
    at = sizeAt + sizeBytes
    for (let isLast = false; !isLast; ) {
      const block = body.readUIntLE(at, 3)
      isLast = (block & 1) === 1
      const size = block >> 3
      at += 3 + (((block >> 1) & 3) === RLE ? 1 : size)
      cost += window + LARGEST_BLOCK
      if (cost > LARGEST_COST) throw new Error('it has too many blocks')
    }
    if (flags & 4) at += 4
  }
}

async function unzstdScript(body: Buffer, limit: number, into?: Buffer): Promise<Buffer> {
  checkFrames(body, limit)
  const { Decompress } = createRequire(import.meta.url)('fzstd') as Fzstd
  const chunks: Uint8Array[] = []
  let size = 0
  const stream = new Decompress((chunk) => {
    if (size + chunk.length > limit) throw new TooLongError()
    if (into) into.set(chunk, size)
    else chunks.push(chunk)
    size += chunk.length
  })
  for (let at = 0; at < body.length; at += PIECE)
    stream.push(body.subarray(at, at + PIECE), at + PIECE >= body.length)
  return into ? into.subarray(0, size) : Buffer.concat(chunks, size)
}
