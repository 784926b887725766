/** What a store of an earlier version gets beside its spans. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../../test/folder.ts'
import { type Engine, openEngine } from './engine.ts'
import { reindex } from './reindex.ts'
import { createTables, schemaFile } from './tables.ts'

const folder = temporaryFolder()
let engine: Engine

beforeAll(async () => {
  engine = await openEngine(folder.path)
  await engine.run('CREATE DATABASE otel')
  await engine.run(schemaFile('otel_traces.sql'))
  await store('old')
  await createTables(engine)
  await store('new')
})
afterAll(async () => {
  await engine?.close()
  folder.remove()
})

/** A request of a user and the call below it. */
async function store(service: string): Promise<void> {
  await engine.run(
    `INSERT INTO otel.otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, ServiceName, SpanName, SpanKind, SpanAttributes)
     VALUES ('2026-11-17 12:02:00', 'aa', 'aa', '', '${service}', 'GET /', 'Server', map('user.id', 'ada')),
            ('2026-11-17 12:02:00', 'aa', 'ab', 'aa', '${service}', 'query', 'Client', map('db.system', 'sqlite'))`,
  )
}

const services = async (condition: string) => {
  const sql = `SELECT ServiceName AS service, SpanName AS name FROM otel.otel_traces WHERE ${condition}
    ORDER BY service SETTINGS query_plan_direct_read_from_text_index = 0`
  return engine.rows<{ service: string; name: string }>(sql)
}

test('requests and identities are found among old and new spans', async () => {
  const requests = ['new', 'old'].map((service) => ({ service, name: 'GET /' }))
  expect(await services('IsEntry')).toEqual(requests)
  expect(await services("has(Identities, 'user.id=ada')")).toEqual(requests)
  expect(await services("has(Identities, 'db.system=sqlite')")).toEqual([])
})

test('a second start changes nothing', async () => {
  const table = () =>
    engine.rows("SELECT create_table_query FROM system.tables WHERE name = 'otel_traces'")
  const before = await table()
  await createTables(engine)
  expect(await table()).toEqual(before)
})

test('reindexing writes the old day, once', async () => {
  const told: unknown[] = []
  await reindex(engine, (day) => told.push(day))
  expect(told).toEqual([{ day: '2026-11-17', spans: 2, done: 1, days: 1 }])
  const parts = await engine.rows(
    "SELECT DISTINCT projections FROM system.parts WHERE table = 'otel_traces' AND active",
  )
  expect(parts).toEqual([{ projections: ['red'] }])
  const whole = await engine.rows<{ service: string }>(
    `SELECT ServiceName AS service FROM otel.otel_traces WHERE has(Identities, 'user.id=ada') ORDER BY service`,
  )
  expect(whole.map(({ service }) => service)).toEqual(['new', 'old'])
  await reindex(engine, (day) => told.push(day))
  expect(told).toHaveLength(1)
})
