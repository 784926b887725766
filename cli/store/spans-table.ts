/** Finds the spans table and its schema by columns, never by name or version. */
import { noStore, OtraceError, usage } from '../errors.ts'
import type { BoundQuery, ClickHouseSettings } from '../query/compose/bound-query.ts'
import type { Schema } from '../query/schema.ts'
import type { Row } from '../result.ts'
import { type Candidate, isFrom, readFacts, readTables, type SpanFacts } from './candidates.ts'
import { readAll, type Store, whenSent } from './client.ts'
import type { Connection } from './connection.ts'

export interface SpansTable {
  database: string
  table: string
  schema: Schema
  /** Name → type. */
  columns: ReadonlyMap<string, string>
  /** Skip indexes: expression → type. */
  indexes: ReadonlyMap<string, string>
  /** Tables of the same database with a trace id column. */
  siblingTables: ReadonlySet<string>
  /** System tables without read permission, such as `system.data_skipping_indices`. */
  unreadable?: string
  /** Settings for the server's version. */
  settings: ClickHouseSettings
  /** The table is Distributed over local ones. */
  distributed?: boolean
  /** What the collector knows about the spans of the window. */
  facts?: SpanFacts | undefined
}

/** The first release with named functions in WITH, which the schemas use. */
const OLDEST = [24, 3] as const

/**
 * The first release with this setting and automatic statistics. With statistics, the window's test on each
 * span's time runs before tests that skip whole blocks: 36 ms instead of 15 for the server spans of 3 million.
 */
const STATISTICS = [26, 1] as const

/**
 * The first release that looks for comparisons to derive from those of each AND, which takes a third of the analysis of
 * a large query. A collector does not.
 */
const COMPARISONS = [25, 2] as const

/** The table that the collector's facts are about. */
const OWN = 'otel.otel_traces'

/** The tables to prefer among several. */
const USUAL = ['otel.otel_traces', 'default.otel_traces']

/**
 * Finds the spans table.
 * @param readSchemas called while the server works
 * @param columnsSql `queries/internal/store/columns.sql`
 * @param facts `facts.sql` there, bound to a window; asked of the collector alone
 * @throws OtraceError (exit 2) for an unknown `--schema` or several tables; (exit 3) when there is none
 */
export async function findSpansTable(
  store: Store,
  connection: Connection,
  readSchemas: () => Schema[],
  columnsSql: string,
  facts?: BoundQuery,
): Promise<SpansTable> {
  const database = connection.database ?? store.database ?? ''
  const table = connection.table ?? ''
  const kept = facts && store.columns?.()
  const asked = store.local && facts ? { ...facts, sql: columnsSql + UNION + facts.sql } : undefined
  const about = asked ?? { sql: columnsSql, params: {} }
  const [{ rows, unread }, schemas] = await Promise.all([
    kept
      ? readFactRows(store, facts).then((more) => ({ rows: [...kept, ...more], unread: undefined }))
      : readRows(store, about.sql, { ...about.params, database }),
    whenSent().then(readSchemas),
  ])
  // What answers at an address says in its first answer whether it is a collector.
  if (!asked && facts && store.local) rows.push(...(await readFactRows(store, facts)))
  const tables = readTables(rows)
  refuseOld(store.place, tables.version)
  const everything = [...tables.candidates.values()]
  const candidates = everything.filter((each) => table === '' || each.table === table)
  const wanted = schemas.filter(({ name }) => !connection.schema || name === connection.schema)
  if (wanted.length === 0) {
    throw usage(
      `unknown schema: ${connection.schema}`,
      `the schemas are ${schemas.map(({ name }) => name).join(', ')}`,
    )
  }
  const found = candidates.flatMap((candidate) => {
    const schema = bestMatch(wanted.filter((each) => fits(each, candidate)))
    return schema ? [{ ...candidate, schema }] : []
  })
  // Prefer the Distributed table over this server's local part of it.
  const below = new Set(found.map((each) => each.below))
  const [first, ...rest] = found.filter((each) => !below.has(fullName(each)))
  if (!first) throw noSpansTable(store.place, database, table, candidates, wanted)
  const usual = USUAL.map((name) => [first, ...rest].find((each) => fullName(each) === name)).find(
    Boolean,
  )
  const chosen = rest.length === 0 ? first : usual
  if (chosen) {
    const neighbours = everything.filter((each) => each.database === chosen.database)
    const known = fullName(chosen) === OWN ? readFacts(rows) : undefined
    return {
      ...chosen,
      distributed: chosen.below !== undefined && chosen.columns.has('Duration'),
      siblingTables: new Set(neighbours.map((each) => each.table)),
      settings: {
        ...(isFrom(tables.version, STATISTICS) ? { use_statistics: 0 } : {}),
        ...(!store.local && isFrom(tables.version, COMPARISONS)
          ? { optimize_and_compare_chain: 0 }
          : {}),
        ...(chosen.columns.has(LAMBDA_INDEXED) && known?.partial !== false ? MIXED_PARTS : {}),
      },
      unreadable: unread,
      facts: known,
    }
  }
  throw usage(
    `${store.place} has several spans tables: ${[first, ...rest].map(fullName).join(', ')}`,
    `choose one: --database ${first.database} --table ${first.table}`,
  )
}

/** The column with a text index on an expression with a lambda. */
const LAMBDA_INDEXED = 'Identities'
/** The server fails on parts without such an index if it answers from the index alone. */
const MIXED_PARTS = { query_plan_direct_read_from_text_index: 0 }

/** None from a collector of an earlier version, which keeps no facts. */
async function readFactRows(store: Store, { sql, params }: BoundQuery): Promise<Row[]> {
  try {
    return await readAll((await store.ask({ sql, params })).batches)
  } catch (error) {
    if (error instanceof OtraceError && /\bUNKNOWN_/.test(error.message)) return []
    throw error
  }
}

const UNION = '\nUNION ALL\n'
/** The system table that detection cannot do without. */
const NEEDED = 'system.columns'

/** The rows of the parts of a UNION, without the tables that the user may not read or the server lacks. */
async function readRows(
  store: Store,
  sql: string,
  params: BoundQuery['params'],
): Promise<{ rows: Row[]; unread?: string }> {
  try {
    return { rows: await readAll((await store.ask({ sql, params })).batches) }
  } catch (error) {
    if (!(error instanceof OtraceError)) throw error
    const unread = /\bON (system\.\w+).*\(ACCESS_DENIED 497\)/.exec(error.message)?.[1]
    // A collector of an earlier version keeps no facts.
    const unknown = /\bUNKNOWN_(?:TABLE|IDENTIFIER)\b/.test(error.message)
      ? `${OWN}_facts`
      : undefined
    const lacked = unread ?? unknown
    const parts = sql.split(UNION)
    const readable = parts.filter((part) => !part.includes(`FROM ${lacked}`))
    if (!lacked || lacked === NEEDED || readable.length === parts.length) throw error
    const { rows, unread: more } = await readRows(store, readable.join(UNION), params)
    return { rows, unread: [unread, more].filter(Boolean).join(', ') || undefined }
  }
}

function refuseOld(place: string, version: string): void {
  if (isFrom(version, OLDEST)) return
  throw noStore(
    `${place} runs ClickHouse ${version}; otrace needs ${OLDEST.join('.')} or later`,
    'upgrade the server, or name another with --url',
  )
}

/** The schema that needs the most columns: one that extends another needs all of the other's. */
function bestMatch(schemas: Schema[]): Schema | undefined {
  return schemas.reduce<Schema | undefined>(
    (best, each) => (best && best.needs.size >= each.needs.size ? best : each),
    undefined,
  )
}

function fits(schema: Schema, candidate: Candidate): boolean {
  return missing(schema, candidate).length === 0
}

/** What a schema needs and a table lacks: columns, and `index:<expression>` for skip indexes. */
function missing(schema: Schema, { columns, indexes }: Candidate): string[] {
  const typeOf = (name: string) =>
    name.startsWith('index:') ? indexes.get(name.slice('index:'.length)) : columns.get(name)
  return [...schema.needs]
    .filter(([name, type]) => !typeOf(name)?.startsWith(type))
    .map(([name]) => name)
}

function noSpansTable(
  place: string,
  database: string,
  table: string,
  candidates: Candidate[],
  schemas: Schema[],
): OtraceError {
  const where = [database, table].filter(Boolean).join('.')
  const send = 'send spans first: `otrace up` says how'
  // The message names what the nearest table lacks.
  const [nearest] = candidates
    .flatMap((candidate) =>
      schemas.map((schema) => ({
        candidate,
        lacks: missing(schema, candidate),
        schema,
      })),
    )
    .sort((a, b) => a.lacks.length - b.lacks.length)
  if (nearest) {
    const { candidate, lacks, schema } = nearest
    const more = lacks.length > 4 ? ` and ${lacks.length - 4} more` : ''
    const comes = `comes nearest to ${schema.name} but lacks ${lacks.slice(0, 4).join(', ')}${more}`
    return noStore(
      table
        ? `not a spans table: ${fullName(candidate)} ${comes}`
        : `no spans table in ${[place, database].filter(Boolean).join(' ')}: ${fullName(candidate)} ${comes}`,
      `name another table with --database and --table, or ${send}`,
    )
  }
  if (table === '') {
    return noStore(
      `no spans table in ${[place, database].filter(Boolean).join(' ')}`,
      `${send}, or name it with --database and --table`,
    )
  }
  const from = database === '' ? '' : ` FROM ${database}`
  return noStore(
    `no spans table: ${where} in ${place}`,
    `list the tables: otrace sql "SHOW TABLES${from}"`,
  )
}

function fullName({ database, table }: { database: string; table: string }): string {
  return `${database}.${table}`
}
