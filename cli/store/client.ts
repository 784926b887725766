/**
 * A store: SQL over ClickHouse HTTP, with results streamed in batches.
 *
 * One file: a request, its settings, its stream and its errors are one exchange.
 */
import type { Readable } from 'node:stream'
import { rootCertificates } from 'node:tls'
import { type ClickHouseClient, createClient, parseError } from '@clickhouse/client'
import { noStore } from '../errors.ts'
import type { BoundQuery, ClickHouseSettings } from '../query/compose.ts'
import type { Column, Row } from '../result.ts'
import { storeError } from './clickhouse-error.ts'
import { type Connection, withoutPassword } from './connection.ts'
import { rowReader } from './decode.ts'
import { type Limits, limitsFor } from './limits.ts'
import { negotiateSettings, refusesSettings } from './settings.ts'

/** The cost of a query, as the server reports it. */
export interface Cost {
  rows: number
  bytes: number
  /** Milliseconds on the server. */
  ms: number
}

export interface Result {
  columns: Column[]
  /** Batches of rows as they arrive, readable once. Throws OtraceError (exit 4) if the server fails midway. */
  batches: AsyncIterable<Row[]>
  cost?: Cost
}

/** The retention of a running collector. */
export interface Retention {
  /** Age in days at which a day's data is dropped. */
  days: number
  /** Size of all tables in bytes above which the oldest days are dropped. */
  maxBytes: number
}

export interface Store {
  /** For messages: `http://127.0.0.1:8123` or a directory. */
  place: string
  /** Database from the connection, if it names one. */
  database: string | undefined
  /**
   * The collector's own store, whose tables it creates and expires, and which refuses ALTER. For a store given by its
   * address, this is known after the first response.
   */
  readonly local: boolean
  /** The collector's retention after the first response; undefined while none runs. */
  readonly retention?: Retention | undefined
  /** The counters of the collector that serves a local store; undefined for other servers. */
  collector(): Promise<CollectorCounters | undefined>
  /** Runs one statement, read-only and under limits. Throws OtraceError: exit 3 unreachable, exit 4 refused. */
  ask(statement: BoundQuery, options?: AskOptions): Promise<Result>
  /**
   * Runs one statement like ask, for rows of fixed size: RowBinary in pieces as they arrive, whose rows may be cut.
   * Throws OtraceError (exit 4) if the server fails midway.
   */
  askBytes(
    statement: BoundQuery,
    options?: AskOptions,
  ): Promise<{ pieces: AsyncIterable<Buffer>; cost?: Cost | undefined }>
  /** The server refused our limits, so its own apply. */
  ownLimits(): boolean
  close(): Promise<void>
}

/** The counters of `/otrace/status`. */
export interface CollectorCounters {
  rejected: Record<string, number>
  brokenParts: number
  /** Parts with damaged bytes, relative to the engine's directory. */
  damagedParts: string[]
  /** Statements that ignore their limits. */
  overdue: { id: string; seconds: number; statement: string }[]
  signals: {
    signal: string
    waiting: number
    quarantined: number
    lagMs: number
    failure?: string
  }[]
}

export interface AskOptions {
  /** The database of tables named without one. */
  database?: string
  /** Buffer the whole result on the server, so that its cost is known. */
  measured?: boolean
}

export interface StoreOptions {
  url: string
  place?: string
  database?: string | undefined
  local?: boolean
  user?: string | undefined
  password?: string | undefined
  tls?: Connection['tls']
  limits: Limits
  signal?: AbortSignal
  /** Runs after the connection is closed. */
  after?: () => Promise<unknown>
}

/** Opens a connection; sends nothing before the first query. */
export function openUrl(options: StoreOptions): Store {
  const client = clientFor(options)
  const place = options.place ?? withoutPassword(options.url)
  // Tried in order, from all settings to none, until the server accepts them.
  const tiers = limitsFor(options.limits, options.local)
  let tier = 0
  let negotiated: Promise<number> | undefined
  let retention: Retention | undefined
  let mostMemory: number | undefined
  const failure = (error: unknown, sql?: string) =>
    isCutOff(error) && !options.signal?.aborted
      ? noStore(`${place} ended the connection within its answer`, 'ask again')
      : storeError(error, place, mostMemory, sql)

  /**
   * Sends otrace's own first statement with the widest settings while they are negotiated. A typed
   * statement waits: nothing typed is sent before the server is known to keep it from writing.
   */
  async function send<T>(
    query: BoundQuery,
    ask: AskOptions,
    run: (sent: Parameters<ClickHouseClient['exec']>[0]) => Promise<T>,
  ): Promise<T> {
    const first = negotiated === undefined
    negotiated ??= options.local ? Promise.resolve(0) : negotiateSettings(client, tiers, place)
    // An early rejection is reported where it is awaited.
    negotiated.catch(() => {})
    if (!first) tier = await accepted(negotiated)
    const attempt = (settings?: ClickHouseSettings) =>
      run({
        query: query.sql,
        query_params: query.params,
        clickhouse_settings: {
          ...(tier < tiers.length - 1 ? settings : {}),
          ...tiers[tier],
          ...(ask.database ? { database: ask.database } : {}),
          ...(ask.measured ? { wait_end_of_query: 1 as const } : {}),
        },
        ...(options.signal ? { abort_signal: options.signal } : {}),
      })
    const used = tier
    try {
      return await attempt(query.settings)
    } catch (error) {
      if (!refusesSettings(error)) throw failure(error, query.sql)
      tier = await accepted(negotiated)
      // Retry with the negotiated limits, then without the query's optional settings.
      if (tier === used && !query.settings) throw failure(error, query.sql)
      const retry = attempt(tier === used ? undefined : query.settings)
      return retry.catch((again) => {
        if (!refusesSettings(again) || !query.settings) throw failure(again, query.sql)
        return attempt().catch((last) => {
          throw failure(last, query.sql)
        })
      })
    }
  }

  function accepted(found: Promise<number>): Promise<number> {
    return found.catch((error) => {
      throw failure(error)
    })
  }

  /** Reads what the headers of a response say. */
  function costOf({
    response_headers,
  }: {
    response_headers: Record<string, string | string[] | undefined>
  }): Cost | undefined {
    const {
      'x-clickhouse-summary': summary,
      'x-otrace-retention': kept,
      'x-otrace-memory': memory,
    } = response_headers
    if (Number(memory) > 0) mostMemory = Number(memory)
    // No ClickHouse server has this header.
    const { days, maxBytes } = numbersOf(kept)
    if (days !== undefined && maxBytes !== undefined) retention = { days, maxBytes }
    const { read_rows: rows, read_bytes: bytes, elapsed_ns: elapsed } = numbersOf(summary)
    return rows === undefined || bytes === undefined
      ? undefined
      : { rows, bytes, ms: (elapsed ?? 0) / 1e6 }
  }

  /** The client's own abort ends with the response's head. */
  function stoppable<T extends Readable>(stream: T): T {
    const stop = () => stream.destroy(options.signal?.reason)
    options.signal?.addEventListener('abort', stop)
    stream.once('close', () => options.signal?.removeEventListener('abort', stop))
    return stream
  }

  return {
    place,
    get local() {
      return options.local || retention !== undefined
    },
    get retention() {
      return retention
    },
    database: options.database ?? databaseOf(options.url),
    ownLimits: () => !('max_execution_time' in tiers[tier]!),
    async collector() {
      if (!options.local) return undefined
      const { url, user = '', password = '' } = options
      const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
      const response = await fetch(new URL('/otrace/status', url), { headers: { authorization } })
      if (!response.ok) return undefined
      const found = (await response.json()) as CollectorCounters &
        Record<string, Omit<CollectorCounters['signals'][number], 'signal'>>
      const { rejected, brokenParts, damagedParts = [], overdue = [] } = found
      const signals = ['traces', 'logs', 'metrics'].map((signal) => ({ signal, ...found[signal]! }))
      return { rejected, brokenParts, damagedParts, overdue, signals }
    },
    async ask(statement, ask = {}) {
      const format = 'JSONCompactEachRowWithNamesAndTypes'
      const response = await send(statement, ask, (sent) => client.query({ ...sent, format }))
      const cost = costOf(response)
      const stream = stoppable(response.stream<unknown[]>())
      const lines = textLines(stream, failure)
      const first: string[] = []
      while (first.length < 2) {
        const { value, done } = await lines.next()
        if (done) break
        first.push(...value)
      }
      // Even a result without rows has both.
      if (first.length < 2) throw failure(new Error('it sent no names and types of columns'))
      const [names, types, ...rest] = first as [string, string, ...string[]]
      const columns = tried(() => readColumns(names, types), failure)
      const batches = readBatches(rest, lines, columns, failure)
      return { columns, batches, ...(cost ? { cost } : {}) }
    },
    async askBytes(statement, ask = {}) {
      const response = await send(statement, ask, (sent) =>
        client.exec({ ...sent, query: `${sent.query}\nFORMAT RowBinary` }),
      )
      return {
        pieces: binaryPieces(stoppable(response.stream as Readable), failure),
        cost: costOf(response),
      }
    },
    async close() {
      await client.close()
      await options.after?.()
    },
  }
}

/** As the client takes it: it needs an authority, so the system's are read for a client certificate alone. */
function tlsOf(tls: Connection['tls']) {
  if (!tls) return undefined
  const authority = tls.ca ?? Buffer.from(rootCertificates.join('\n'))
  return tls.cert && tls.key
    ? { ca_cert: authority, cert: tls.cert, key: tls.key }
    : { ca_cert: authority }
}

function clientFor({ url, user, password, limits, tls }: StoreOptions): ClickHouseClient {
  const target = new URL(url)
  const secured = target.protocol === 'https:' ? tlsOf(tls) : undefined
  return createClient({
    url: `${target.protocol}//${target.host}`,
    username: user ?? (decodeURIComponent(target.username) || 'default'),
    password: password ?? decodeURIComponent(target.password),
    ...(secured ? { tls: secured } : {}),
    application: 'otrace',
    // Long lists go into the body: servers limit the length of a URL.
    use_multipart_params_auto: true,
    request_timeout: (limits.seconds + 5) * 1000,
    compression: { response: false, request: false },
    log: { level: 127 as never },
  })
}

/** Batches of lines as they arrive: awaiting each of 100,000 lines costs more than reading it. */
async function* textLines(
  stream: AsyncIterable<{ text: string }[]>,
  failure: (error: unknown) => unknown,
): AsyncGenerator<string[]> {
  try {
    for await (const rows of stream) if (rows.length > 0) yield rows.map((row) => row.text)
  } catch (error) {
    throw failure(error)
  }
}

/** A server that fails after its first bytes writes its exception behind them. */
async function* binaryPieces(
  stream: AsyncIterable<Buffer>,
  failure: (error: unknown) => unknown,
): AsyncGenerator<Buffer> {
  let last: Buffer = Buffer.alloc(0)
  try {
    for await (const piece of stream) {
      last = Buffer.concat([last.subarray(-LONGEST_EXCEPTION), piece.subarray(-LONGEST_EXCEPTION)])
      yield piece
    }
  } catch (error) {
    throw failure(error)
  }
  const exception = /Code: \d+\. DB::Exception: [\s\S]*/.exec(last.toString('latin1'))
  if (exception) throw failure(parseError(exception[0]))
}

/** Bytes of an exception behind binary rows. */
const LONGEST_EXCEPTION = 16_384

function readColumns(names: string, types: string): Column[] {
  const ofType = textsOf(types)
  return textsOf(names).map((name, i) => ({ name, type: ofType[i] ?? 'String' }))
}

/** @throws Error unless it is a JSON list of texts */
function textsOf(json: string): string[] {
  const texts: unknown = JSON.parse(json)
  if (Array.isArray(texts) && texts.every((text) => typeof text === 'string')) return texts
  throw new Error(`not a list of names: ${json.slice(0, 100)}`)
}

/** Runs a reader of what a server sent. Whatever it throws, the server is to blame. */
function tried<Result>(read: () => Result, failure: (error: unknown) => unknown): Result {
  try {
    return read()
  } catch (error) {
    throw failure(error)
  }
}

function isCutOff(error: unknown): boolean {
  return error instanceof Error && error.message === 'aborted' && 'code' in error
}

/** The numbers in a header that is a JSON object; none of any other text. */
function numbersOf(header: string | string[] | undefined): Partial<Record<string, number>> {
  try {
    const found = Object.entries(JSON.parse(String(header)) ?? {})
    return Object.fromEntries(found.map(([name, value]) => [name, Number(value)]))
  } catch {
    return {}
  }
}

async function* readBatches(
  first: string[],
  lines: AsyncIterable<string[]>,
  columns: Column[],
  failure: (error: unknown) => unknown,
): AsyncGenerator<Row[]> {
  const read = tried(() => rowReader(columns), failure)
  const readAll = (batch: string[]) =>
    batch.map((line) => {
      // A server that fails after its first rows writes its exception among them.
      if (!line.startsWith('[')) throw failure(parseError(line))
      return tried(() => read(line), failure)
    })
  if (first.length > 0) yield readAll(first)
  for await (const batch of lines) yield readAll(batch)
}

/** Every row of a result. */
export async function readAll(batches: AsyncIterable<Row[]>): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of batches) for (const row of batch) rows.push(row)
  return rows
}

/** A result with each row changed as it arrives. */
export function mapRows(result: Result, change: (row: Row) => Row): Result {
  async function* changed() {
    for await (const batch of result.batches) yield batch.map(change)
  }
  return { ...result, batches: changed() }
}

/** The rows of a result one by one, as they arrive. */
export async function* flatRows(batches: AsyncIterable<Row[]>): AsyncGenerator<Row> {
  for await (const batch of batches) yield* batch
}

/** The path of a ClickHouse URL names its database. */
function databaseOf(url: string): string | undefined {
  return decodeURIComponent(new URL(url).pathname.split('/').pop() ?? '') || undefined
}
