/**
 * Composes a query, a schema, filters and a window into one bound statement.
 *
 * One file: one statement is assembled from parts that know each other.
 */

import { SPANS_COLUMNS } from './filters/where.ts'
import { whereSql } from './filters/where-spellings.ts'
import { type Condition, type Filters, isUnfiltered, NO_FILTERS } from './filters.ts'
import { whyNotHourly } from './hourly.ts'
import { paste, resolveCondition, resolveConditions } from './marks.ts'
import { clauses, type Item, joined, prune, readsAll, withText } from './prune.ts'
import { byName, type Filter, type Schema } from './schema.ts'
import { looksUpParents, mentions, readersOf, reads, renamePlaceholders } from './sql-text.ts'
import { usesWeight } from './uses-weight.ts'
import { clickhouseTime, type Hours, type Window } from './window.ts'

export type ParamValue = string | number | string[]

/** By ClickHouse's names. */
export type ClickHouseSettings = Record<string, number | string>

/** A statement and the values that the server binds to its `{name:Type}` placeholders. */
export interface BoundQuery {
  sql: string
  params: Record<string, ParamValue>
  /** Server settings, in addition to the limits. */
  settings?: ClickHouseSettings
  /** The result has counts, rates or percentiles of spans. */
  counts?: true
  /** The same statement without weights, if the result depends on them. */
  unweighted?: () => BoundQuery
  /** The same statement without looking up parents: requests by kind and root alone. */
  uncrossed?: () => BoundQuery
  /** The same statement with raw names: no path after a server span's bare method. */
  plainNames?: () => BoundQuery
  /** The same statement over sums of whole hours and the spans around them, or the reason why not. */
  hourly?: ((hours: Hours) => BoundQuery) | string
}

/** The simpler statements of a query. */
const SIMPLER = ['unweighted', 'uncrossed', 'plainNames'] as const

/** The statement and its simpler ones, each with other SQL. */
export function mapSql(query: BoundQuery, change: (sql: string) => string): BoundQuery {
  const mapped = { ...query, sql: change(query.sql) }
  for (const name of SIMPLER) {
    const simpler = query[name]
    if (simpler) mapped[name] = () => mapSql(simpler(), change)
  }
  return mapped
}

/** The statement alone, which runs without a look for sampled spans and the like. */
export function withoutSimpler({ sql, params, settings }: BoundQuery): BoundQuery {
  return { sql, params, settings }
}

/** SQL beside the schema: `queries/shared/`. */
export interface Library {
  /** A SELECT whose WITH defines functions for every query. */
  functions: string
  /** Relations over `spans`, by name. */
  relations: Record<string, string>
  /** `red` of whole hours, added up. */
  hours?: string
}

/** The spans table, and the spans of it that count. */
export interface SpansSource {
  schema: Schema
  library: Library
  database: string
  table: string
  filters: Filters
  /** Absent for all stored spans. */
  window?: Window
  /** Server settings that statements over spans need. */
  settings?: ClickHouseSettings
  /** False counts a sampled span once. */
  weighted?: boolean
  /** False finds requests by kinds and roots alone. */
  crossing?: boolean
  /** False leaves the names of operations as they are. */
  bareNames?: boolean
  /** Hours of the window that are added up. */
  hours?: Hours
  /** The table is Distributed: its shards add spans up only in the SELECT that reads them. */
  distributed?: boolean
  /** Long texts are cut, for a terminal. */
  clipped?: boolean
  /** The collector's table of the times of all traces. */
  lookup?: string | undefined
  /** The times between which spans start that the collector received again, unless every copy counts. */
  repeats?: Repeats | undefined
  /** The window whose failed spans the schema's table of them has, with a day around it. */
  failuresOf?: Window | undefined
}

export interface Repeats {
  from: bigint
  to: bigint
}

/** The column or attribute of `--by` that groups everything together. */
export const BY_NOTHING = 'none'
const byOf = ({ by }: Record<string, ParamValue>) =>
  by === undefined || by === BY_NOTHING ? undefined : String(by)

const HOUR = 3_600_000_000_000n
const DAY = 24n * HOUR
/** A window in which a second read of few columns costs less than it saves. */
const LONG = 3n * HOUR
const LAST = 9_223_372_036_000_000_000n
/** For sessions that go on while spans arrive. */
export const ANY_TIME: Repeats = { from: 0n, to: LAST }

/**
 * The final SQL of a query: `WITH spans AS (…), red AS (…) SELECT * FROM (<query>)`, with only the relations that it
 * reads. Parameters of filters are called `p0_key`, `p0_value`, `p1_key` …
 */
export function compose(
  sql: string,
  given: Record<string, ParamValue>,
  source: SpansSource,
  host: Record<string, ParamValue> = {},
): BoundQuery {
  const { library } = source
  const text = decided(sql, given, source)
  const names = Object.keys(library.relations).filter((name) => reads(text, name))
  const usesSpans = reads(text, 'spans')
  const around = AROUND.filter((name) => reads(text, `spans_${name}`))
  const counts = usesWeight(text, source.filters.where)
  const weighted = source.weighted !== false && counts
  const params: Record<string, ParamValue> = { ...hostParams(source), ...host, ...given }
  const relations: string[] = []
  // A parameter may name a column. Its words stand on a line of their own, outside of comments and quotes.
  const values = Object.values(given).filter((value) => typeof value === 'string')
  const reader = [text, ...values.map((value) => value.replace(/\W+/g, ' '))].join('\n')
  const projection = { weighted, by: given.by }
  const add = (name: string, options: Omit<Projection, keyof typeof projection>) =>
    relations.push(relation(name, spans(source, params, { ...projection, ...options })))
  const redAlone = names.join() === 'red' && !usesSpans && around.length === 0 && !readsAll(reader)
  if (redAlone && source.hours) {
    relations.push(relation('red', redOfHours(source, params, { ...projection, reader })))
  } else if (redAlone) {
    // ClickHouse analyses one relation faster than two.
    add('red', { reader, above: library.relations.red! })
  } else {
    const above = names.map((name) => prune(library.relations[name]!, reader))
    const readers = usesSpans ? [reader, ...above].join('\n') : above.join('\n')
    if (usesSpans || names.length > 0) add('spans', { reader: readers })
    const few = [text, ...above].flatMap((sql) => readersOf(sql, NARROW))
    if (few.length > 0) add(NARROW, { reader: few.join('\n') })
    for (const name of around) add(`spans_${name}`, { reader, around: name })
    for (const [i, name] of names.entries()) relations.push(relation(name, above[i]!))
  }
  const used = functions(text, library.functions, weighted, source.hours !== undefined)
  const head = [...relations, ...used].join(',\n')
  // In a scope of its own a query may use any name, and server errors quote it alone. The newlines end a trailing
  // comment.
  const whole = head === '' ? text : `WITH\n${head}\nSELECT * FROM (\n${text}\n)`
  const other = (change: Partial<SpansSource>) => () =>
    compose(sql, given, { ...source, ...change }, host)
  return statement(whole, params, source, {
    ...(counts ? { counts } : {}),
    ...(weighted ? { unweighted: other({ weighted: false }) } : {}),
    ...(looksUpParents(whole) ? { uncrossed: other({ crossing: false }) } : {}),
    ...(whole.includes('without_ids(') ? { plainNames: other({ bareNames: false }) } : {}),
    ...(redAlone && !weighted && mentions(text, 'samples') && !source.hours
      ? {
          hourly: whyNotHourly(whole, text, byOf(given), source) ?? ((hours) => other({ hours })()),
        }
      : {}),
  })
}

/** `red` from sums of hours, and from the spans of the window around them. */
function redOfHours(
  source: SpansSource,
  params: Record<string, ParamValue>,
  projection: Pick<Projection, 'reader' | 'weighted' | 'by'>,
): string {
  const { relations } = source.library
  const hours = resolveCondition(source.library.hours!, 'sound', !source.distributed)
  const columns = clauses(hours).columns.filter(({ name }) => mentions(projection.reader, name))
  const names = columns.map(({ name }) => name).join(', ')
  const part = (above: string, around: Part) =>
    spans(source, params, { ...projection, above, around })
  return [
    `SELECT ${names} FROM (\n${part(hours, 'hours')}\nGROUP BY ALL\n)`,
    `SELECT ${names} FROM (\n${part(relations.red!, 'beside')}\n)`,
  ].join('\nUNION ALL\n')
}

/** Parts of the window: its whole hours, and the rest. */
const PARTS = ['hours', 'beside'] as const
type Part = (typeof PARTS)[number]
/**
 * Relations of spans beside the window, without filters, of a part of the window, or of which a query needs the failed
 * and the refused ones alone: `spans_<name>`. The latter have at least those, and may have all.
 */
const AROUND = ['nearby', 'before', 'unfiltered', 'failed', 'failed_unfiltered', ...PARTS] as const
/**
 * The spans with only the columns that the SELECTs from it name. ClickHouse analyses a relation anew for each SELECT
 * from it:
 * `repeats` reads spans eleven times, and took 2.5 s of analysis over Jaeger's tables with all columns.
 */
const NARROW = 'spans_narrow'
/** A query with its marks resolved from the filters, --by and the given texts. */
function decided(
  sql: string,
  given: Record<string, ParamValue>,
  { filters, clipped = false, window }: SpansSource,
): string {
  const chosen = filters.conditions.some(({ filter }) => byName(filter) || filter === 'kind')
  const { by = BY_NOTHING } = given
  const name = quoted(String(by))
  const value = clipped ? 'clip(dimension)' : 'dimension'
  const item = by === BY_NOTHING || hasColumn(sql, by) ? '' : `${value} AS ${name},`
  let text = resolveCondition(resolveCondition(sql, 'clipped', clipped), 'chosen', chosen)
  text = resolveCondition(text, 'split', by !== BY_NOTHING)
  text = resolveCondition(text, 'long', !window || window.to - window.from >= LONG)
  const filtered = !isUnfiltered(filters)
  text = resolveCondition(text, 'filtered', filtered)
  for (const [param, value] of Object.entries(given))
    text = resolveCondition(text, `given_${param}`, value !== '')
  const whole = filtered ? 'spans_unfiltered' : 'spans'
  return paste(text, { by_name: name, by_item: item, whole })
}

/** Whether the result already has the column of --by. */
function hasColumn(sql: string, by: ParamValue): boolean {
  return /\/\*\+ by_item \*\//.test(sql) && clauses(sql).columns.some(({ name }) => name === by)
}

const quoted = (name: string) => `\`${name.replace(/[\\`]/g, '\\$&')}\``

/**
 * Like compose, for `SELECT … FROM spans WHERE … LIMIT …`, in half the analysis time: the condition moves into the
 * relation, which selects only the needed columns. Rows are sorted by time: the sort merges them before their
 * columns are computed, which is cheaper than computing them for the few rows of each part.
 * @throws TypeError for any other query
 */
export function composeFlat(
  sql: string,
  given: Record<string, ParamValue>,
  source: SpansSource,
): BoundQuery {
  const { columns, rest } = clauses(sql)
  const [, condition, limit] = /^FROM spans\s+WHERE\s([\s\S]+)\sLIMIT\s(.+)$/.exec(rest) ?? []
  if (condition === undefined) throw new TypeError(`more than columns and rows: ${sql}`)
  const params: Record<string, ParamValue> = { ...hostParams(source), ...given }
  const reader = ['time', ...columns.map(({ name }) => name)].join(' ')
  const weighted = source.weighted !== false && usesWeight(sql, source.filters.where)
  const text = `${spans(source, params, { reader, weighted, condition })}\nORDER BY time\nLIMIT ${limit}`
  const unweighted = () => composeFlat(sql, given, { ...source, weighted: false })
  return statement(text, params, source, weighted ? { unweighted } : {})
}

/** The functions that a statement calls, directly or indirectly. */
function functions(sql: string, library: string, weighted: boolean, hourly = false): string[] {
  const definitions = clauses(library).definitions.map((item) =>
    withText(item, resolveConditions(item.text, { hourly, weighted })),
  )
  const used = new Set<string>()
  let text = sql
  for (let before = -1; before < used.size; ) {
    before = used.size
    for (const item of definitions) {
      if (used.has(item.text) || !mentions(text, item.name)) continue
      used.add(item.text)
      text += `\n${item.text}`
    }
  }
  return definitions.flatMap((item) => (used.has(item.text) ? [item.text] : []))
}

/** A statement with the functions that it calls. */
export function withFunctions(sql: string, { functions: library }: Library): string {
  return `WITH\n${functions(sql, library, false).join(',\n')}\n${sql}`
}

function statement(
  sql: string,
  params: Record<string, ParamValue>,
  { settings }: SpansSource,
  simpler: Pick<BoundQuery, (typeof SIMPLER)[number] | 'hourly' | 'counts'>,
): BoundQuery {
  return { sql, params: used(sql, params), settings, ...simpler }
}

function relation(name: string, sql: string): string {
  return `${name} AS (\n${sql.replace(/^/gm, '  ')}\n)`
}

/** The window for statements about all stored times, too. */
export function windowParams(window: Window | undefined): { from: string; to: string } {
  const { from, to } = window ?? { from: 0n, to: LAST }
  return { from: clickhouseTime(from), to: clickhouseTime(to) }
}

function hostParams(source: SpansSource): Record<string, ParamValue> {
  const { database, table, window, hours } = source
  const { failures = '' } = source.schema
  if (!window) return { database, table }
  const { from, to, bucket } = window
  const clamped = (at: bigint) => clickhouseTime(at < 0n ? 0n : at > LAST ? LAST : at)
  return {
    database,
    table,
    failures,
    from: clickhouseTime(from),
    to: clickhouseTime(to),
    bucket,
    before_from: clamped(from - (to - from)),
    nearby_from: clamped(from - HOUR),
    nearby_to: clamped(to + HOUR),
    ongoing_from: clamped(from - DAY),
    ongoing_duration: String(HOUR),
    ...(hours
      ? { hours_from: clickhouseTime(hours.from), hours_to: clickhouseTime(hours.to) }
      : {}),
  }
}

interface Projection {
  /** Text that may name a column. */
  reader: string
  weighted: boolean
  /** The column or attribute of `dimension`. */
  by?: ParamValue | undefined
  /** On the columns of `spans`, beside the filters. */
  condition?: string
  /** A relation over `spans` whose columns are added. */
  above?: string
  /** The spans to read instead of the window's. */
  around?: (typeof AROUND)[number] | undefined
  /** Those of the seconds with spans that came again, each in its last version; or those of the others. */
  repeated?: boolean
}

/** The schema's SELECT with its WHERE; adds the parameters of the filters to `params`. */
function spans(
  source: SpansSource,
  params: Record<string, ParamValue>,
  projection: Projection,
): string {
  const { around, reader } = projection
  // The first and the last of all times are the same with copies, and known without a read.
  const isExtent = !source.window && mentions(reader, 'stored_time')
  const isOnce = source.filters.dedupe !== undefined || !hasRepeats(source)
  if (isExtent || isOnce || around === 'hours') return someSpans(source, params, projection).text
  const once = someSpans(source, params, { ...projection, repeated: false })
  const again = someSpans(source, params, { ...projection, repeated: true })
  const names = once.columns.join(', ')
  return `SELECT ${names} FROM (\n${once.text}\nUNION ALL\nSELECT ${names} FROM (\n${again.text}\n)\n)`
}

/** Whether spans that came again may start in the window, or in what queries read around it. */
function hasRepeats({ schema, repeats, window }: SpansSource): boolean {
  if (!schema.repeats || !repeats) return false
  if (!window || window.inverted) return true
  const { from, to } = window
  return repeats.from < to + HOUR && repeats.to > from - (to - from > DAY ? to - from : DAY)
}

/** A SELECT without unions, and its columns. */
function someSpans(
  source: SpansSource,
  params: Record<string, ParamValue>,
  { reader, weighted, by, condition, above, around, repeated }: Projection,
): { text: string; columns: string[] } {
  const { schema } = source
  const filters = isWhole(around) ? NO_FILTERS : source.filters
  const settledBase = settled(source, { weighted, by, reader: `${reader} ${above ?? ''}` })
  // Sums have a time and a duration of their own.
  const base = around === 'hours' ? ['time', 'duration'].reduce(without, settledBase) : settledBase
  const within = [...windowed(source, around), ...repeatedIn(source, repeated)]
  const where = [
    ...within,
    ...filters.conditions.map((one) => predicate(source, one, naming(one, params))),
  ]
  for (const one of filters.traceConditions) {
    const byMinute = source.lookup !== undefined && one.filter === 'attr-equals'
    const named = naming(one, params, byMinute ? source.lookup : undefined)
    const found = [...windowed(source, 'nearby'), predicate(source, one, named)]
    const matching = select(settled(source, { weighted: false }), 'trace_id time', found)
    const trace = resolveCondition(filterText(schema, 'trace'), 'by_minute', byMinute)
    const matches = `SELECT trace_id FROM (\n${matching}\n)`
    where.push(paste(named(trace), { matches, matching }))
  }
  if (condition !== undefined) where.push(condition)
  const typed = filters.where && whereSql(filters.where)
  const read = [reader, condition ?? '', typed ?? '']
  const chosen = filters.conditions.length > 0 || condition !== undefined
  const isOnce = filters.dedupe || repeated
  if (isOnce) {
    read.push(`${IDENTITY} duration`)
    if (chosen)
      where.push(`(cityHash64(${IDENTITY}), duration) GLOBAL IN /*+ last_versions */spans`)
  }
  const isFew = !isOnce && ofFailures(source, around)
  const rows = select(isFew ? inFailures(base) : base, read.join('\n'), where, above)
  const parents = (reader: string, of: string[]) =>
    looksUpParents(rows) ? `(${select(base, reader, of)})` : ''
  const entered = parents('service', [...windowed(source), 'enters'])
  const every = parents('trace_id span_id service', windowed(source, 'nearby'))
  const versions = isOnce && chosen ? select(base, `${IDENTITY} duration`, within) : ''
  const all = paste(rows, {
    entered_services: entered,
    every_span: every,
    last_versions: `(${lastOf(versions)})`,
  })
  const text = isOnce ? deduped(all) : all
  return {
    text: typed ? `SELECT * FROM (\n${text}\n) WHERE (\n${typed}\n)` : text,
    columns: clauses(all).columns.map(({ name }) => name),
  }
}

const isWhole = (around: Projection['around']) =>
  around === 'unfiltered' || around === 'failed_unfiltered'

/** Whether the table of failed spans has every span that is asked for. */
function ofFailures(
  { schema, filters, window, failuresOf }: SpansSource,
  around: Projection['around'],
): boolean {
  const isKnown = window && failuresOf?.from === window.from && failuresOf.to === window.to
  if (!schema.failures || !isKnown || window.inverted) return false
  const isError = filters.conditions.some(({ filter }) => filter === 'error')
  if (around === undefined || around === 'beside' || around === 'nearby') return isError
  return around === 'failed' || around === 'failed_unfiltered'
}

/** The same SELECT from the table of failed spans, whose name is a parameter. */
function inFailures(sql: string): string {
  const { rest, ...others } = clauses(sql)
  return joined({ ...others, rest: rest.replace('{table:Identifier}', '{failures:Identifier}') })
}

function repeatedIn({ schema }: SpansSource, repeated: boolean | undefined): string[] {
  if (repeated === undefined) return []
  return [repeated ? schema.repeats!.second : `NOT (${schema.repeats!.second})`]
}

/** Rows that share these are versions of one span, as in trace/model/duplicates.ts. */
const IDENTITY = 'trace_id, span_id, service, name, kind, parent_id, time'

/**
 * Each span once, as collectors deliver at least once: the last to end of several versions. If
 * several end together, the last in the order of their columns, which is arbitrary but reproducible.
 */
function deduped(sql: string): string {
  const identity = IDENTITY.split(', ')
  const others = clauses(sql)
    .columns.map(({ name }) => name)
    .filter((name) => name !== 'duration' && !identity.includes(name))
  const order = [...identity, ...['duration', ...others].map((name) => `${name} DESC`)]
  return `SELECT * FROM (\n${sql}\nORDER BY ${order.join(', ')}\nLIMIT 1 BY ${IDENTITY}\n)`
}

/** The duration of the last version of each span: a filter that matches an older one finds nothing. */
function lastOf(versions: string): string {
  return `SELECT cityHash64(${IDENTITY}), max(duration) FROM (\n${versions}\n) GROUP BY ${IDENTITY}`
}

/** Columns that need a parameter of the query, or are for built-in queries alone. */
const HIDDEN_COLUMNS = [
  'dimension',
  'stored_time',
  'error_type',
  'of_user',
  'severity',
  'is_failure',
  'attribute_keys',
  'resource_keys',
]

/** The schema's SELECT with every mark resolved except those of the lookup of parents. */
function settled(
  {
    schema,
    crossing = true,
    bareNames = true,
  }: Pick<SpansSource, 'schema' | 'crossing' | 'bareNames'>,
  {
    weighted,
    by = BY_NOTHING,
    reader = '',
  }: Pick<Projection, 'weighted' | 'by'> & { reader?: string },
): string {
  const column = SPANS_COLUMNS.find((name) => name === by)
  const known = {
    weighted,
    crossing,
    bare_names: bareNames,
    by_attribute: by !== BY_NOTHING && column === undefined,
    by_nothing: by === BY_NOTHING,
  }
  const decide = (sql: string) =>
    paste(resolveConditions(sql, known), { by_column: column ?? "''" })
  const { definitions, columns, rest } = clauses(schema.sql)
  const shown = columns.filter(
    ({ name }) => !HIDDEN_COLUMNS.includes(name) || mentions(reader, name),
  )
  const each = (items: readonly Item[]) => items.map((item) => withText(item, decide(item.text)))
  return joined({ definitions: each(definitions), columns: each(shown), rest: decide(rest) })
}

/** The schema's SELECT without hidden columns, without looking up parents. */
export function plainSpans(schema: Schema): string {
  return settled({ schema, crossing: false }, { weighted: true })
}

/** The same SELECT without a column. */
export function without(sql: string, column: string): string {
  const { columns, ...others } = clauses(sql)
  return joined({ ...others, columns: columns.filter(({ name }) => name !== column) })
}

/** A SELECT without its unread columns. */
function select(base: string, reader: string, where: string[], above?: string): string {
  const chosen = where.length === 0 ? '' : `\nWHERE ${where.join('\n  AND ')}`
  return prune(base, reader, chosen, above) + chosen
}

/** Adds the parameters of a condition. @returns a function that gives placeholders their names */
function naming(
  { key, value }: Condition,
  params: Record<string, ParamValue>,
  lookup?: string,
): (text: string) => string {
  const own = ['key', 'value', 'lookup']
  let free = 0
  while (own.some((name) => `p${free}_${name}` in params)) free++
  const prefix = `p${free}_`
  if (key !== undefined) params[`${prefix}key`] = key
  if (value !== undefined) params[`${prefix}value`] = value
  if (lookup !== undefined) params[`${prefix}lookup`] = lookup
  return (text) => renamePlaceholders(text, (name) => (own.includes(name) ? prefix + name : name))
}

function predicate(
  { schema, bareNames = true }: SpansSource,
  { filter }: Condition,
  named: (text: string) => string,
): string {
  return named(resolveCondition(filterText(schema, filter), 'bare_names', bareNames))
}

function windowed(source: SpansSource, around?: Projection['around']): string[] {
  const { schema, window, filters } = source
  if (!window) return []
  const bound = (filter: Filter, name: string) =>
    renamePlaceholders(filterText(schema, filter), () => name)
  if (around === 'failed') return windowed(source)
  if (around === 'before') return [bound('from', 'before_from'), bound('to', 'from')]
  const hours = [bound('from', 'hours_from'), bound('to', 'hours_to')]
  const single =
    filters.dedupe === undefined && hasRepeats(source) ? [`NOT (${schema.repeats!.hour})`] : []
  if (around === 'hours')
    return [...hours.map((text) => text.replace(/^\w+/, 'toStartOfHour($&)')), ...single]
  if (around === 'beside') {
    const both = [filterText(schema, 'from'), filterText(schema, 'to')]
    return [...both, `NOT (${[...hours, ...single].join(' AND ')})`]
  }
  if (around) {
    // Spans up to an hour outside the window, or a day before it if they take an hour or more.
    const long = bound('min-duration', 'ongoing_duration')
    return [
      bound('from', 'ongoing_from'),
      bound('to', 'nearby_to'),
      `(${bound('from', 'nearby_from')} OR (${long}))`,
    ]
  }
  const both = [filterText(schema, 'from'), filterText(schema, 'to')]
  return window.inverted ? [`NOT (${both.join(' AND ')})`] : both
}

function filterText(schema: Schema, filter: Filter): string {
  return schema.filters.get(filter)!
}

/** Only parameters that the SQL uses, so that `--sql` prints no others. */
function used(sql: string, params: Record<string, ParamValue>): Record<string, ParamValue> {
  return Object.fromEntries(
    Object.entries(params).filter(([name]) => new RegExp(`\\{\\s*${name}\\s*:`).test(sql)),
  )
}
