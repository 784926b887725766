/** Runs a judged statement under limits and writes its answer as ClickHouse would; for endpoint.ts. */

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliCompress, createGzip } from 'node:zlib'
import { exceptionOf } from './exception.ts'
import { chunkHead, contentType, type Head } from './formats.ts'
import type { Question } from './question.ts'
import { judge, RefusedStatementError } from './statement.ts'
import { quote, type Session, type Store } from './store.ts'

/** A statement that is being run, by its query id. */
export interface Running {
  cancel(): void
}

/** What a client's statement may cost. */
const LIMITS = {
  max_execution_time: 60,
  max_memory_usage: 2 * 2 ** 30,
  max_result_bytes: 1 * 2 ** 30,
}

/** Settings that a client may send: by these names, or any that shape output. */
const SETTINGS = new Set([
  'max_threads',
  'max_block_size',
  'max_rows_to_read',
  'max_bytes_to_read',
  'read_overflow_mode',
  'max_result_rows',
  'result_overflow_mode',
  'timeout_overflow_mode',
  'max_rows_to_group_by',
  'group_by_overflow_mode',
  'limit',
  'offset',
  'extremes',
  'session_timezone',
  'use_query_condition_cache',
  'optimize_move_to_prewhere',
  'optimize_functions_to_subcolumns',
  'join_use_nulls',
  'max_query_size',
  'max_ast_depth',
  'max_ast_elements',
  'max_recursive_cte_evaluation_depth',
  'enable_analyzer',
  'allow_experimental_analyzer',
  'force_primary_key',
  'force_index_by_date',
  'short_circuit_function_evaluation',
  'distributed_product_mode',
  'prefer_column_name_to_alias',
  'union_default_mode',
  'final',
  'max_columns_to_read',
  'max_temporary_columns',
  'any_join_distinct_right_table_keys',
])
const OUTPUT_SETTINGS =
  /^(output_format_|format_|date_time_output_format$|enable_named_columns_in_)/

/** Answers until here are held back, so that their status and summary are final; further where the client waits for that. */
const BUFFERED = 2 ** 20
const BUFFERED_FOR_WAITING = 256 * 2 ** 20

/** Judges and runs; resolves when the answer is written. Throws before anything is written, or ends the answer with the exception. */
export async function execute(
  store: Store,
  running: Map<string, Running>,
  id: string,
  question: Question,
  response: ServerResponse,
): Promise<void> {
  const session = store.session()
  const started = process.hrtime.bigint()
  let done = false
  const cancel = () => {
    if (!done) void kill(store, id)
  }
  response.on('close', cancel)
  try {
    session.query(`USE ${databaseOf(question.database)}`)
    const statement = judge(session, question.sql, question.parameters)
    if (statement.kill !== undefined) {
      running.get(statement.kill)?.cancel()
      response.end()
      return
    }
    const settings = clientSettings({ ...question.settings, ...statement.settings })
    const parameters = Object.fromEntries(
      Object.entries(question.parameters).map(([name, value]) => [`param_${name}`, value]),
    )
    const before = counters(store)
    session.query(
      `SET ${assignments({ ...settings, ...limitsFor(settings), ...parameters, log_comment: id, readonly: 1 })}`,
    )
    running.set(id, { cancel })
    const summary = () => summaryOf(before, counters(store), started)
    const format = statement.format ?? question.format
    await write(session, statement.text, format, response, summary, question)
  } finally {
    done = true
    running.delete(id)
    response.off('close', cancel)
    session.close()
  }
}

function limitsFor(settings: Record<string, string>): Record<string, number> {
  const asked = Number(settings.max_execution_time)
  const seconds = asked > 0 ? Math.min(asked, LIMITS.max_execution_time) : LIMITS.max_execution_time
  const memory = Number(settings.max_memory_usage)
  return {
    ...LIMITS,
    max_execution_time: seconds,
    max_memory_usage:
      memory > 0 ? Math.min(memory, LIMITS.max_memory_usage) : LIMITS.max_memory_usage,
  }
}

async function write(
  session: Session,
  text: string,
  format: string,
  response: ServerResponse,
  summary: () => string,
  { encodings, waitForEnd }: Question,
): Promise<void> {
  // The engine streams the rows of a SELECT, and nothing else.
  const head = /^(SELECT|WITH|\() ?/.test(text) ? chunkHead(format) : undefined
  const chunks =
    head === undefined ? whole(session, text, format) : streamed(session, text, format, head)
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
  // What was read so far says nothing of what the whole answer costs.
  if (ended) response.setHeader('X-ClickHouse-Summary', summary())
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* held
    if (ended) return
    try {
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
    } catch (error) {
      // Stock ClickHouse up to 25.10 does the same: the status has gone out.
      yield Buffer.from(exceptionOf(error).text)
    }
  }
  const encoder = encoderFor(encodings)
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

function encoderFor(encodings: string[]) {
  if (encodings.includes('gzip')) return { name: 'gzip', stream: createGzip({ level: 1 }) }
  if (encodings.includes('br')) return { name: 'br', stream: createBrotliCompress() }
  return undefined
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

interface Counters {
  rows: number
  bytes: number
  /** What it cost to ask, which is in the next answer. */
  own: { rows: number; bytes: number }
}

/** What all statements together have read so far. */
function counters(store: Store): Counters {
  // Not on the statement's session: a stream that is open there would end.
  const answer: {
    data: [string, number][]
    statistics: { rows_read: number; bytes_read: number }
  } = JSON.parse(
    store.look(
      "SELECT event, value FROM system.events WHERE event IN ('SelectedRows', 'SelectedBytes')",
    ),
  )
  const found = new Map(answer.data)
  return {
    rows: Number(found.get('SelectedRows') ?? 0),
    bytes: Number(found.get('SelectedBytes') ?? 0),
    own: { rows: answer.statistics.rows_read, bytes: answer.statistics.bytes_read },
  }
}

/** Exact when no other statement ran meanwhile, for the engine counts per process. */
function summaryOf(before: Counters, after: Counters, started: bigint): string {
  return JSON.stringify({
    read_rows: String(Math.max(0, after.rows - before.rows - before.own.rows)),
    read_bytes: String(Math.max(0, after.bytes - before.bytes - before.own.bytes)),
    written_rows: '0',
    written_bytes: '0',
    total_rows_to_read: '0',
    result_rows: '0',
    result_bytes: '0',
    elapsed_ns: String(process.hrtime.bigint() - started),
  })
}

function clientSettings(sent: Record<string, string>): Record<string, string> {
  for (const name of Object.keys(sent)) {
    if (
      !/^\w+$/.test(name) ||
      !(SETTINGS.has(name) || OUTPUT_SETTINGS.test(name) || name in LIMITS)
    ) {
      throw new RefusedStatementError(`setting ${name} may not be changed here`, 164, 'READONLY')
    }
  }
  return sent
}

function assignments(settings: Record<string, string | number>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === 'number' ? value : quote(value)}`)
    .join(', ')
}

/** `default` is what clients send when they mean none. */
function databaseOf(name: string | undefined): string {
  if (name === undefined || name === '' || name === 'default' || name === 'otel') return 'otel'
  if (name === 'system' || name.toLowerCase() === 'information_schema') return name
  throw new RefusedStatementError(`Database ${name} does not exist`, 81, 'UNKNOWN_DATABASE')
}

/** Closing a stream does not stop the engine; this does. */
async function kill(store: Store, id: string): Promise<void> {
  await store
    .run(
      `KILL QUERY WHERE query_id IN (SELECT query_id FROM system.processes WHERE Settings['log_comment'] = ${quote(id)}) ASYNC`,
    )
    .catch(() => undefined)
}
