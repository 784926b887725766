/** Tables that may hold spans, and facts, from queries of `queries/internal/store/`. */
import type { Row } from '../result.ts'

export interface Candidate {
  database: string
  table: string
  /** Name → type. */
  columns: Map<string, string>
  /** Skip indexes: expression → type. */
  indexes: Map<string, string>
  /** The local table of a Distributed table: `database.table`. */
  below?: string
}

export interface Tables {
  /** `database.table` → the table. */
  candidates: Map<string, Candidate>
  /** The server's version: `26.7.2.1`. */
  version: string
}

/**
 * Groups the rows by table. An index on the expression of an ALIAS column takes that column's name if the server reads
 * the index through the column: a schema that needs `index:<name>` fits only then. A Distributed table takes the
 * indexes of its local table, if this server has one.
 */
export function readTables(rows: Row[]): Tables {
  const facts = rows.map(factOf)
  const about = (what: string) => facts.filter((fact) => fact.what === what)
  const version = about('version')[0]?.name ?? ''
  const candidates = new Map<string, Candidate>()
  const aliases = new Map<string, string>()
  for (const { place, database, table, name, type, expression } of about('column')) {
    const known = candidates.get(place)
    if (known) known.columns.set(name, type)
    else
      candidates.set(place, {
        database,
        table,
        columns: new Map([[name, type]]),
        indexes: new Map(),
      })
    if (expression !== '') aliases.set(`${place} ${expression}`, name)
  }
  for (const { place, name, type } of about('below')) {
    const candidate = candidates.get(place)
    if (candidate) candidate.below = `${type}.${name}`
  }
  const indexes = about('index')
  for (const [place, candidate] of candidates) {
    for (const index of indexes) {
      if (index.place !== (candidate.below ?? place)) continue
      const on = index.expression
      const alias = aliases.get(`${index.place} ${on}`) ?? aliases.get(`${place} ${on}`)
      const name = alias !== undefined && readsAlias(version) ? alias : on
      candidate.indexes.set(name, index.type)
    }
  }
  return { candidates, version }
}

function factOf(row: Row) {
  const text = (column: string) => String(row[column])
  const [database, table] = [text('database'), text('table')]
  return {
    what: text('what'),
    place: `${database}.${table}`,
    database,
    table,
    name: text('name'),
    type: text('type'),
    expression: text('expression'),
  }
}

/** The first patch release of each line that reads a text index through an ALIAS column; later lines all do. */
const READ_ALIAS = [
  [26, 2, 19, 43],
  [26, 3, 12, 3],
  [26, 4, 3, 37],
]

/** ClickHouse Cloud numbers its patches differently, so it counts from 26.5. */
function readsAlias(version: string): boolean {
  if (isFrom(version, [26, 5])) return true
  const [year, month] = numbers(version)
  const first = READ_ALIAS.find(([a, b]) => a === year && b === month)
  return first !== undefined && isFrom(version, first)
}

/** Whether a version is the given release or later: `26.3.12.3` is from `[26, 3]`. */
export function isFrom(version: string, release: readonly number[]): boolean {
  const parts = numbers(version)
  for (const [i, least] of release.entries()) {
    const part = parts[i] ?? 0
    if (part !== least) return part > least
  }
  return true
}

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0)
}

/** Flags that the collector keeps while it stores spans; false is certain, true needs a look. */
export interface SpanFacts {
  /** A span may represent several. */
  sampled: boolean
  /** A service may have no server, consumer or root span. */
  crossing: boolean
  /** A server span may be named after its HTTP method alone. */
  bareNames: boolean
  /** Every trace may be a failed or slow one, as a tail sampler keeps them. */
  extremes: boolean
  /**
   * Unix seconds at which the first and the last five minutes begin that have spans of the window, and of the chosen
   * services; 0 without any.
   */
  firstSlot: number
  lastSlot: number
  /** Some spans may be without what the collector keeps beside them. */
  partial: boolean
  /** The table of failed spans, if there is one, has all those of the window, and of a day around it. */
  failures: boolean
  /** Spans of the window were received again. */
  repeated: boolean
  /** Unix seconds of the first and the last start of a span that was received again, of all times; 0 without any. */
  repeats: { first: number; last: number }
}

/** The facts among the rows; undefined from a server without them. */
export function readFacts(rows: Row[]): SpanFacts | undefined {
  const facts = rows.filter(({ what }) => what === 'fact')
  const flags = new Map(facts.map(({ name, type }) => [name, type !== '0']))
  const numbers = new Map(facts.map(({ name, type }) => [name, Number(type)]))
  const [sampled, crossing, bareNames] = ['sampled', 'crossing', 'bare_names'].map((name) =>
    flags.get(name),
  )
  if (sampled === undefined || crossing === undefined || bareNames === undefined) return undefined
  const [partial, extremes] = ['partial', 'extremes'].map((name) => flags.get(name) ?? true)
  return {
    sampled,
    crossing,
    bareNames,
    firstSlot: numbers.get('first_slot') ?? 0,
    lastSlot: numbers.get('last_slot') ?? 0,
    partial: partial!,
    extremes: extremes!,
    failures: numbers.get('failures') === 1,
    repeated: flags.get('repeated') ?? false,
    repeats: { first: numbers.get('first_repeat') ?? 0, last: numbers.get('last_repeat') ?? 0 },
  }
}
