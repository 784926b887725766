/** The same spans under every schema: every canned question gives the same rows, which are the ones worked out in TypeScript. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Asking } from '../../cli/asking.ts'
import { readCatalogue, readProfiles, readQuery } from '../../cli/catalogue.ts'
import { findTrace } from '../../cli/find-trace.ts'
import { compose, type Source } from '../../cli/query/compose.ts'
import { defaults } from '../../cli/query/fill.ts'
import { stripHeader } from '../../cli/query/header.ts'
import type { PopulationFlags } from '../../cli/query/population.ts'
import type { Cell, Row } from '../../cli/render/renderer.ts'
import { findSpans } from '../../cli/store/find-spans.ts'
import { temporaryFolder } from '../otrace.ts'
import { answers, BUCKET } from './answers.ts'
import { ask, asStore, databaseOf, distribute, startEngine, store } from './engine.ts'
import { exceptions, type Meaning, meaning } from './meaning.ts'
import { populations } from './populations.ts'
import { schemas } from './rows.ts'
import { sourceOf } from './source.ts'
import { FROM, makeSpans, TO } from './spans.ts'

const profiles = readProfiles()
const { questions } = readCatalogue([], { flags: new Set(), commands: new Set() })
const spans = makeSpans()
const columns = stripHeader(readQuery('store/columns.sql'))
const folder = temporaryFolder()
let session: Session

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
}, 120_000)

afterAll(() => {
  session.close()
  folder.remove()
})

/** Questions about the store itself, and those of other commands' making. */
const NOT_ABOUT_SPANS = ['storage']
const QUANTILES = ['p50', 'p95', 'p99']
/** percentiles.sql: half of 2^-7, and what toUInt64 cuts off. */
const BIN = 0.004

interface Place {
  schema: string
  table: string
}

function source({ schema, table }: Place, flags: PopulationFlags, weighted = true): Source {
  const window = { from: FROM, to: TO, bucket: BUCKET }
  return { ...sourceOf(schema, flags), table, window, weighted }
}

function meant(schema: string): Meaning[] {
  return spans.map((span) => meaning(exceptions[schema]?.(span) ?? span))
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

describe('every schema has its profile, its table and its rows', () => {
  it('and every question is answered here', () => {
    expect(profiles.map(({ name }) => name).sort()).toEqual(Object.keys(schemas).sort())
    const known = questions
      .map(({ name }) => name)
      .filter((name) => !NOT_ABOUT_SPANS.includes(name))
    expect(Object.keys(answers).sort()).toEqual(known.sort())
  })
})

describe('a text index on an ALIAS column', () => {
  const found = async (schema: string, version: string) => {
    const sql = columns.replace('version()', `'${version}'`)
    const connection = { database: databaseOf(schema) }
    const { profile } = await findSpans(asStore(session), connection as never, profiles, sql)
    return profile.name
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

  it('does without it to the same answer', async () => {
    const flags = { attr: ['user.id=user-1'], resource: ['host.name=shop-host'] }
    const place = { schema: 'clickstack', table: schemas.clickstack!.table }
    const compat = profiles.find(({ name }) => name === 'clickstack-compat')!
    const sql = 'SELECT span_id FROM spans ORDER BY time, span_id'
    const through = source(place, flags)
    const rows = await ask(session, compose(sql, {}, through))
    expect(rows.length).toBeGreaterThan(0)
    const statement = compose(sql, {}, { ...through, profile: compat })
    expect(statement.sql).not.toContain('AttributeItems')
    expect(await ask(session, statement)).toEqual(rows)
  })
})

it.each([
  ['25.12.1.1', {}],
  ['26.1.1.1', { use_statistics: 0 }],
])('a server %s is sent the settings that it has: %j', async (version, settings) => {
  const sql = columns.replace('version()', `'${version}'`)
  const connection = { database: databaseOf('otel-map') }
  const found = await findSpans(asStore(session), connection as never, profiles, sql)
  expect(found.settings).toEqual(settings)
  const asked = { ...source({ schema: 'otel-map', table: found.table }, {}), settings }
  expect(compose('SELECT count() FROM spans', {}, asked).settings).toEqual(settings)
})

describe.each(places)('$place', (place) => {
  const all = meant(place.schema)
  // Through Distributed once each: nothing that is asked there differs but where it is worked out.
  const asked = (local: number, distributed: number) =>
    populations.slice(0, place.distributed ? distributed : local)

  beforeAll(() => {
    if (place.distributed) distribute(session, place.schema)
  })

  it('is found by its columns', async () => {
    const connection = { database: databaseOf(place.schema) }
    const found = await findSpans(asStore(session), connection as never, profiles, columns)
    expect(found).toMatchObject({ table: place.table, profile: { name: place.schema } })
  })

  it('has one trace by its id', async () => {
    const { traceId } = spans.at(-1)!
    const { window, ...always } = source(place, {})
    const asking = { store: asStore(session), source: always, flags: {}, beside: new Set() }
    const { trace } = await findTrace(asking as unknown as Asking, traceId, {})
    const ids = trace.spans.map((span) => span.row.span_id).sort()
    const wanted = new Set(all.flatMap((span) => (span.trace_id === traceId ? span.span_id : [])))
    expect(ids).toEqual([...wanted].sort())
  })

  it.each(
    asked(populations.length, 2).map((choice) => [JSON.stringify(choice.flags), choice] as const),
  )('lists the spans of %s', async (_, { flags, keeps }) => {
    const everything = Object.keys(flags).length === 0
    const columns = everything
      ? '*'
      : 'time, span_id, trace_id, name, service, kind, duration, weight'
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

  it.each(Object.keys(answers))('answers %s', async (name) => {
    const question = questions.find((each) => each.name === name)!
    for (const [i, { flags, keeps }] of asked(4, 1).entries()) {
      const params = defaults(question, answers[name]!.params)
      const kept = all.filter((span) => keeps(span, all))
      const weighed = await ask(session, compose(question.sql, params, source(place, flags)))
      const wanted = answers[name]!.rows(kept)
      if (i === 0) expect(wanted).not.toEqual([])
      expectRows(weighed, wanted, BIN)
      if (i > 0 || place.distributed) continue
      const counted = await ask(session, compose(question.sql, params, source(place, flags, false)))
      const ones = kept.map((span) => ({ ...span, weight: 1 }))
      expectRows(counted, answers[name]!.rows(ones), 0)
    }
  })

  it('keeps one of each span with --distinct', async () => {
    const sql = 'SELECT count() AS spans, uniqExact(trace_id, span_id) AS different FROM spans'
    const [twice] = await ask(session, compose(sql, {}, source(place, {})))
    const [once] = await ask(session, compose(sql, {}, source(place, { distinct: true })))
    expect(twice).toEqual({ spans: spans.length, different: once!.spans })
    expect(once!.spans).toBeLessThan(spans.length)
    expect(once!.spans).toBe(once!.different)
  })
})
