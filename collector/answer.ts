/** Writes a statement's answer as ClickHouse would, piece by piece, and never more than it may have; for execute.ts. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BrotliCompress, createBrotliCompress, createGzip, type Gzip } from 'node:zlib'
import { meter } from './cost.ts'
import { exceptionOf } from './exception.ts'
import { chunkHead, contentType, type Head } from './formats.ts'
import { RefusedStatementError } from './refused.ts'
import { inTurn } from './slots.ts'
import type { Session, Store } from './store.ts'

/** How an answer is wanted, and what it may cost. */
export interface Answer {
  format: string
  encodings: string[]
  waitForEnd: boolean
  /** How long a turn is waited for. */
  seconds: number
  /** The most that is written, before compression. */
  bytes: number
  /** Aborted when nobody waits for the answer any more. */
  gone: AbortSignal
  /** Stops the engine. */
  cancel(): void
}

/** Answers until here are held back, so that their status and summary are final; further where the client waits for that. */
const BUFFERED = 2 ** 20
const BUFFERED_FOR_WAITING = 256 * 2 ** 20

/** Throws before anything is written, or ends the answer with the exception. */
export async function write(
  store: Store,
  session: Session,
  text: string,
  response: ServerResponse,
  answer: Answer,
): Promise<void> {
  const { format, encodings, waitForEnd } = answer
  // The engine streams the rows of a SELECT, and nothing else.
  const head = /^(SELECT|WITH|\() ?/.test(text) ? chunkHead(format) : undefined
  let summary: (() => string) | undefined
  // Counting costs as much as a short statement, and only who waits for the end can rely on it.
  const begin = () => {
    if (waitForEnd) summary = meter(store)
  }
  const source =
    head === undefined ? whole(session, text, format) : streamed(session, text, format, head)
  const chunks = bounded(source, answer, begin)
  try {
    await send(chunks, response, () => summary?.(), { format, encodings, waitForEnd })
  } finally {
    // The session is not let go, nor the turn, while the engine is at work.
    await chunks.return(undefined)
  }
}

async function send(
  chunks: AsyncGenerator<Uint8Array>,
  response: ServerResponse,
  summary: () => string | undefined,
  { format, encodings, waitForEnd }: Pick<Answer, 'format' | 'encodings' | 'waitForEnd'>,
): Promise<void> {
  const held: Uint8Array[] = []
  let size = 0
  let ended = false
  const most = waitForEnd ? BUFFERED_FOR_WAITING : BUFFERED
  while (!ended && size < most) {
    const next = await chunks.next()
    if (next.done) {
      ended = true
    } else {
      held.push(next.value)
      size += next.value.length
    }
  }
  response.statusCode = 200
  response.setHeader('Content-Type', contentType(format))
  response.setHeader('X-ClickHouse-Format', format)
  const tag = randomBytes(8).toString('hex')
  // What was read so far says nothing of what the whole answer costs, nor whether it ends well.
  const cost = ended ? summary() : undefined
  if (cost !== undefined) response.setHeader('X-ClickHouse-Summary', cost)
  if (!ended) response.setHeader('X-ClickHouse-Exception-Tag', tag)
  const encoder = encoderFor(encodings)
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* held
    if (ended) return
    try {
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
    } catch (error) {
      await drained(response, encoder?.stream)
      yield exceptionFrame(tag, exceptionOf(error).text)
    }
  }
  if (encoder) {
    response.setHeader('Content-Encoding', encoder.name)
    await pipeline(Readable.from(body()), encoder.stream, response)
  } else if (ended) {
    response.end(Buffer.concat(held))
    if (!response.writableFinished)
      await Promise.race([once(response, 'finish'), once(response, 'close')])
  } else {
    await pipeline(Readable.from(body()), response)
  }
}

/** A moment in which a reader takes what was sent. */
const PAUSE = 20

/** @clickhouse/client understands an exception frame only if one read gets all of it: what comes before it goes first. */
async function drained(response: ServerResponse, encoder?: Gzip | BrotliCompress): Promise<void> {
  for (let quiet = 0; quiet < 3 && !response.destroyed; ) {
    if (encoder?.writableLength === 0) encoder.flush()
    await sleep(PAUSE)
    quiet = response.writableLength + (encoder?.writableLength ?? 0) === 0 ? quiet + 1 : 0
  }
}

/** How ClickHouse since 25.11 tells, among rows, that no more will come: 16 KiB at most. */
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
  return undefined
}

/** Each piece in its turn: between two of them a slow reader holds nothing up. */
async function* bounded(
  chunks: AsyncGenerator<Uint8Array>,
  { seconds, bytes, gone, cancel }: Answer,
  begin: () => void,
): AsyncGenerator<Uint8Array, undefined> {
  let written = 0
  try {
    for (let begun = false; ; begun = true) {
      const next = await inTurn(seconds, gone, () => {
        if (!begun) begin()
        return chunks.next()
      })
      if (next.done) return
      written += next.value.length
      if (written > bytes) {
        cancel()
        throw new RefusedStatementError(
          `Limit for result exceeded, max bytes: ${bytes}`,
          396,
          'TOO_MANY_ROWS_OR_BYTES',
        )
      }
      yield next.value
    }
  } finally {
    await chunks.return(undefined)
  }
}

async function* whole(session: Session, text: string, format: string): AsyncGenerator<Uint8Array> {
  const result = await session.queryAsync(text, { format })
  yield result.bytes()
}

/** The engine begins each chunk with the format's head: it is kept on the first. */
async function* streamed(
  session: Session,
  text: string,
  format: string,
  head: Head,
): AsyncGenerator<Uint8Array> {
  let first = true
  for await (const chunk of session.queryStream(text, { format })) {
    const bytes = chunk.raw()
    yield first ? bytes : bytes.subarray(head(bytes))
    first = false
  }
  if (first) {
    // No chunk at all for no rows: the head is asked for by itself.
    yield (await session.queryAsync(text, { format })).bytes()
  }
}
