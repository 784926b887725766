/** A place that answers SQL over ClickHouse HTTP, and how its answers are read; the only importer of @clickhouse/client. */
import { type ClickHouseClient, createClient, parseError } from '@clickhouse/client'
import type { Statement } from '../query/compose.ts'
import type { Column, Row } from '../render/renderer.ts'
import { type Limits, limitsFor } from './limits.ts'
import { storeError } from './refusal.ts'
import { refusesSettings, takenSettings } from './settle.ts'
import { rowReader } from './values.ts'

/** What a query cost, as the server tells it. */
export interface Cost {
  rows: number
  bytes: number
  /** Milliseconds on the server. */
  ms: number
}

export interface Result {
  columns: Column[]
  /** Read once. Throws OtraceError (exit 4) when the server fails in mid-answer. */
  rows: AsyncIterable<Row>
  /** The same rows, some at a time, for answers of a great many: instead of `rows`. */
  batches: AsyncIterable<Row[]>
  cost?: Cost
}

/** What a running collector keeps of its store. */
export interface Retention {
  /** Days after which a day's data goes. */
  days: number
  /** Bytes of all tables together, beyond which the oldest days go. */
  maxBytes: number
}

export interface Store {
  /** For messages: `http://127.0.0.1:8123` or a directory. */
  place: string
  /** Database from the connection, if it names one. */
  database: string | undefined
  /**
   * The collector's own store: it made the tables and drops their old days, and nobody can alter them. Of one that is asked by its
   * address this is known once it has answered.
   */
  readonly local: boolean
  /** What the collector keeps, once it has answered; undefined while none runs. */
  readonly retention?: Retention | undefined
  /** Runs one statement, read-only and under limits. Throws OtraceError: exit 3 unreachable, exit 4 refused. */
  ask(statement: Statement, options?: AskOptions): Promise<Result>
  /** The server was not willing to take our limits, so its own apply. */
  ownLimits(): boolean
  close(): Promise<void>
}

export interface AskOptions {
  /** Where a table without a database is looked for. */
  database?: string
  /** Wait for the whole answer on the server, so that its cost is known. */
  measured?: boolean
}

export interface StoreOptions {
  url: string
  place?: string
  database?: string | undefined
  local?: boolean
  user?: string | undefined
  password?: string | undefined
  limits: Limits
  signal?: AbortSignal
  /** Runs after the connection is closed. */
  after?: () => Promise<unknown>
}

/** Opens a connection; nothing is sent before the first question. */
export function openUrl(options: StoreOptions): Store {
  const client = clientFor(options)
  const place = options.place ?? withoutPassword(options.url)
  // From the widest set of settings to none at all, as far as the server takes them.
  const tiers = limitsFor(options.limits)
  let tier = 0
  let taken: Promise<number> | undefined
  let retention: Retention | undefined

  /** What comes first is a statement of ours; nothing that was typed is sent before it is known that it cannot write. */
  async function send(
    { sql, params, settings }: Statement,
    { measured = false, database }: AskOptions,
  ) {
    const known = taken
    taken ??= options.local ? Promise.resolve(0) : takenSettings(client, tiers, place)
    // Told where it is waited for.
    taken.catch(() => {})
    if (known) tier = await tierOf(known)
    for (let hastening = settings; ; ) {
      const used = tier
      try {
        return await client.query({
          query: sql,
          query_params: params,
          format: 'JSONCompactEachRowWithNamesAndTypes',
          clickhouse_settings: {
            ...(used < tiers.length - 1 ? hastening : {}),
            ...tiers[used],
            ...(database ? { database } : {}),
            ...(measured ? { wait_end_of_query: 1 as const } : {}),
          },
          ...(options.signal ? { abort_signal: options.signal } : {}),
        })
      } catch (error) {
        if (!refusesSettings(error)) throw storeError(error, place)
        tier = await tierOf(taken)
        if (tier !== used) continue
        // Ours are taken: it is those of the statement that are not, and of these some were typed and some only hasten it.
        if (!hastening) throw storeError(error, place)
        hastening = undefined
      }
    }
  }

  function tierOf(found: Promise<number>): Promise<number> {
    return found.catch((thrown) => {
      throw storeError(thrown, place)
    })
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
    async ask(statement, ask = {}) {
      const answer = await send(statement, ask)
      const { 'x-clickhouse-summary': summary, 'x-otrace-retention': kept } =
        answer.response_headers
      // No ClickHouse server has this header.
      if (typeof kept === 'string') retention = JSON.parse(kept)
      const stream = answer.stream<unknown[]>()
      const lines = textLines(stream, place)
      const first: string[] = []
      while (first.length < 2) {
        const { value, done } = await lines.next()
        if (done) break
        first.push(...value)
      }
      const [names = '[]', types = '[]', ...rest] = first
      const columns = readColumns(names, types)
      const batches = readBatches(rest, lines, columns, place)
      return {
        columns,
        rows: flat(batches),
        batches,
        ...(typeof summary === 'string' ? { cost: readCost(summary) } : {}),
      }
    },
    async close() {
      await client.close()
      await options.after?.()
    },
  }
}

function clientFor({ url, user, password, limits }: StoreOptions): ClickHouseClient {
  const target = new URL(url)
  return createClient({
    url: `${target.protocol}//${target.host}`,
    username: user ?? (decodeURIComponent(target.username) || 'default'),
    password: password ?? decodeURIComponent(target.password),
    application: 'otrace',
    // Long lists go into the body: servers bound the length of an address.
    use_multipart_params_auto: true,
    request_timeout: (limits.seconds + 5) * 1000,
    compression: { response: false, request: false },
    log: { level: 127 as never },
  })
}

/** The lines of an answer as they arrive: some at once, since waiting for each of 100,000 costs more than reading it. */
async function* textLines(
  stream: AsyncIterable<{ text: string }[]>,
  place: string,
): AsyncGenerator<string[]> {
  try {
    for await (const rows of stream) if (rows.length > 0) yield rows.map((row) => row.text)
  } catch (error) {
    throw storeError(error, place)
  }
}

function readColumns(names: string, types: string): Column[] {
  const ofType = JSON.parse(types) as string[]
  return (JSON.parse(names) as string[]).map((name, i) => ({ name, type: ofType[i] ?? 'String' }))
}

async function* readBatches(
  first: string[],
  lines: AsyncIterable<string[]>,
  columns: Column[],
  place: string,
): AsyncGenerator<Row[]> {
  const read = rowReader(columns)
  const readAll = (batch: string[]) =>
    batch.map((line) => {
      // A server that fails after its first rows writes its exception among them.
      if (!line.startsWith('[')) throw storeError(parseError(line), place)
      return read(line)
    })
  if (first.length > 0) yield readAll(first)
  for await (const batch of lines) yield readAll(batch)
}

async function* flat(batches: AsyncIterable<Row[]>): AsyncGenerator<Row> {
  for await (const batch of batches) yield* batch
}

function readCost(summary: string): Cost {
  const { read_rows, read_bytes, elapsed_ns } = JSON.parse(summary) as Record<string, string>
  return { rows: Number(read_rows), bytes: Number(read_bytes), ms: Number(elapsed_ns) / 1e6 }
}

/** The path of a ClickHouse URL names its database. */
function databaseOf(url: string): string | undefined {
  return decodeURIComponent(new URL(url).pathname.split('/').pop() ?? '') || undefined
}

function withoutPassword(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}`
}
