/** What a store of an earlier version gets beside its spans. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../test/folder.ts'
import { beforeSecondTry } from '../../test/second-try.ts'
import { type Engine, openEngine } from './engine.ts'
import { reindex } from './reindex.ts'
import { createTables, schemaFile } from './tables.ts'

const folder = temporaryFolder()
let engine: Engine

beforeAll(async () => {
  engine = await openEngine(folder.path)
  await upgrade()
})
beforeSecondTry(upgrade)
afterAll(async () => {
  await engine?.close()
  folder.remove()
})

/** Makes a store of an earlier version, and opens it with this one. */
async function upgrade(): Promise<void> {
  await engine.run('DROP DATABASE IF EXISTS otel SYNC')
  await engine.run('CREATE DATABASE otel')
  await engine.run(schemaFile('otel_traces.sql'))
  await store('old')
  await createTables(engine)
  await store('new')
}

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

test('reindexing writes an index that came after the sums', async () => {
  // A mutation ends a little after its parts are there.
  const drop = () => engine.run('ALTER TABLE otel.otel_traces DROP INDEX idx_events')
  await vi.waitFor(drop, 60_000)
  await createTables(engine)
  const days: string[] = []
  const again = () => reindex(engine, ({ day }) => days.push(day))
  await again()
  await again()
  expect(days).toEqual(['2026-11-17'])
  const sql =
    "SELECT count() FROM otel.otel_traces WHERE (StatusCode, `Events.Name`) = ('Error', [])"
  const plan = await engine.rows<{ explain: string }>(`EXPLAIN indexes = 1 ${sql}`)
  expect(plan.map(({ explain }) => explain.trim())).toContain('Name: idx_events')
})
