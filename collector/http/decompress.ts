/** Decodes a Content-Encoding within limits of bytes and memory. */
import { promisify } from 'node:util'
import {
  brotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  gunzip,
  inflate,
  inflateRaw,
} from 'node:zlib'
import { BodyError } from './body-error.ts'
import { type Decoder, inflating } from './inflate.ts'
import { unlz4 } from './lz4.ts'
import { unsnappy } from './snappy.ts'
import { requestWait, Turns } from './task-queue.ts'
import { TooLongError } from './too-long.ts'
import { unzstd } from './zstd.ts'

/** First limit as a multiple of the body's size, and its bounds. Telemetry compresses to a tenth. */
const USUAL_RATIO = 24
const USUAL_BYTES = { least: 2 ** 20, most: 2 ** 23 }
const gzip = inflating(promisify(gunzip), createGunzip)
const zlib = inflating(promisify(inflate), createInflate)
const raw = inflating(promisify(inflateRaw), createInflateRaw)
const brotli = inflating(promisify(brotliDecompress), createBrotliDecompress)

const DECODERS = new Map<string, Decoder>(
  Object.entries({
    gzip,
    'x-gzip': gzip,
    // RFC 9110's deflate is zlib. Some clients send raw deflate, without a zlib header.
    deflate: (body: Buffer, limit: number, into?: Buffer) =>
      ((body[0]! & 0x0f) === 8 ? zlib : raw)(body, limit, into),
    zlib,
    br: brotli,
    zstd: unzstd,
    snappy: unsnappy,
    'x-snappy-framed': unsnappy,
    lz4: unlz4,
  }),
)

/** Supported Content-Encodings besides identity. */
export const ENCODINGS = [...DECODERS.keys()]

/** Concurrent bodies below the first limit, and beyond it, where they cost memory and time. */
const wait = requestWait('too much is being decompressed at once')
const usual = new Turns(3)
const large = new Turns(1)
/**
 * Memory for large bodies, one at a time. Weak, so that it is freed when none has come for a while. Shared with the
 * thread that reads them.
 */
let scratch: WeakRef<Buffer> | undefined

/**
 * Decompresses a body and passes it to `use`, which must not keep it: the next large body is decompressed to the same
 * place.
 * @param encoding a Content-Encoding, or a compression of gRPC.
 * @throws BodyError, and what `use` throws
 */
export async function decompressed<Result>(
  body: Buffer,
  encoding: string | undefined,
  limit: number,
  use: (body: Buffer) => Promise<Result>,
): Promise<Result> {
  const name = (encoding ?? '').trim().toLowerCase()
  if (name === '' || name === 'identity' || name === 'none') return use(body)
  const decode = DECODERS.get(name)
  if (!decode) {
    const known = ENCODINGS.filter((known) => !known.startsWith('x-')).join(', ')
    throw new BodyError(415, `Content-Encoding ${name} is not supported: use ${known} or none`)
  }
  // Some decoders make nothing of nothing, and a body that was cut off would be acknowledged.
  if (body.length === 0) throw new BodyError(400, `the body is not valid ${name}: it is empty`)
  const attempt = async (most: number, into?: Buffer): Promise<Buffer | undefined> => {
    try {
      return await decode(body, most, into)
    } catch (error) {
      if (!(error instanceof TooLongError))
        throw new BodyError(400, `the body is not valid ${name}: ${(error as Error).message}`)
      if (most === limit) throw tooLarge(limit)
      return undefined
    }
  }
  const { least, most } = USUAL_BYTES
  const first = Math.min(limit, most, Math.max(least, body.length * USUAL_RATIO))
  const decoded = await usual.take(() => attempt(first), wait)
  if (decoded) return use(decoded)
  const decodeLarge = async () => {
    let into = scratch?.deref()
    if (into === undefined || into.length < limit) into = Buffer.from(new SharedArrayBuffer(limit))
    scratch = new WeakRef(into)
    return use((await attempt(limit, into))!)
  }
  return large.take(decodeLarge, wait)
}

export function tooLarge(limit: number): BodyError {
  return new BodyError(413, `the body is larger than ${Math.round(limit / 2 ** 20)} MiB`)
}
