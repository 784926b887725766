/** Decoders from Node's compression streams. */
import type { Transform } from 'node:stream'
import { TooLongError } from './too-long.ts'

/**
 * Resolves to at most `limit` bytes.
 * @param into where they may go: at least `limit` bytes.
 * @throws TooLongError, or an error for damaged input.
 */
export type Decoder = (body: Buffer, limit: number, into?: Buffer) => Promise<Buffer>

interface Options {
  chunkSize: number
  maxOutputLength: number
}

/** Most bodies of this ratio fit in one chunk. */
const CHUNK_RATIO = 8
/** Short collections free small chunks. A large buffer stays until a long one, and bombs come faster than those. */
const SMALL_CHUNK = 2 ** 16

/**
 * @param whole decodes at once, as fast as it goes.
 * @param stream decodes in chunks, which are copied `into` their place.
 */
export function inflating(
  whole: (body: Buffer, options: Options) => Promise<Buffer>,
  stream: (options: { chunkSize: number }) => Transform,
): Decoder {
  return async (body, limit, into) => {
    if (into) return fill(stream({ chunkSize: SMALL_CHUNK }), body, limit, into)
    const chunkSize = Math.min(2 ** 20, Math.max(2 ** 14, body.length * CHUNK_RATIO))
    try {
      return await whole(body, { maxOutputLength: limit, chunkSize })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLongError()
      throw error
    }
  }
}

async function fill(stream: Transform, body: Buffer, limit: number, into: Buffer): Promise<Buffer> {
  let size = 0
  stream.end(body)
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (size + chunk.length > limit) throw new TooLongError()
    chunk.copy(into, size)
    size += chunk.length
  }
  return into.subarray(0, size)
}
