/** Reads a request's body, decompressed, within a limit; for endpoint.ts and receive/http.ts. */
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'

/** The body cannot be used; `status` is what HTTP calls it. */
export class BodyError extends Error {
  override name = 'BodyError'

  constructor(
    readonly status: 400 | 413 | 415 | 503,
    message: string,
  ) {
    super(message)
  }
}

/** Keeps many bodies at once from filling the memory: beyond its bytes, the next one is refused with 503. */
export class BodyBudget {
  readonly #limit: number
  #used = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** readBody(), counting what arrives of the body until it is all there. */
  async read(request: IncomingMessage, limit: number): Promise<Buffer> {
    const announced = Number(request.headers['content-length'] ?? 0)
    // What no retry would mend comes first: readBody() refuses that.
    if (announced <= limit && this.#used + announced > this.#limit) {
      throw new BodyError(503, 'too much is being received at once')
    }
    let own = 0
    const count = (chunk: Buffer) => {
      own += chunk.length
      this.#used += chunk.length
    }
    const reading = readBody(request, limit)
    request.on('data', count)
    try {
      return await reading
    } finally {
      request.off('data', count)
      this.#used -= own
    }
  }
}

const decompress = {
  gzip: promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip),
  deflate: promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate),
  raw: promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw),
  br: promisify<Buffer, { maxOutputLength: number }, Buffer>(brotliDecompress),
}

/**
 * @param limit bytes, before and after decompression.
 * @throws BodyError
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  const body = await collect(request, limit)
  return decode(body, request.headers['content-encoding'], limit)
}

/** Undoes a Content-Encoding of gzip, deflate or br. */
export async function decode(
  body: Buffer,
  encoding: string | undefined,
  limit: number,
): Promise<Buffer> {
  const name = (encoding ?? 'identity').trim().toLowerCase()
  if (name === 'identity' || name === '') return body
  const options = { maxOutputLength: limit }
  try {
    if (name === 'gzip' || name === 'x-gzip') return await decompress.gzip(body, options)
    if (name === 'br') return await decompress.br(body, options)
    if (name === 'deflate') {
      // RFC 9110 means zlib; some clients send bare deflate, whose first byte is no zlib header.
      return (body[0]! & 0x0f) === 8
        ? await decompress.deflate(body, options)
        : await decompress.raw(body, options)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
    throw new BodyError(400, `the body is not valid ${name}: ${(error as Error).message}`)
  }
  throw new BodyError(415, `Content-Encoding ${name} is not supported: use gzip, deflate or none`)
}

function collect(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        // The rest is read and thrown away, for a connection that is closed in the middle takes the answer with it.
        request.removeAllListeners('data')
        request.resume()
        reject(tooLarge(limit))
      } else {
        chunks.push(chunk)
      }
    })
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)))
    request.on('error', reject)
    request.on('aborted', () =>
      reject(new BodyError(400, 'the request ended in the middle of its body')),
    )
  })
}

function tooLarge(limit: number): BodyError {
  return new BodyError(413, `the body is larger than ${Math.round(limit / 2 ** 20)} MiB`)
}
