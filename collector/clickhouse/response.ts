/** Writes an answer as ClickHouse does, with errors after the first rows. */
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BrotliCompress, createBrotliCompress, createGzip, type Gzip } from 'node:zlib'
import type { AnswerFile } from './answer-file.ts'
import { exceptionOf } from './exception.ts'
import { contentType } from './formats.ts'
import { blocksFor } from './native/blocks.ts'
import { compressedFrames } from './native/compressed.ts'
import { StoredLz4 } from './stored-lz4.ts'

/** Options of an answer. */
export interface ResponseOptions {
  format: string
  encodings: string[]
  /** `client_protocol_version` of the Native format. */
  protocol: number
  /** ClickHouse's own block compression. */
  compress: boolean
  /** The client waits for the whole answer, with its cost and errors in the header. */
  waitForEnd: boolean
  /** Stops the statement. */
  stop: AbortController
}

/** Answers up to this size are buffered, so that their status and summary are final. */
const HELD_BYTES = 2 ** 20
const LOOK_MS = 50

/**
 * Throws before anything is written, or ends the answer with the exception.
 * @param written resolves when the engine has written the whole file
 * @param summary the cost of the statement so far
 */
export async function write(
  file: AnswerFile,
  written: Promise<unknown>,
  summary: () => string | undefined,
  response: ServerResponse,
  { format, encodings, protocol, compress, waitForEnd, stop }: ResponseOptions,
): Promise<void> {
  const ended = await hold(file, written, waitForEnd ? Number.POSITIVE_INFINITY : HELD_BYTES, stop)
  response.statusCode = 200
  response.setHeader('Content-Type', contentType(format))
  response.setHeader('X-ClickHouse-Format', format)
  const tag = randomBytes(8).toString('hex')
  // The rows so far predict neither the total cost nor success.
  const cost = ended ? summary() : undefined
  if (cost !== undefined) response.setHeader('X-ClickHouse-Summary', cost)
  if (!ended) response.setHeader('X-ClickHouse-Exception-Tag', tag)
  const encoder = compress ? undefined : encoderFor(encodings)
  const framed = protocol > 0 && format.toLowerCase() === 'native'
  const sent = compress ? compressedFrames : (bytes: Uint8Array) => bytes
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      const rows = file.read(written)
      for await (const bytes of framed ? blocksFor(protocol, rows) : rows) yield sent(bytes)
    } catch (error) {
      stop.abort(error)
      await drained(response, encoder?.stream)
      yield sent(exceptionFrame(tag, exceptionOf(error).text))
    }
  }
  if (encoder) {
    response.setHeader('Content-Encoding', encoder.name)
    await pipeline(Readable.from(body()), encoder.stream, response)
  } else {
    const size = ended ? await file.check() : undefined
    // A client tells an answer without rows by its length.
    const isAsItIs = size === 0 || (!framed && !compress)
    if (size !== undefined && isAsItIs) response.setHeader('Content-Length', size)
    await pipeline(Readable.from(body()), response)
  }
}

/**
 * Waits for this many bytes or for the end, and keeps watching the file's size afterwards.
 * @returns whether the answer is complete. @throws its error.
 */
async function hold(
  file: AnswerFile,
  written: Promise<unknown>,
  bytes: number,
  stop: AbortController,
): Promise<boolean> {
  let ended = false
  const end = written.finally(() => {
    ended = true
  })
  end.catch(() => undefined)
  return new Promise((resolve, reject) => {
    const look = async () => {
      while (!ended) {
        await Promise.race([end, sleep(LOOK_MS)])
        if ((await file.check()) >= bytes) resolve(false)
      }
      await end
      resolve(true)
    }
    look().catch((error) => {
      stop.abort(error)
      reject(error)
    })
  })
}

/** Time for a reader to take the sent bytes, in milliseconds. */
const PAUSE_MS = 20

/** @clickhouse/client parses an exception frame only within one read, so flush the rows before it. */
async function drained(
  response: ServerResponse,
  encoder?: Gzip | BrotliCompress | StoredLz4,
): Promise<void> {
  for (let quiet = 0; quiet < 3 && !response.destroyed; ) {
    if (encoder?.writableLength === 0) encoder.flush()
    await sleep(PAUSE_MS)
    quiet = response.writableLength + (encoder?.writableLength ?? 0) === 0 ? quiet + 1 : 0
  }
}

/** The exception frame of ClickHouse since 25.11, after the rows: 16 KiB at most. */
function exceptionFrame(tag: string, text: string): Buffer {
  const message = Buffer.from(text).subarray(0, 16_000)
  return Buffer.concat([
    Buffer.from(`\r\n__exception__\r\n${tag}\r\n`),
    message,
    Buffer.from(`${message.length} ${tag}\r\n__exception__\r\n`),
  ])
}

function encoderFor(encodings: string[]) {
  if (encodings.includes('gzip')) return { name: 'gzip', stream: createGzip({ level: 1 }) }
  if (encodings.includes('br')) return { name: 'br', stream: createBrotliCompress() }
  if (encodings.includes('lz4')) return { name: 'lz4', stream: new StoredLz4() }
  return undefined
}
