/** Reads a server's answer within budgets of memory and time: lines, pieces, and errors. */
import type { Readable } from 'node:stream'
import { getHeapStatistics } from 'node:v8'
import { ClickHouseError } from '@clickhouse/client'
import { refused } from '../errors.ts'

/** A response whose body is not read yet. */
export interface Answer {
  /** For messages. */
  place: string
  body: Readable
  /** What the server names its exceptions by, from version 25.11 on. */
  exceptionTag: string | undefined
  /** Most bytes of memory for its rows. */
  mostKept: number
  /** Most milliseconds to wait for the server, over all pieces. Time that the reader takes does not count. */
  waitMs: number
}

/** Bytes of one line. V8 takes up to twenty times as much for what is in it. */
export const LONGEST_LINE = 64 * 2 ** 20
/** Bytes of memory for the rows of one answer: half of what Node may take, 1 to 2 GiB. */
export const mostKept = () => getHeapStatistics().heap_size_limit / 2
/** Bytes of an error; ClickHouse quotes the statement in it. */
const LONGEST_ERROR = 2 ** 20

const NEWLINE = 10
const RETURN = 13

/** What answers is not ClickHouse; the message says what it sent. */
export class NotClickHouseError extends Error {
  override name = 'NotClickHouseError'
}

/**
 * Batches of lines as they arrive: awaiting each of 100,000 lines costs more than reading it. The last line needs its
 * newline, so that an answer that is cut off does not look whole.
 * @throws ClickHouseError for an exception that the server wrote behind or into its rows
 */
export async function* textLines(answer: Answer): AsyncGenerator<string[]> {
  const source = pieces(answer)
  let cut: Buffer[] = []
  let length = 0
  try {
    for await (const piece of source) {
      const found: string[] = []
      let from = 0
      for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, from)) {
        const part = piece.subarray(from, end)
        const line = cut.length === 0 ? part : Buffer.concat([...cut, part])
        cut = []
        length = 0
        // JSON escapes a carriage return, so this one begins an exception.
        if (answer.exceptionTag !== undefined && line.at(-1) === RETURN) {
          if (found.length > 0) yield found
          const text = await beginning(source, piece.subarray(end))
          throw exceptionOf(text) ?? unreadable(answer.place)
        }
        found.push(line.toString())
        from = end + 1
      }
      if (found.length > 0) yield found
      if (from === piece.length) continue
      cut.push(piece.subarray(from))
      length += piece.length - from
      if (length > LONGEST_LINE) {
        throw refused(`${answer.place} sends a row of more than 64 MiB`, 'ask for fewer columns')
      }
    }
  } catch (error) {
    // Before 25.11 a server writes its exception, and ends the connection.
    throw (isCutOff(error) && exceptionBehind(Buffer.concat(cut).toString())) || error
  }
  if (length > 0) throw exceptionBehind(Buffer.concat(cut).toString()) ?? new CutOffError('aborted')
}

/**
 * Pieces of bytes as they arrive.
 * @throws ClickHouseError for an exception behind them
 */
export async function* binaryPieces(answer: Answer): AsyncGenerator<Buffer> {
  let last: Buffer = Buffer.alloc(0)
  let bytes = 0
  for await (const piece of pieces(answer)) {
    last = Buffer.concat([last.subarray(-LONGEST_TAIL), piece.subarray(-LONGEST_TAIL)])
    bytes += piece.length
    if (bytes > answer.mostKept) throw tooMuch(answer.place)
    yield piece
  }
  const exception = exceptionBehind(last.toString('latin1'))
  if (exception) throw exception
}

/** Bytes of an exception behind binary rows. */
const LONGEST_TAIL = 16_384

/** The rows do not fit in memory. */
export function tooMuch(place: string) {
  return refused(
    `${place} sends more rows than fit in memory at once`,
    'ask for fewer rows or columns, or write rows as they come: -o ndjson',
  )
}

function unreadable(place: string) {
  return refused(
    `${place} aborted the response with an unreadable error`,
    'ask again, for a shorter window or fewer columns',
  )
}

/** The error that a failed response tells; only its beginning is read. */
export async function errorIn(answer: Answer, status: number | undefined): Promise<Error> {
  const text = await beginning(pieces(answer))
  return exceptionOf(text) ?? new NotClickHouseError(foreignError(text, status))
}

/** The answer ends where it cannot end. */
class CutOffError extends Error {
  readonly code = 'CUT_OFF'
}

export function isCutOff(error: unknown): boolean {
  return error instanceof Error && error.message === 'aborted' && 'code' in error
}

/**
 * The exception in a text, as ClickHouse writes it: `Code: 62. DB::Exception: Syntax error: … (SYNTAX_ERROR)`. A linear
 * scan. Of an exception in an exception, which clusters send, it is the inner one.
 */
export function exceptionOf(text: string): ClickHouseError | undefined {
  const code = /(?:Code|Error): (\d{1,9})\b/.exec(text)
  if (!code) return undefined
  const said = text.slice(code.index)
  // A word of the statement is in brackets, too: failed at position 24 (INTO)
  const types = [...said.matchAll(/\(([A-Z0-9_]{3,80})\)/g)].filter(
    ({ 0: word, index }) =>
      /[A-Z]{3}/.test(word) && !/position \d+ $/.test(said.slice(Math.max(0, index - 20), index)),
  )
  const begin = said.lastIndexOf('Exception: ', types.at(-1)?.index ?? -1)
  if (types.length === 0 || begin === -1) return undefined
  const from = begin + 'Exception: '.length
  const type = types.find(({ index }) => index >= from)!
  return new ClickHouseError({
    message: said.slice(from, type.index),
    code: code[1]!,
    type: type[1]!,
  })
}

/** The exception behind other bytes, among which may be texts that resemble one. */
export function exceptionBehind(text: string): ClickHouseError | undefined {
  const begin = [...text.matchAll(/Code: \d{1,9}\. DB::Exception: /g)].at(-1)
  return begin && exceptionOf(text.slice(begin.index))
}

/** What something else than ClickHouse sent, in a line. */
export function foreignError(text: string, status = 200): string {
  const [line = ''] = text.trim().split(/\r?\n/, 1)
  const said = /^\s*</.test(text) ? 'a web page' : line.slice(0, 200)
  return status === 200 || said.startsWith(String(status)) ? said : `${status} ${said}`.trim()
}

async function beginning(source: AsyncIterable<Buffer>, read?: Buffer): Promise<string> {
  const parts = read === undefined ? [] : [read]
  let length = read?.length ?? 0
  for await (const piece of source) {
    parts.push(piece)
    length += piece.length
    if (length > LONGEST_ERROR) break
  }
  return Buffer.concat(parts).toString('utf8', 0, LONGEST_ERROR)
}

/** The body in pieces. Ending the loop early ends the connection. */
async function* pieces({ body, waitMs }: Answer): AsyncGenerator<Buffer> {
  const reading = body[Symbol.asyncIterator]()
  let left = waitMs
  let isLate = false
  const stop = () => {
    isLate = true
    body.destroy()
  }
  try {
    for (;;) {
      const began = performance.now()
      const timer = setTimeout(stop, left)
      const { value, done } = await reading.next().finally(() => clearTimeout(timer))
      if (done) break
      left -= performance.now() - began
      yield value
    }
  } catch (error) {
    throw isLate ? new Error('Timeout error.') : error
  } finally {
    body.destroy()
  }
  if (isLate) throw new Error('Timeout error.')
}
