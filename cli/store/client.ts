/**
 * A store: SQL over ClickHouse HTTP, with results streamed in batches.
 *
 * One file: a request, its settings, its stream and its errors are one exchange.
 */
import type { Readable } from 'node:stream'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { rootCertificates } from 'node:tls'
import { type ClickHouseClient, ClickHouseError, createClient } from '@clickhouse/client'
import { noStore } from '../errors.ts'
import type { BoundQuery, ClickHouseSettings } from '../query/compose/bound-query.ts'
import type { Column, Row } from '../result.ts'
import {
  type Answer,
  binaryPieces,
  errorIn,
  isCutOff,
  mostKept,
  NotClickHouseError,
  textLines,
} from './answer.ts'
import { type MostAllowed, storeError } from './clickhouse-error.ts'
import { type Connection, withoutPassword } from './connection.ts'
import { readBatches, readColumns } from './decode.ts'
import { ANSWER_MS, got, objectIn } from './fetched.ts'
import { type Limits, limitsFor } from './limits.ts'
import { withParams } from './long-params.ts'
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
  /** The rows of columns.sql that a local store's collector kept; undefined where it must be asked. */
  columns?(): Row[] | undefined
  /** The collector's retention after the first response; undefined while none runs. */
  readonly retention?: Retention | undefined
  /** The counters of the collector that serves a local store; undefined for other servers. */
  collector(): Promise<CollectorCounters | undefined>
  /**
   * Waits until the collector of a local store has stored rows beyond `seen`, for two seconds at most.
   * @param seen what the last call said; undefined does not wait
   * @returns rows of the signal stored since the collector began; undefined where nothing counts them
   */
  stored(
    signal: 'traces' | 'logs',
    seen: number | undefined,
    end: AbortSignal,
  ): Promise<number | undefined>
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
  /** Tables that began empty because their files had been deleted. */
  lost: string[]
  /** Statements that ignore their limits. */
  overdue: { id: string; seconds: number; statement: string }[]
  signals: {
    signal: string
    /** Rows since the collector began, and those it has acknowledged and not yet stored. */
    stored: number
    waiting: number
    quarantined: number
    lost?: number
    lagMs: number
    failure?: string
  }[]
}

export interface AskOptions {
  /** The database of tables named without one. */
  database?: string
  /** Buffer the whole result on the server, so that its cost is known. */
  measured?: boolean
  /** False for a reader that keeps no rows, which may then be more than fit in memory. */
  kept?: boolean
}

export interface StoreOptions {
  url: string
  place?: string
  database?: string | undefined
  local?: boolean
  columns?: () => Row[] | undefined
  user?: string | undefined
  password?: string | undefined
  tls?: Connection['tls']
  limits: Limits
  /** Most bytes of memory for the rows of an answer. */
  mostKept?: number
  signal?: AbortSignal
  /** Ends an engine of this command alone, after the connection is closed. */
  after?: () => Promise<unknown>
}

type Headers = Record<string, string | string[] | undefined>
type Exchange = Answer & { headers: Headers }

/**
 * Resolves when the statements asked so far are sent: the client makes a request in a timer, and a connection is ready
 * a turn later. What is loaded or composed before that holds them up.
 */
export async function whenSent(): Promise<void> {
  await turn()
  await sleep(0)
  await turn()
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
  const most: MostAllowed = {}
  const waitMs = (options.limits.seconds + GRACE_SECONDS) * 1000
  const failure = (error: unknown, sql?: string) =>
    isCutOff(error) && !options.signal?.aborted
      ? noStore(`${place} ended the connection in the middle of its response`, 'ask again')
      : storeError(error, place, most, sql)

  /** An engine of this command answers no others, for which a statement may wait. */
  const isShared = options.after === undefined
  /** Answers that are not read to their end. */
  let unread = 0

  /** Sends a request, again where the user may not run as many statements at once as this process does. */
  async function exchange(...request: Parameters<typeof sendOnce>): Promise<Exchange> {
    const began = performance.now()
    for (let tries = 1; ; tries++) {
      unread++
      try {
        const answer = await sendOnce(...request)
        answer.body.once('close', () => unread--)
        return answer
      } catch (error) {
        unread--
        // The collector lets statements wait, and refuses those that would wait in vain.
        if (options.local || !isTooMany(error)) throw error
        const isOver = performance.now() - began > waitMs || (unread === 0 && tries > TRIES)
        if (isOver) throw error
        options.signal?.throwIfAborted()
        await sleep(AGAIN_MS)
      }
    }
  }

  /** Throws the server's error, of which it reads the beginning. */
  async function sendOnce(
    query: string,
    params: BoundQuery['params'],
    settings: ClickHouseSettings,
  ): Promise<Exchange> {
    // The client's own limit begins again with each byte of a head.
    const late = new AbortController()
    let timer = setTimeout(() => expire(), waitMs)
    const expire = async (waited = 1) => {
      const mayWait = waited < TURNS && (isShared || unread > 1)
      const answers = mayWait && (await askCollector('status', options.signal))
      if (isOver) return
      if (answers) timer = setTimeout(() => expire(waited + 1), waitMs)
      else late.abort()
    }
    let isOver = false
    const signals = [late.signal, ...(options.signal ? [options.signal] : [])]
    const sent = client.exec({
      ...withParams(query, params),
      clickhouse_settings: settings,
      abort_signal: AbortSignal.any(signals),
      ignore_error_response: true,
    })
    const response = await sent
      .catch((error) => {
        if (late.signal.aborted) throw new Error('Timeout error.')
        // The client reads the summary before anything checks it.
        throw error instanceof TypeError ? new NotClickHouseError('it sends an odd head') : error
      })
      .finally(() => {
        isOver = true
        clearTimeout(timer)
      })
    const headers = response.response_headers as Headers
    const answer = {
      place,
      body: stoppable(response.stream),
      exceptionTag: headers['x-clickhouse-exception-tag']?.toString(),
      mostKept: options.mostKept ?? mostKept(),
      waitMs,
      headers,
    }
    const status = response.http_status_code ?? 200
    const isRefused = status < 200 || status > 299 || 'x-clickhouse-exception-code' in headers
    if (status > 299 && status < 400) {
      answer.body.destroy()
      const to = headers.location === undefined ? '' : ` to ${headers.location}`
      throw new NotClickHouseError(`${status}, a redirect${to}`)
    }
    if (isRefused) throw await errorIn(answer, status)
    return answer
  }

  /**
   * Sends otrace's own first statement with the widest settings while they are negotiated. A typed
   * statement waits: nothing typed is sent before the server is known to keep it from writing.
   */
  async function send(query: BoundQuery, ask: AskOptions, format: string) {
    const first = negotiated === undefined
    negotiated ??= options.local
      ? Promise.resolve(0)
      : negotiateSettings(
          async (sql, settings) => textLines(await exchange(sql, {}, settings)),
          tiers,
          place,
        )
    // An early rejection is reported where it is awaited.
    negotiated.catch(() => {})
    if (!first) tier = await accepted(negotiated)
    const attempt = (settings?: ClickHouseSettings) =>
      exchange(`${withoutEnd(query.sql)}\nFORMAT ${format}`, query.params, {
        ...(tier < tiers.length - 1 ? settings : {}),
        ...tiers[tier],
        ...(ask.database ? { database: ask.database } : {}),
        ...(ask.measured ? { wait_end_of_query: 1 as const } : {}),
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
  function costOf(headers: Headers): Cost | undefined {
    const {
      'x-clickhouse-summary': summary,
      'x-otrace-retention': kept,
      'x-otrace-memory': memory,
      'x-otrace-seconds': seconds,
    } = headers
    if (Number(memory) > 0) most.memory = Number(memory)
    if (Number(seconds) > 0) most.seconds = Number(seconds)
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

  const isLocal = () => options.local || retention !== undefined

  /** The JSON object at a path of a local store's collector; undefined for other servers, and without an answer. */
  async function askCollector(path: string, end?: AbortSignal): Promise<object | undefined> {
    if (!isLocal()) return undefined
    const { origin } = new URL(options.url)
    const { user, password } = loginOf(options)
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    const late = AbortSignal.timeout(ANSWER_MS)
    const signal = end ? AbortSignal.any([late, end]) : late
    try {
      const headers = { authorization }
      const response = await got(`${origin}/otrace/${path}`, { ...options.tls, headers, signal })
      if (response.statusCode === 200) return await objectIn(response)
      response.resume()
    } catch {}
    return undefined
  }

  return {
    place,
    get local() {
      return isLocal()
    },
    get retention() {
      return retention
    },
    database: options.database ?? databaseOf(options.url),
    columns: () => options.columns?.(),
    ownLimits: () => !('max_execution_time' in tiers[tier]!),
    async collector() {
      const found = (await askCollector('status')) as
        | (CollectorCounters & Record<string, Omit<CollectorCounters['signals'][number], 'signal'>>)
        | undefined
      if (!found) return undefined
      const { rejected, brokenParts, damagedParts = [], lost = [], overdue = [] } = found
      const signals = ['traces', 'logs', 'metrics'].map((signal) => ({ signal, ...found[signal]! }))
      return { rejected, brokenParts, damagedParts, lost, overdue, signals }
    },
    async stored(signal, seen, end) {
      const after = seen === undefined ? '' : `&seen=${seen}`
      const found = await askCollector(`stored?signal=${signal}${after}`, end)
      const { stored } = (found ?? {}) as { stored?: unknown }
      return typeof stored === 'number' ? stored : undefined
    },
    async ask(statement, ask = {}) {
      const answer = await send(statement, ask, 'JSONCompactEachRowWithNamesAndTypes')
      const cost = costOf(answer.headers)
      const lines = textLines(answer)
      const first: string[] = []
      try {
        while (first.length < 2) {
          const { value, done } = await lines.next()
          // Even a result without rows has both.
          if (done) throw new NotClickHouseError('it sent no names and types of columns')
          first.push(...value)
        }
        const [names, types, ...rest] = first as [string, string, ...string[]]
        const columns = readColumns(names, types)
        const most = ask.kept === false ? Number.POSITIVE_INFINITY : answer.mostKept
        const rows = readBatches(after(rest, lines), columns, place, most)
        return { columns, batches: failing(rows, failure), cost }
      } catch (error) {
        throw failure(error)
      }
    },
    async askBytes(statement, ask = {}) {
      const answer = await send(statement, ask, 'RowBinary')
      return {
        pieces: failing(binaryPieces(answer), failure),
        cost: costOf(answer.headers),
      }
    },
    async close() {
      await client.close()
      await options.after?.()
    },
  }
}

/** Time beyond the limit of a query, for the way there and back. */
const GRACE_SECONDS = 5
/**
 * Limits of a query that a collector's answer may take: a large one waits two for others of its kind, and any one for
 * a place among all.
 */
const TURNS = 4
/** Milliseconds between two tries, and tries while nothing of this process runs: the server may still end an answer. */
const AGAIN_MS = 50
const TRIES = 5

function isTooMany(error: unknown): boolean {
  return error instanceof ClickHouseError && error.code === '202'
}

/** As the client takes it: it needs an authority, so the system's are read for a client certificate alone. */
function tlsOf(tls: Connection['tls']) {
  if (!tls) return undefined
  const authority = tls.ca ?? Buffer.from(rootCertificates.join('\n'))
  return tls.cert && tls.key
    ? { ca_cert: authority, cert: tls.cert, key: tls.key }
    : { ca_cert: authority }
}

/** The login of the options, else of the address. */
function loginOf({ url, user, password }: StoreOptions) {
  const target = new URL(url)
  return {
    user: user ?? (decodeURIComponent(target.username) || 'default'),
    password: password ?? decodeURIComponent(target.password),
  }
}

function clientFor(options: StoreOptions): ClickHouseClient {
  const { url, limits, tls } = options
  const { user, password } = loginOf(options)
  const target = new URL(url)
  const secured = target.protocol === 'https:' ? tlsOf(tls) : undefined
  return createClient({
    url: `${target.protocol}//${target.host}`,
    username: user,
    password,
    ...(secured ? { tls: secured } : {}),
    application: 'otrace',
    request_timeout: TURNS * (limits.seconds + GRACE_SECONDS) * 1000,
    compression: { response: false, request: false },
    log: { level: 127 as never },
  })
}

/** Without the semicolon that may end a query file. */
function withoutEnd(sql: string): string {
  let text = sql.trim()
  while (text.endsWith(';')) text = text.slice(0, -1).trimEnd()
  return text
}

/** The lines that are read already, and the rest. */
async function* after(first: string[], lines: AsyncIterable<string[]>): AsyncGenerator<string[]> {
  if (first.length > 0) yield first
  yield* lines
}

/** What `source` yields, and `failure` of what it throws. */
async function* failing<T>(
  source: AsyncIterable<T>,
  failure: (error: unknown) => unknown,
): AsyncGenerator<T> {
  try {
    yield* source
  } catch (error) {
    throw failure(error)
  }
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
