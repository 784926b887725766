/** Answers from the collector's table of failed spans, against those from all spans. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEngine } from '../collector/engine/engine.ts'
import { createTables, schemaFile } from '../collector/engine/tables.ts'
import { type Collector, start } from '../collector/main.ts'
import { temporaryFolder } from './folder.ts'
import { runHere } from './otrace.ts'
import { rememberingStore } from './remembering-store.ts'

const folder = temporaryFolder()
const NOW = '2026-11-20T12:00:00Z'
const WINDOW = ['--from', '2026-11-18T22:40:00Z', '--to', '2026-11-20T11:35:00Z']
/** A day whose spans an earlier version stored. */
const OLD = '2026-11-10'
/** The hour whose spans came again, in a second version without the error. */
const AGAIN = '2026-11-19 05:00:00'
let collector: Collector

/** Traces of four spans in an hour: some fail, some are refused, some have an exception; one in three is late. */
const SPANS = `INSERT INTO otel.otel_traces
    (Timestamp, TraceId, SpanId, ParentSpanId, ServiceName, SpanName, SpanKind, StatusCode, StatusMessage,
     SpanAttributes, Events.Timestamp, Events.Name, Events.Attributes, Duration)
  WITH intDiv(number, 4) AS trace, number % 4 AS i,
    multiIf(trace % 5 = 0, '500', trace % 7 = 0, '401', trace % 11 = 0, '404', '200') AS answer
  SELECT
    toDateTime64({hour:String}, 9, 'UTC') + toIntervalNanosecond(cityHash64(trace) % 3600000000000 + i) AS at,
    lower(hex(sipHash128(trace, {hour:String}))),
    lower(hex(cityHash64(number, {hour:String}))),
    if(i = 0, '', lower(hex(cityHash64(number - 1, {hour:String})))),
    ['web', 'shop', 'shop', 'mail'][i + 1],
    ['POST', 'POST /buy', 'authentication', 'send'][i + 1],
    ['Client', 'Server', 'Internal', 'Client'][i + 1],
    if(NOT {fixed:Bool} AND answer = '500' AND i IN (1, 3) OR answer = '401' AND i = 2, 'Error', 'Unset'),
    if(answer = '500' AND i = 3, concat('no stock of ', lower(hex(sipHash128(trace)))), ''),
    if(i = 3, map('rpc.system', 'grpc', 'rpc.grpc.status_code', toString(trace % 17), 'user.id', 'ada'),
      map('http.response.status_code', answer, 'user.id', concat('u', toString(trace % 3)))),
    if(trace % 13 = 0, [at], []),
    if(trace % 13 = 0, ['exception'], []),
    if(trace % 13 = 0, [map('exception.type', 'Broken', 'exception.message', 'it broke')], []),
    if({fixed:Bool}, 7200000000000, 1000000 * (1 + cityHash64(number) % 500))
  FROM numbers(400)`

beforeAll(async () => {
  const engine = await openEngine(`${folder.path}/clickhouse`)
  await engine.run('CREATE DATABASE otel')
  await engine.run(schemaFile('otel_traces.sql'))
  await engine.run(SPANS, { hour: `${OLD} 05:00:00`, fixed: false })
  await createTables(engine)
  for (const hour of ['2026-11-18 22:00:00', '2026-11-19 09:00:00', AGAIN, '2026-11-20 11:00:00'])
    await engine.run(SPANS, { hour, fixed: false })
  await engine.run(SPANS, { hour: `${OLD} 06:00:00`, fixed: false })
  await engine.run(SPANS, { hour: AGAIN, fixed: true })
  await engine.run(
    `INSERT INTO otel.otel_traces_repeats
     SELECT DISTINCT toDateTime(Timestamp) FROM otel.otel_traces WHERE toStartOfHour(Timestamp) = {hour:DateTime}`,
    { hour: AGAIN },
  )
  await engine.close()
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: folder.path, ...ports, retentionDays: 100_000 })
})
afterAll(async () => {
  await collector?.stop()
  folder.remove()
})
const { dataDir } = rememberingStore(() => collector.addresses)

async function run(args: string[]): Promise<string> {
  const words = [...args, '--data', dataDir]
  const { stdout, stderr, exit } = await runHere(words, { env: { OTRACE_NOW: NOW } })
  expect(exit, stderr).toBe(0)
  return stdout
}

async function ask(args: string[]): Promise<unknown[]> {
  const answer = JSON.parse(await run([...args, '--json']))
  expect(answer.length).toBeGreaterThan(0)
  return answer
}

const TABLE = '-- failures = "otel_traces_failures"'

test.each([
  ['errors', '--limit', '1000'],
  ['errors', '--everywhere', '--limit', '1000'],
  ['errors', '--attr', 'user.id=u1'],
  ['errors', '--trace-attr', 'user.id=u1'],
  ['errors', '--service', 'mail', '--by', 'user.id'],
  ['auth-failures', '--where', "user_id = 'u2'", '--limit', '1000'],
  ['slow', '--error', '--over', '0ns', '--attr', 'user.id=u1', '--limit', '1000'],
  ['rps', '--error', '--by', 'service', '--exact'],
  ['rps', '--error', '--by', 'service', '--bucket', '1h'],
  ['top', 'user.id', '--error'],
  ['events', '--error', '--trace-attr', 'user.id=u1'],
])('%j is answered from few spans as from all', async (...typed) => {
  expect(await run([...typed, ...WINDOW, '--sql'])).toContain(TABLE)
  // Each span in its last version, of all spans.
  expect(await ask([...typed, ...WINDOW])).toEqual(await ask([...typed, ...WINDOW, '--dedupe']))
})

test('a window with spans of an earlier version is answered from all, a day around it too', async () => {
  const within = (from: string, to: string) => ['errors', '--from', from, '--to', to]
  const old = within(`${OLD}T05:00:00Z`, `${OLD}T06:00:00Z`)
  const both = within(`${OLD}T05:00:00Z`, `${OLD}T07:00:00Z`)
  const next = within('2026-11-11T05:00:00Z', '2026-11-11T07:00:00Z')
  const count = async (args: string[]) => {
    const rows = (await ask(args)) as { errors: number }[]
    return rows.reduce((sum, { errors }) => sum + errors, 0)
  }
  const counted = await count(old)
  expect(counted).toBeGreaterThan(20)
  expect(await count(both)).toBe(2 * counted)
  for (const args of [old, both, next]) expect(await run([...args, '--sql'])).not.toContain(TABLE)
})
