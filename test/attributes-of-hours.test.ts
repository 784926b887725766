/** `otrace attributes` from the collector's sums of whole hours, against every span. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEngine } from '../collector/engine/engine.ts'
import { createTables } from '../collector/engine/tables.ts'
import { type Collector, start } from '../collector/main.ts'
import { temporaryFolder } from './folder.ts'
import { runHere } from './otrace.ts'
import { rememberingStore } from './remembering-store.ts'

const folder = temporaryFolder()
const NOW = '2026-11-20T12:20:00Z'
const WINDOW = ['--from', '2026-11-19T20:40:00Z', '--to', '2026-11-20T11:35:00Z']
let collector: Collector

/** Spans of three services over 16 hours, one of them over two; sets of keys differ, some have events. */
const SPANS = `INSERT INTO otel.otel_traces
    (Timestamp, TraceId, SpanId, ServiceName, SpanName, SpanKind, ResourceAttributes, SpanAttributes, Duration,
      Events.Timestamp, Events.Name, Events.Attributes)
  WITH
    toDateTime64('2026-11-19 20:00:00', 9, 'UTC') + toIntervalNanosecond(cityHash64(number) % 57600000000000) AS at,
    multiIf(number % 5 = 0, 'mail', number % 5 = 1 AND toHour(at, 'UTC') < 2, 'night', 'shop') AS service
  SELECT
    at, lower(hex(sipHash128(number))), lower(hex(cityHash64(number, 1))), service, 'GET /', 'Server',
    mapFilter((key, value) -> value != '', map('service.name', service,
      'host.name', concat('host-', toString(number % 3)), 'shift', if(service = 'night', 'late', ''))),
    mapFilter((key, value) -> value != '', map(
      'http.route', if(number % 2 = 0, '/a', ''), 'order.id', if(number % 3 = 0, toString(number), ''),
      'step', toString(number % 7),
      'v8js.gc.minor.count', if(number % 5 = 0, toString(number), ''))),
    1000,
    if(number % 20 = 0, [at], []), if(number % 20 = 0, ['retry'], []), if(number % 20 = 0, [map('count', '2')], [])
  FROM numbers({first:UInt64}, 4000)`

beforeAll(async () => {
  const engine = await openEngine(`${folder.path}/clickhouse`)
  await createTables(engine)
  // A part of an earlier version has no sums of keys.
  const sums = ['attribute_keys', 'resources']
  for (const name of sums) await engine.run(`ALTER TABLE otel.otel_traces DROP PROJECTION ${name}`)
  await engine.run(SPANS, { first: 0 })
  await createTables(engine)
  await engine.run(SPANS, { first: 4000 })
  // Stored twice.
  await engine.run(SPANS, { first: 4000 })
  await engine.run(`INSERT INTO otel.otel_traces_repeats
    SELECT DISTINCT toDateTime(Timestamp) FROM otel.otel_traces WHERE toHour(Timestamp, 'UTC') = 5`)
  await engine.close()
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: folder.path, ...ports, retentionDays: 100_000 })
})
afterAll(async () => {
  await collector?.stop()
  folder.remove()
})
const { dataDir } = rememberingStore(() => collector.addresses)

interface Row {
  on: string
  key: string
  spans: number
  values: number
  examples: string[]
}

async function ask(...flags: string[]) {
  const words = ['attributes', ...WINDOW, ...flags, '--data', dataDir, '--json', '-v']
  const { stdout, stderr, exit } = await runHere(words, { env: { OTRACE_NOW: NOW } })
  expect(exit, stderr).toBe(0)
  const rows: Row[] = JSON.parse(stdout)
  return { rows, stderr: stderr.replaceAll(/\s+/g, ' ') }
}

test.each([
  [[]],
  [['--service', 'shop']],
  [['--service', 'night']],
  [['--no-dedupe']],
  [['--limit', '2']],
  // Hours after the last span.
  [['--to', '2026-11-21T05:00:00Z']],
])('sums of hours are those of the spans: %j', async (flags) => {
  const [summed, every] = [await ask(...flags), await ask(...flags, '--exact')]
  expect(every.rows.length).toBeGreaterThan(1)
  expect(summed.rows.map(({ on, key, spans }) => ({ on, key, spans }))).toEqual(
    every.rows.map(({ on, key, spans }) => ({ on, key, spans })),
  )
  for (const [i, { values, examples }] of summed.rows.entries()) {
    expect(Math.abs(values / every.rows[i]!.values - 1)).toBeLessThan(0.03)
    expect(examples.length).toBe(Math.min(3, values))
  }
  expect(summed.stderr).toContain('within 3 %')
  expect(every.stderr).not.toContain('within 3 %')
})

test.each([
  ['cannot apply --attr', ['--attr', 'step=1']],
  ['cannot apply --kind', ['--kind', 'server']],
  ['no single spans', ['--dedupe']],
  ['no single spans', ['--where', "name = 'GET /'"]],
])('what sums cannot answer is read from every span: %s', async (reason, flags) => {
  const { rows, stderr } = await ask(...flags)
  expect(rows.length).toBeGreaterThan(0)
  expect(stderr).toContain('every span is read: sums of hours')
  expect(stderr).toContain(reason)
})

test('of more values than are counted, a hash chooses the examples, so that they are the same each time', async () => {
  const { rows } = await ask()
  const { examples } = rows.find(({ key }) => key === 'order.id')!
  const sql = `SELECT argMin(value, cityHash64(value)) AS first, argMax(value, cityHash64(value)) AS last, uniq(value) AS n
    FROM (SELECT attributes['order.id'] AS value FROM spans WHERE time < '2026-11-19 21:00:00' OR time >= '2026-11-20 10:00:00')
    WHERE value != ''`
  const words = ['sql', sql, ...WINDOW, '--data', dataDir, '--json']
  const [{ first, last, n }] = JSON.parse(
    (await runHere(words, { env: { OTRACE_NOW: NOW } })).stdout,
  )
  expect(n).toBeGreaterThan(100)
  expect(examples).toHaveLength(3)
  expect([examples[0], examples[2]]).toEqual([first, last])
})

test('gc learns from sums of hours which keys there are', async () => {
  const gc = async (...flags: string[]) => {
    const words = ['gc', ...WINDOW, '--data', folder.path, '--json', '-v', ...flags]
    const { stdout, stderr, exit } = await runHere(words, { env: { OTRACE_NOW: NOW } })
    expect(exit, stderr).toBe(0)
    const [, read] = /read ([\d,.]+ K?) ?rows/.exec(stderr.replaceAll(/\s+/g, ' '))!
    const rows = Number.parseFloat(read!) * (read!.endsWith('K ') ? 1000 : 1)
    return { found: JSON.parse(stdout) as { spans: number }[], rows }
  }
  const { rows: every } = await ask()
  const { spans } = every.find(({ key }) => key === 'v8js.gc.minor.count')!
  const all = await gc()
  expect(all.found.map(({ spans }) => Number(spans)).reduce((a, b) => a + b)).toBe(spans)
  // The first 4,000 spans have no sums; twice as many others do.
  expect((await gc('--service', 'shop')).rows).toBeLessThan(5000)
})

test('top reads resources where one has the attribute, and leaves them unread where none has', async () => {
  const sql = `-- Mine
--
-- @window all
-- @by service - one row for each value

SELECT dimension AS value, count() AS spans FROM spans GROUP BY value ORDER BY value`
  writeFileSync(join(folder.path, 'mine.sql'), sql)
  const env = { OTRACE_NOW: NOW, OTRACE_QUERIES: folder.path }
  const top = async (key: string, asked = ['top', key, ...WINDOW, '--values', '9']) => {
    const words = [...asked, '--data', dataDir, '--json', '-v']
    const { stdout, stderr, exit } = await runHere(words, { env })
    expect(exit, stderr).toBe(0)
    const [, read, unit] = /rows, ([\d.]+)\s(\w+)\sin/.exec(stderr) ?? []
    const bytes = Number(read) * { B: 1, KiB: 2 ** 10, MiB: 2 ** 20 }[unit!]!
    const rows: { value: string; spans: number }[] = JSON.parse(stdout)
    return { bytes, spans: new Map(rows.map(({ value, spans }) => [value, spans])) }
  }
  const { rows } = await ask()
  const spansWith = (key: string) => rows.find((row) => row.key === key)!.spans
  const late = await top('shift')
  expect(late.spans.get('late')).toBe(spansWith('shift'))
  expect(late.spans.get('(absent)')).toBe(spansWith('host.name') - spansWith('shift'))
  const step = await top('step')
  expect(step.spans.size).toBe(7)
  expect(step.bytes).toBeLessThan(late.bytes * 0.8)
  // The same without a window.
  const all = await top('shift', ['mine', '--by', 'shift'])
  expect(all.spans.get('late')).toBe(late.spans.get('late'))
  expect((await top('step', ['mine', '--by', 'step'])).bytes).toBeLessThan(all.bytes * 0.8)
})

test('values are looked for in resources only where one has the attribute', async () => {
  const values = async (key: string) => {
    const words = ['attributes', key, ...WINDOW, '--data', dataDir, '--json', '-v']
    const { stdout, stderr, exit } = await runHere(words, { env: { OTRACE_NOW: NOW } })
    expect(exit, stderr).toBe(0)
    const [, read, unit] = /read ([\d.]+)\s?(K?) rows/.exec(stderr.replaceAll(/\s+/g, ' '))!
    return { rows: JSON.parse(stdout), read: Number(read) * (unit === 'K' ? 1000 : 1) }
  }
  const [late, steps] = [await values('shift'), await values('step')]
  const { rows } = await ask()
  const { spans } = rows.find(({ key }) => key === 'shift')!
  expect(late.rows).toMatchObject([{ on: 'resource', value: 'late', spans }])
  expect(steps.rows).toHaveLength(7)
  expect(steps.read).toBeLessThan(late.read * 1.25)
})

test('completion offers the keys of a service, from sums of hours', async () => {
  const line = ['slow', '--timeout', '2m', '--service', 'night', '--since', '7d', '--attr']
  const env = { OTRACE_NOW: NOW, OTRACE_DATA: folder.path }
  const { stdout, stderr } = await runHere(['__complete', 'bash', '', '--', ...line], { env })
  expect(stderr).toBe('')
  const { rows } = await ask('--service', 'night')
  const keys = rows.filter(({ on }) => on === 'span').map(({ key }) => `${key}=`)
  expect(keys.length).toBeGreaterThan(2)
  expect(stdout.split('\n').filter(Boolean)).toEqual(keys)
})
