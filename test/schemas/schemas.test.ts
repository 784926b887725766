/**
 * Every built-in query over every schema, against results computed in TypeScript.
 *
 * One file: the schemas are filled once for all queries.
 */
import type { Session as ChdbSession } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FilterFlags } from '../../cli/options/filters.ts'
import { readOptions } from '../../cli/options/options.ts'
import { defaults } from '../../cli/query/bind.ts'
import { compose } from '../../cli/query/compose/compose.ts'
import type { SpansSource } from '../../cli/query/compose/source.ts'
import { readQuery, readQueryFiles, readSchemas } from '../../cli/query/files.ts'
import { stripHeader } from '../../cli/query/header.ts'
import { resultColumns } from '../../cli/query/prune.ts'
import type { Cell, Row } from '../../cli/result.ts'
import type { Session } from '../../cli/session/session.ts'
import { findTrace } from '../../cli/session/trace/read-trace.ts'
import { findSpansTable } from '../../cli/store/spans-table.ts'
import { temporaryFolder } from '../folder.ts'
import { ask, asStore, databaseOf, distribute, startEngine, store } from './engine.ts'
import { BUCKET, expectedResults } from './expected.ts'
import { type Choice, populations } from './filter-cases.ts'
import { exceptions, type Meaning, meaning, withEntries } from './meaning.ts'
import { schemas } from './rows.ts'
import { sourceOf } from './source.ts'
import { FROM, makeSpans, TO } from './spans.ts'

const definitions = readSchemas()
const { queries: questions } = readQueryFiles([], { flags: new Set(), commands: new Set() })
const spans = makeSpans()
const columns = stripHeader(readQuery('internal/store/columns.sql'))
const folder = temporaryFolder()
let session: ChdbSession

const places = [false, true].flatMap((distributed) =>
  Object.entries(schemas).map(([schema, { table }]) => ({
    place: `${schema}${distributed ? ' through Distributed' : ''}`,
    schema,
    table: `${distributed ? 'distributed_' : ''}${table}`,
    distributed,
  })),
)

beforeAll(async () => {
  session = await startEngine(folder.path)
  for (const schema of Object.keys(schemas)) store(session, schema, spans)
})

afterAll(() => {
  session.close()
  folder.remove()
})

/** Queries about the store itself, and other commands' queries. */
const NOT_ABOUT_SPANS = ['storage']
/** The rows have no such thing: its result is empty. */
const WITHOUT_ROWS = ['repeats']
/** Queries that count what --name and --kind choose instead of requests. */
const CHOSEN = ['rps', 'latency', 'slow', 'histogram', 'heatmap', 'services']
const QUANTILES = ['p50', 'p95', 'p99']
/** functions.sql: half of 2^-7, and what toUInt64 cuts off. */
const BIN = 0.004

interface Place {
  schema: string
  table: string
}

function source({ schema, table }: Place, flags: FilterFlags, weighted = true): SpansSource {
  const window = { from: FROM, to: TO, bucket: BUCKET }
  return { ...sourceOf(schema, flags), table, window, weighted }
}

function meant(schema: string): Meaning[] {
  return withEntries(spans.map((span) => meaning(exceptions[schema]?.(span) ?? span)))
}

function expectRows(actual: Row[], wanted: Row[], tolerance: number): void {
  expect(actual.length).toBe(wanted.length)
  for (const [i, row] of wanted.entries()) {
    for (const [name, cell] of Object.entries(row)) {
      const within = QUANTILES.includes(name) ? tolerance : 1e-9
      if (!close(actual[i]![name]!, cell, within)) {
        expect({ row: i, ...actual[i] }).toEqual({ row: i, ...row })
        throw new Error(`row ${i}: ${name}`)
      }
    }
  }
}

function close(actual: Cell, wanted: Cell, within: number): boolean {
  if (typeof actual === 'number' && typeof wanted === 'number') {
    return Math.abs(actual - wanted) <= Math.abs(wanted) * within + (within > 1e-9 ? 1 : 0)
  }
  if (Array.isArray(actual) && Array.isArray(wanted)) {
    return (
      actual.length === wanted.length && actual.every((cell, i) => close(cell, wanted[i]!, within))
    )
  }
  if (actual && wanted && typeof actual === 'object' && typeof wanted === 'object') {
    const keys = Object.keys(wanted)
    const theirs = actual as Row
    return (
      Object.keys(theirs).length === keys.length &&
      keys.every((key) => key in theirs && close(theirs[key]!, (wanted as Row)[key]!, within))
    )
  }
  return actual === wanted
}

describe('every schema has its file, its table and its rows', () => {
  it('and every query has an expected result', () => {
    expect(definitions.map(({ name }) => name).sort()).toEqual(Object.keys(schemas).sort())
    const known = questions
      .map(({ name }) => name)
      .filter((name) => !NOT_ABOUT_SPANS.includes(name))
    expect(Object.keys(expectedResults).sort()).toEqual(known.sort())
  })
})

describe('a text index on an ALIAS column', () => {
  const found = async (schema: string, version: string) => {
    const sql = columns.replace('version()', `'${version}'`)
    const connection = { database: databaseOf(schema) }
    const table = await findSpansTable(
      asStore(session),
      connection as never,
      () => definitions,
      sql,
    )
    return table.schema.name
  }

  it.each([
    ['26.2.1.5', false],
    ['26.2.19.42', false],
    ['26.2.19.43', true],
    ['26.3.1.1', false],
    ['26.3.12.3', true],
    ['26.4.3.36', false],
    ['26.4.3.37', true],
    ['26.5.1.1', true],
    ['27.1.1.1', true],
  ])('is used by %s: %s', async (version, usable) => {
    expect(await found('clickstack', version)).toBe(usable ? 'clickstack' : 'clickstack-compat')
    expect(await found('otel-map-text', version)).toBe(usable ? 'otel-map-text' : 'otel-map')
  })

  it('gives the same result without it', async () => {
    const flags = { attr: ['user.id=user-1'], resource: ['host.name=shop-host'] }
    const place = { schema: 'clickstack', table: schemas.clickstack!.table }
    const compat = definitions.find(({ name }) => name === 'clickstack-compat')!
    const sql = 'SELECT span_id FROM spans ORDER BY time, span_id'
    const through = source(place, flags)
    const rows = await ask(session, compose(sql, {}, through))
    expect(rows.length).toBeGreaterThan(0)
    const statement = compose(sql, {}, { ...through, schema: compat })
    expect(statement.sql).not.toContain('AttributeItems')
    expect(await ask(session, statement)).toEqual(rows)
  })
})

it('each column of spans has its type in one of two schemas, over which every query is asked', async () => {
  const found = new Map<string, string[]>()
  for (const [schema, { table }] of Object.entries(schemas)) {
    const statement = compose('SELECT * FROM spans', {}, source({ schema, table }, {}))
    const rows = await ask(session, { ...statement, sql: `DESCRIBE (${statement.sql})` })
    found.set(
      schema,
      rows.map(({ name, type }) => `${name} ${type}`),
    )
  }
  const known = OF_EACH_TYPE.flatMap((schema) => found.get(schema)!)
  expect(known.length).toBeGreaterThan(80)
  for (const [schema, columns] of found)
    expect([schema, ...columns.filter((column) => !known.includes(column))]).toEqual([schema])
})

it.each([
  ['25.1.1.1', {}],
  ['25.12.1.1', { optimize_and_compare_chain: 0 }],
  ['26.1.1.1', { use_statistics: 0, optimize_and_compare_chain: 0 }],
])('a server %s is sent the settings that it has: %j', async (version, settings) => {
  const sql = columns.replace('version()', `'${version}'`)
  const connection = { database: databaseOf('otel-map') }
  const found = await findSpansTable(asStore(session), connection as never, () => definitions, sql)
  expect(found.settings).toEqual(settings)
  const asked = { ...source({ schema: 'otel-map', table: found.table }, {}), settings }
  expect(compose('SELECT count() FROM spans', {}, asked).settings).toEqual(settings)
})

/** Ways to ask a query: over the table with weights, with a filter, without weights, over a Distributed table. */
const WAYS = ['plain', 'filtered', 'unweighted', 'distributed'] as const
type Way = (typeof WAYS)[number]
/** Of these `distributed` has the statement of `plain`, over every span of the same table. */
const WIDER = WAYS.filter((way) => way !== 'plain')

/** Two schemas with each type of each column, as a test above has them: of LowCardinality(String), and of String. */
const OF_EACH_TYPE = ['otel-map', 'jaeger']
/** Schemas whose attributes are looked up each in another way. */
const OF_EACH_STORAGE = [...OF_EACH_TYPE, 'otel-json', 'signoz']
/** The schema of our own store. */
const OWN = 'otrace'
const OTHERS = Object.keys(schemas).filter((schema) => !OF_EACH_TYPE.includes(schema))

/**
 * Whether the nth filter is tried over a schema. Each is over one of the other schemas, in turns, whose columns have
 * the same values and types, and over our own; those of attributes over each storage. OTRACE_LONG=1: all are.
 */
function isTried(nth: number, schema: string, { attr, resource, traceAttr }: FilterFlags): boolean {
  if (process.env.OTRACE_LONG || schema === OWN) return true
  if (OF_EACH_STORAGE.includes(schema) && (attr ?? resource ?? traceAttr)) return true
  const inTurns = Object.keys(schemas).filter((one) => one !== OWN)
  return (nth + inTurns.indexOf(schema)) % inTurns.length === 0
}

/**
 * Whether a place is asked for spans. Through Distributed the columns of each storage are read alike, whatever their
 * names, and queries read them below. OTRACE_LONG=1: every place is.
 */
const isListed = ({ schema, distributed }: (typeof places)[number]): boolean =>
  !distributed ||
  process.env.OTRACE_LONG !== undefined ||
  [OWN, ...OF_EACH_STORAGE].includes(schema)

const NAMES = Object.keys(expectedResults)
/** Queries that the engine takes seconds to analyse. */
const DEAR = ['errors', 'repeats']
const CHEAP = NAMES.filter((name) => !DEAR.includes(name))
/** Each other schema in each way, our own three times: the nth is for the nth query, and round again. */
const TURNS = [...OTHERS, OWN, OWN].flatMap((schema) => WAYS.map((way) => ({ schema, way })))

/**
 * Of the two schemas one in one way, in turns, the other in the others, so that each query is asked in every wider
 * way; over the other schemas some queries, so that each is asked in every way. OTRACE_LONG=1: all of them.
 */
function waysOf(query: string, schema: string): readonly Way[] {
  if (process.env.OTRACE_LONG) return WAYS
  const strings = WIDER[NAMES.indexOf(query) % WIDER.length]!
  if (OF_EACH_TYPE.includes(schema))
    return WIDER.filter((way) => (way === strings) === (schema === OF_EACH_TYPE[1]))
  const nth = CHEAP.indexOf(query)
  return TURNS.flatMap((turn, i) =>
    turn.schema === schema && i % CHEAP.length === nth ? [turn.way] : [],
  )
}

/**
 * The filters of a query over a schema: one of three, in turns over the queries that are filtered there; over our own
 * schema each. OTRACE_LONG=1: all of them.
 */
function filtersOf(query: string, schema: string): Choice[] {
  const some = populations.slice(1, 4)
  if (process.env.OTRACE_LONG || schema === OWN) return some
  return [some[Math.floor(NAMES.indexOf(query) / WIDER.length) % some.length]!]
}

it('every schema is asked in every way, those of each type of column and our own with every filter', () => {
  const asked = new Set(
    Object.keys(schemas).flatMap((schema) =>
      NAMES.flatMap((name) =>
        waysOf(name, schema).flatMap((way) => [
          `${schema} ${way}`,
          `${name} ${way}`,
          ...(way === 'filtered' ? filtersOf(name, schema) : []).map(
            (choice) => `${schema} ${populations.indexOf(choice)}`,
          ),
        ]),
      ),
    ),
  )
  const wanted = [...Object.keys(schemas), ...NAMES].flatMap((one) =>
    (OTHERS.includes(one) ? WAYS : WIDER).map((way) => `${one} ${way}`),
  )
  const filtered = [...OF_EACH_TYPE, OWN].flatMap((one) => [1, 2, 3].map((nth) => `${one} ${nth}`))
  expect([...wanted, ...filtered].filter((each) => !asked.has(each))).toEqual([])
  const ownQueries = NAMES.filter((name) => waysOf(name, OWN).length > 0)
  expect(ownQueries.length).toBeGreaterThanOrEqual(CHEAP.length / 2)
})

describe.each(places)('$place', (place) => {
  const all = meant(place.schema)
  const spansOf = isListed(place) ? [place.schema] : []

  beforeAll(() => {
    if (place.distributed) distribute(session, place.schema)
  })

  it('is recognised by its columns', async () => {
    const connection = { database: databaseOf(place.schema) }
    const found = await findSpansTable(
      asStore(session),
      connection as never,
      () => definitions,
      columns,
    )
    expect(found).toMatchObject({ table: place.table, schema: { name: place.schema } })
  })

  it.each(spansOf)('finds a trace of %s by its id', async () => {
    const { traceId } = spans.at(-1)!
    const { window, ...always } = source(place, {})
    const options = readOptions({}, { env: {}, now: () => 10n ** 18n })
    const asking = { store: asStore(session), source: always, options, siblingTables: new Set() }
    const { trace } = await findTrace(asking as unknown as Session, traceId, {})
    const ids = trace.spans.map((span) => span.row.span_id).sort()
    const wanted = new Set(all.flatMap((span) => (span.trace_id === traceId ? span.span_id : [])))
    expect(ids).toEqual([...wanted].sort())
  })

  it.each(
    (isListed(place) ? populations : [])
      .slice(0, place.distributed ? 2 : undefined)
      .filter(
        ({ flags }, nth) => Object.keys(flags).length === 0 || isTried(nth, place.schema, flags),
      )
      .map((choice) => [JSON.stringify(choice.flags), choice] as const),
  )('lists the spans of %s', async (_, { flags, keeps }) => {
    const everything = Object.keys(flags).length === 0
    const columns = everything ? '*' : 'time, span_id, duration'
    const sql = `SELECT ${columns} FROM spans ORDER BY time, span_id`
    const rows = await ask(session, compose(sql, {}, source(place, flags)))
    const kept = all.filter((span) => keeps(span, all))
    const order = (a: Meaning, b: Meaning) =>
      a.time < b.time ? -1 : a.time > b.time ? 1 : a.span_id < b.span_id ? -1 : 1
    const shown = kept
      .sort(order)
      .map((span) =>
        everything
          ? span
          : Object.fromEntries(columns.split(', ').map((name) => [name, span[name]!])),
      )
    expectRows(rows, shown, 0)
  })

  const ways = (query: string) =>
    waysOf(query, place.schema).filter((way) => (way === 'distributed') === place.distributed)

  it.each(Object.keys(expectedResults).filter((name) => ways(name).length > 0))(
    'answers %s',
    async (name) => {
      const query = questions.find((each) => each.name === name)!
      const { params: given, rows } = expectedResults[name]!
      const params = defaults(query, given)
      const asked = ways(name)
      const wanted = rows(all, all)
      if (!WITHOUT_ROWS.includes(name)) expect(wanted).not.toEqual([])
      if (asked.includes('plain') || asked.includes('distributed')) {
        const weighed = await ask(session, compose(query.sql, params, source(place, {})))
        if (wanted.length > 0) expect(Object.keys(weighed[0]!)).toEqual(resultColumns(query.sql))
        expectRows(weighed, wanted, BIN)
      }
      for (const { flags, keeps } of asked.includes('filtered')
        ? filtersOf(name, place.schema)
        : []) {
        // Flags that choose by name or kind choose what counts, whether it is a request or not.
        const named = CHOSEN.includes(name) && (flags.name ?? flags.kind) !== undefined
        const kept = all
          .filter((span) => keeps(span, all))
          .map((span) => (named ? { ...span, is_entry: true } : span))
        const chosen = await ask(session, compose(query.sql, params, source(place, flags)))
        expectRows(chosen, rows(kept, all), BIN)
      }
      if (asked.includes('unweighted')) {
        const counted = await ask(session, compose(query.sql, params, source(place, {}, false)))
        const ones = all.map((span) => ({ ...span, weight: 1 }))
        expectRows(counted, rows(ones, ones), 0)
      }
    },
  )

  it.each(spansOf)('keeps one copy of each span of %s with --dedupe', async () => {
    const sql = 'SELECT count() AS spans, uniqExact(trace_id, span_id) AS different FROM spans'
    const [twice] = await ask(session, compose(sql, {}, source(place, {})))
    const [once] = await ask(session, compose(sql, {}, source(place, { dedupe: true })))
    expect(twice).toEqual({ spans: spans.length, different: once!.spans })
    expect(once!.spans).toBeLessThan(spans.length)
    expect(once!.spans).toBe(once!.different)
  })
})
