import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Loader } from './load.ts'
import { jsonToProtobuf } from './otlp/json.ts'
import type { Signal } from './otlp/proto.ts'
import { walk } from './otlp/walk.ts'
import { Spool } from './spool.ts'
import { openStore, type Store } from './store.ts'
import { createTables, schemaFile, TABLES } from './tables.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-load-'))
let store: Store

beforeAll(async () => {
  store = await openStore(join(folder, 'clickhouse'))
  await createTables(store)
})
beforeEach(async () => {
  for (const table of [...Object.values(TABLES).flat(), 'otel_traces_trace_id_ts'])
    await store.run(`TRUNCATE TABLE otel.${table}`)
})
afterAll(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

const DAYS = 3
const time = (i: number) =>
  String(1_790_000_000_000_000_000n + BigInt(i % DAYS) * 86_400_000_000_000n)

/** Spans named by their number, on three days. */
function spans(from: number, count: number): Buffer {
  const made = Array.from({ length: count }, (_, i) => ({
    traceId: String(from + i).padStart(32, 'f'),
    name: String(from + i),
    startTimeUnixNano: time(i),
    attributes: [{ key: 'text', value: { stringValue: 'x'.repeat(1000) } }],
  }))
  return encode('traces', { resourceSpans: [{ scopeSpans: [{ spans: made }] }] })
}

function metrics(...made: object[]): Buffer {
  return encode('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics: made }] }] })
}

const gauge = (name: string) => ({ name, gauge: { dataPoints: [{ asInt: 1 }] } })
const sum = (name: string) => ({
  name,
  sum: { dataPoints: [{ asInt: 1 }], isMonotonic: true },
})

function encode(signal: Signal, body: object): Buffer {
  return jsonToProtobuf(signal, Buffer.from(JSON.stringify(body)))
}

async function spooled(signal: Signal, files: Buffer[][]): Promise<Spool> {
  const directory = mkdtempSync(join(folder, 'spool-'))
  const spool = new Spool(directory, 'os', (request) => walk(signal, request))
  for (const requests of files) {
    for (const request of requests) await spool.append(request, 1, request.length)
    await spool.close()
  }
  return spool
}

async function drained(loader: Loader): Promise<void> {
  while (await loader.load()) {
    // Until all is stored.
  }
  loader.close()
}

async function value(sql: string): Promise<number> {
  const [row] = await store.rows<{ value: number }>(sql)
  return Number(row?.value ?? 0)
}

async function names(table: string): Promise<string[]> {
  const column = table === 'otel_traces' ? 'SpanName' : 'MetricName'
  const rows = await store.rows<{ name: string }>(
    `SELECT ${column} AS name FROM otel.${table} ORDER BY name`,
  )
  return rows.map(({ name }) => name)
}

/** Each number once. */
async function expectSpans(count: number): Promise<void> {
  expect((await names('otel_traces')).map(Number).sort((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, i) => i),
  )
  expect(await value('SELECT uniqExact(TraceId) AS value FROM otel.otel_traces_trace_id_ts')).toBe(
    count,
  )
}

test('what one table does not take is set aside for it alone, once, and is in the others', async () => {
  const bad = metrics(gauge('bad'), sum('bad'))
  // is_monotonic neither true nor false, at the very end of the request: walk() would have refused it.
  expect(bad.subarray(-2)).toEqual(Buffer.from([0x18, 1]))
  bad[bad.length - 1] = 7
  expect(() => walk('metrics', bad)).toThrow()
  const good = ['a', 'b', 'c'].map((name) => metrics(gauge(name), sum(name)))
  const spool = await spooled('metrics', [[good[0]!, bad, good[1]!], [good[2]!]])
  const loader = new Loader('metrics', store, spool)
  await drained(loader)

  expect(await names('otel_metrics_gauge')).toEqual(['a', 'b', 'bad', 'c'])
  expect(await names('otel_metrics_sum')).toEqual(['a', 'b', 'c'])
  const kept = readdirSync(join(spool.directory, 'set-aside')).sort()
  expect(kept).toHaveLength(2)
  const reason = readFileSync(join(spool.directory, 'set-aside', kept[1]!), 'utf8')
  expect(reason).toMatch(/^otel_metrics_sum: .*DB::Exception/)
  expect(reason.trim().split('\n')).toHaveLength(1)
  expect(loader.setAside).toBe(1)
  expect(readdirSync(spool.directory)).toEqual(['set-aside'])
})

test('what takes too much memory is loaded in pieces', async () => {
  const files = Array.from({ length: 4 }, (_, file) =>
    Array.from({ length: 8 }, (_, i) => spans((file * 8 + i) * 500, 500)),
  )
  const spool = await spooled('traces', files)
  const exceeded = "SELECT value FROM system.events WHERE event = 'QueryMemoryLimitExceeded'"
  const before = await value(exceeded)
  const loader = new Loader('traces', store, spool, 24 * 2 ** 20)
  await drained(loader)
  expect(await value(exceeded)).toBeGreaterThan(before)
  await expectSpans(16_000)
  expect(readdirSync(spool.directory)).toEqual([])
})

test.each([
  ['at once', undefined],
  ['in pieces', 24 * 2 ** 20],
])('an INSERT that had stored one day of three is finished %s', async (_, memory) => {
  const files = [
    Array.from({ length: 8 }, (_, i) => spans(i * 500, 500)),
    Array.from({ length: 8 }, (_, i) => spans(4_000 + i * 500, 500)),
  ]
  const spool = await spooled('traces', files)
  const days = Array.from({ length: DAYS }, (_, i) =>
    new Date(Number(time(i).slice(0, -6))).toISOString().slice(0, 10),
  )
  // As a process would have left it that was killed between two parts.
  const names = spool.sealed.map(({ path }) => basename(path))
  const [last] = await store.rows<{ block: number }>(schemaFile('last_block.sql'), {
    table: 'otel_traces',
  })
  const insert = { at: 0, skip: [], files: names, block: Number(last!.block) }
  const first = new Loader('traces', store, await spooled('traces', files))
  await drained(first)
  for (const day of days.slice(1))
    await store.run(`ALTER TABLE otel.otel_traces DROP PARTITION '${day}'`)
  await store.run('TRUNCATE TABLE otel.otel_traces_trace_id_ts')
  writeFileSync(join(spool.directory, 'loading.json'), JSON.stringify({ insert }))

  const loader = new Loader('traces', store, spool, memory)
  await loader.recover()
  await drained(loader)
  await expectSpans(8_000)
  expect(existsSync(join(spool.directory, 'loading.json'))).toBe(false)
})

test('what a killed process had in some tables goes on with the next one', async () => {
  const request = metrics(gauge('g'), sum('s'))
  const spool = await spooled('metrics', [[request]])
  const files = spool.sealed.map(({ path }) => basename(path))
  // In the gauges already, and being inserted into the sums.
  const insert = { at: 1, skip: [], files, block: 10_000 }
  writeFileSync(join(spool.directory, 'loading.json'), JSON.stringify({ insert }))
  const loader = new Loader('metrics', store, spool)
  await loader.recover()
  await drained(loader)
  expect([await names('otel_metrics_gauge'), await names('otel_metrics_sum')]).toEqual([[], ['s']])
})

test('what a journal says of files that are gone does not hold for new ones of their names', async () => {
  const spool = await spooled('traces', [[spans(0, 3)]])
  const progress = { '000000000001': { at: 1, skip: [] }, '000000000002-0': { at: 1, skip: [] } }
  spool.remove([...spool.sealed])
  writeFileSync(join(spool.directory, 'loading.json'), JSON.stringify({ progress }))
  const again = new Spool(spool.directory, 'os', (request) => walk('traces', request))
  const loader = new Loader('traces', store, again)
  await loader.recover()
  await again.append(spans(0, 5), 5, 100)
  await drained(loader)
  await expectSpans(5)
})
