/** Snappy decompression within a limit, block or framed (github.com/google/snappy). */
import { TooLongError } from './too-long.ts'

const STREAM_IDENTIFIER = Buffer.from([0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59])
/** Chunk types of the framing format. */
const [COMPRESSED, PLAIN, FIRST_SKIPPABLE] = [0x00, 0x01, 0x80]

/**
 * @param into where the result may go: at least `limit` bytes.
 * @throws TooLongError, or an error for a damaged body.
 */
export async function unsnappy(body: Buffer, limit: number, into?: Buffer): Promise<Buffer> {
  return body.subarray(0, STREAM_IDENTIFIER.length).equals(STREAM_IDENTIFIER)
    ? frames(body, limit, into)
    : block(body, limit, into)
}

function frames(body: Buffer, limit: number, into?: Buffer): Buffer {
  const chunks: Buffer[] = []
  let size = 0
  const add = (chunk: Buffer) => {
    if (size + chunk.length > limit) throw new TooLongError()
    if (into) chunk.copy(into, size)
    else chunks.push(chunk)
    size += chunk.length
  }
  for (let at = 0; at < body.length; ) {
    const type = body[at]!
    const start = at + 4
    const end = start + (at + 4 <= body.length ? body.readUIntLE(at + 1, 3) : body.length)
    if (end > body.length || (type <= PLAIN && end < start + 4))
      throw new Error('a chunk is cut off')
    // Skip the chunk's checksum of 4 bytes: TCP has its own.
    const content = body.subarray(start + 4, end)
    if (type === COMPRESSED) add(block(content, limit - size))
    else if (type === PLAIN) add(content)
    else if (type < FIRST_SKIPPABLE) throw new Error(`unknown chunk type ${type}`)
    at = end
  }
  return into ? into.subarray(0, size) : Buffer.concat(chunks, size)
}

function block(body: Buffer, limit: number, into?: Buffer): Buffer {
  let at = 0
  let size = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = body[at++]
    if (byte === undefined || scale > 2 ** 28) throw new Error('no length')
    size += (byte & 0x7f) * scale
    if (byte < 0x80) break
  }
  if (size > limit) throw new TooLongError()
  // A copy of 64 bytes takes 2 bytes, so a larger length is false.
  if (size > body.length * 64) throw new Error('a length beyond its data')
  const out = into?.subarray(0, size) ?? Buffer.allocUnsafe(size)
  let filled = 0
  while (at < body.length) {
    const tag = body[at++]!
    const kind = tag & 3
    if (kind === 0) {
      let length = (tag >> 2) + 1
      const extra = length - 60
      if (extra > 0) {
        if (at + extra > body.length) throw new Error('a literal is cut off')
        length = body.readUIntLE(at, extra) + 1
        at += extra
      }
      if (at + length > body.length || filled + length > size)
        throw new Error('a literal beyond its end')
      body.copy(out, filled, at, at + length)
      at += length
      filled += length
      continue
    }
    const width = kind === 3 ? 4 : kind
    if (at + width > body.length) throw new Error('a copy is cut off')
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    const offset = body.readUIntLE(at, width) + (kind === 1 ? (tag >> 5) << 8 : 0)
    at += width
    if (offset === 0 || offset > filled || filled + length > size)
      throw new Error('a copy beyond its end')
    // Byte by byte: a copy may overlap itself.
    for (let i = 0; i < length; i++, filled++) out[filled] = out[filled - offset]!
  }
  if (filled !== size) throw new Error('the data is cut off')
  return out
}
