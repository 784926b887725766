/** What a store of an earlier version gets beside its spans. */
import { expect, test, vi } from 'vitest'
import { readFilters } from '../../cli/options/filters.ts'
import { compose } from '../../cli/query/compose/compose.ts'
import { readSchemas } from '../../cli/query/files.ts'
import { filledEngine } from '../../test/filled-engine.ts'
import type { Engine } from './engine.ts'
import { reindex } from './reindex.ts'
import { createTables, schemaFile } from './tables.ts'

let engine: Engine
let ofNewStore: object[]
filledEngine(upgrade)

/** Columns, indexes and sums of the spans table. */
const definition = () =>
  engine.rows<object>(
    `SELECT * FROM (
     SELECT name, type, concat(default_kind, ' ', default_expression) AS made, compression_codec AS more
     FROM system.columns WHERE database = 'otel' AND table = 'otel_traces'
     UNION ALL SELECT name, type_full, expr, toString(granularity) FROM system.data_skipping_indices
     WHERE database = 'otel' AND table = 'otel_traces'
     UNION ALL SELECT name, toString(type), query, '' FROM system.projections
     WHERE database = 'otel' AND table = 'otel_traces') ORDER BY name`,
  )

/** Makes a store of an earlier version, and opens it with this one. */
async function upgrade(opened: Engine): Promise<void> {
  engine = opened
  await createTables(engine)
  ofNewStore = await definition()
  await engine.run('DROP DATABASE otel SYNC')
  await engine.run('CREATE DATABASE otel')
  await engine.run(schemaFile('otel_traces.sql'))
  await engine.run(
    "ALTER TABLE otel.otel_traces ADD COLUMN IsFailure Bool MATERIALIZED StatusCode = 'Error' CODEC(ZSTD(3))",
  )
  await store('old')
  await createTables(engine)
  await store('new')
}

/** A request of a user and the call below it. */
async function store(service: string): Promise<void> {
  await engine.run(
    `INSERT INTO otel.otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, ServiceName, SpanName, SpanKind, SpanAttributes)
     VALUES ('2026-11-17 12:02:00', 'aa', 'aa', '', '${service}', 'GET /', 'Server', map('user.id', 'ada')),
            ('2026-11-17 12:02:00', 'aa', 'ab', 'aa', '${service}', 'query', 'Client', map('db.system', 'sqlite')),
            ('2026-11-17 12:02:00', 'aa', 'ac', 'aa', '${service}', 'call', 'Client', map('rpc.grpc.status_code', '13'))`,
  )
}

const services = async (condition: string) => {
  const sql = `SELECT ServiceName AS service, SpanName AS name FROM otel.otel_traces WHERE ${condition}
    ORDER BY service SETTINGS query_plan_direct_read_from_text_index = 0`
  return engine.rows<{ service: string; name: string }>(sql)
}

test('a store of an earlier version gets what a new one has', async () => {
  expect(ofNewStore.length).toBeGreaterThan(30)
  expect(await definition()).toEqual(ofNewStore)
})

test('requests and identities are found among old and new spans', async () => {
  const requests = ['new', 'old'].map((service) => ({ service, name: 'GET /' }))
  expect(await services('IsEntry')).toEqual(requests)
  expect(await services("has(Identities, 'user.id=ada')")).toEqual(requests)
  expect(await services("has(Identities, 'db.system=sqlite')")).toEqual([])
})

test('how badly a call ended is stored as queries find it in attributes', async () => {
  const codes = Array.from({ length: 18 }, (_, code) => String(code))
  const words =
    'OK UNKNOWN NOT_FOUND DEADLINE_EXCEEDED UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS'
  const values: Record<string, string[]> = {
    'http.response.status_code': [
      '',
      '200',
      '399',
      '400',
      '499',
      '500',
      '503',
      '700',
      '70000',
      'x',
    ],
    'http.status_code': ['200', '404', '502', '-1'],
    'rpc.status_code': ['', ...words.split(' '), '13'],
    'rpc.response.status_code': [...words.split(' '), 'internal'],
    'rpc.connect_rpc.error_code': words.toLowerCase().split(' '),
    'rpc.grpc.status_code': [...codes, '', 'INTERNAL'],
    'exception.type': ['', 'KeyError'],
    'exception.message': ['', 'no such key'],
  }
  const maps = Object.entries(values).flatMap(([key, list]) =>
    list.map((value) => ({ [key]: value })),
  )
  const both = maps.flatMap((one) => maps.map((other) => ({ ...one, ...other })))
  const KINDS = ['Server', 'Client', 'Internal']
  const row = (attributes: object, i: number) =>
    `('2026-11-18 12:00:00', '${i}', '${i}', 'codes', '${KINDS[i % 3]}', ${JSON.stringify(attributes).replaceAll('"', "'")})`
  await engine.run(`INSERT INTO otel.otel_traces (Timestamp, TraceId, SpanId, ServiceName, SpanKind, SpanAttributes)
    VALUES ${both.map(row).join(', ')}`)
  const found = (name: string) => {
    const schema = readSchemas().find((each) => each.name === name)!
    const { sql, params } = compose(
      "SELECT span_id, severity, is_failure FROM spans WHERE service = 'codes' ORDER BY span_id",
      {},
      {
        schema,
        library: { functions: '', relations: {} },
        database: 'otel',
        table: 'otel_traces',
        filters: readFilters({}),
      },
    )
    return engine.rows<{ span_id: string; severity: number }>(sql, params as Record<string, string>)
  }
  const stored = await found('otrace')
  expect(stored).toHaveLength(both.length)
  expect(new Set(stored.map(({ severity }) => severity))).toEqual(new Set([0, 1, 2]))
  expect(await found('otel-map')).toEqual(stored)
})

test('failed spans have no indexes and sums of their own', async () => {
  for (const parts of ['data_skipping_indices', 'projections']) {
    const sql = `SELECT name FROM system.${parts} WHERE table = 'otel_traces_failures'`
    expect(await engine.rows(sql)).toEqual([])
  }
})

test('a second start changes nothing', async () => {
  const table = () =>
    engine.rows("SELECT create_table_query FROM system.tables WHERE name = 'otel_traces'")
  const before = await table()
  await createTables(engine)
  expect(await table()).toEqual(before)
})

const failed = async () => {
  const rows = await engine.rows<{ name: string }>(
    `SELECT concat(ServiceName, ' ', SpanName) AS name FROM otel.otel_traces_failures
     WHERE ServiceName IN ('old', 'new') ORDER BY name`,
  )
  return rows.map(({ name }) => name)
}
const SUMS = ['attribute_keys', 'red', 'resources']

test('reindexing writes the old day, once', async () => {
  expect(await failed()).toEqual(['new call'])
  const told: unknown[] = []
  await reindex(engine, (day) => told.push(day))
  expect(told).toEqual([{ day: '2026-11-17', spans: 3, done: 1, days: 1 }])
  expect(await failed()).toEqual(['new call', 'old call'])
  const parts = await engine.rows(
    "SELECT DISTINCT projections FROM system.parts WHERE table = 'otel_traces' AND active",
  )
  expect(parts).toEqual([{ projections: SUMS }])
  const whole = await engine.rows<{ service: string }>(
    `SELECT ServiceName AS service FROM otel.otel_traces WHERE has(Identities, 'user.id=ada') ORDER BY service`,
  )
  expect(whole.map(({ service }) => service)).toEqual(['new', 'old'])
  await reindex(engine, (day) => told.push(day))
  expect(told).toHaveLength(1)
  expect(await failed()).toEqual(['new call', 'old call'])
})

test('reindexing writes a column, an index and sums that came later', async () => {
  await engine.run('DROP VIEW otel.otel_traces_failures_mv')
  // A mutation ends a little after its parts are there.
  const change =
    'ALTER TABLE otel.otel_traces DROP INDEX idx_failure, DROP COLUMN IsFailure, DROP PROJECTION resources'
  await vi.waitFor(() => engine.run(change), 60_000)
  await createTables(engine)
  const sql = 'SELECT count() AS failed FROM otel.otel_traces WHERE IsFailure'
  const before = await engine.rows<{ failed: number }>(sql)
  expect(before[0]!.failed).toBeGreaterThan(0)
  const days: string[] = []
  const again = () => reindex(engine, ({ day }) => days.push(day))
  await again()
  await again()
  expect(days).toEqual(['2026-11-18', '2026-11-17'])
  const plan = await engine.rows<{ explain: string }>(`EXPLAIN indexes = 1 ${sql}`)
  expect(plan.map(({ explain }) => explain.trim())).toContain('Name: idx_failure')
  expect(await engine.rows(sql)).toEqual(before)
  const parts = await engine.rows<{ projections: string[] }>(
    "SELECT projections FROM system.parts WHERE table = 'otel_traces' AND active",
  )
  for (const { projections } of parts) expect(projections.toSorted()).toEqual(SUMS)
})
