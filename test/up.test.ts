/**
 * `otrace up`, queried by commands, @clickhouse/client and curl.
 *
 * One file: all clients query one running collector.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ClickHouseClient, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockDirectory } from '../collector/engine/lock.ts'
import { temporaryFolder } from './folder.ts'
import { killed } from './killed.ts'
import { otrace, runHere, start } from './otrace.ts'

const UP = ['up', '--otlp-http-port', '0', '--otlp-grpc-port', '0', '--clickhouse-port', '0']
const KEPT = ['--retention', '30d', '--max-disk', '50GB']
const folder = temporaryFolder()
const data = join(folder.path, 'store')
const env = { OTRACE_DATA: data }
let daemon: ChildProcess
let announced = ''
/** What the demo printed. */
let report: string
let url: string
let client: ClickHouseClient

/** Of the demo. A busy machine answers three a second, and the demo waits 10 s for each. */
const REQUESTS = 40

beforeAll(async () => {
  daemon = start([...UP, ...KEPT], { env })
  await new Promise<void>((resolve) => {
    daemon.stdout!.setEncoding('utf8').on('data', (text) => {
      announced += text
      if (announced.includes('Ctrl-C')) resolve()
    })
  })
  url = JSON.parse(readFileSync(join(data, 'otrace.json'), 'utf8')).clickhouse
  client = createClient({ url })
  const demo = await otrace(['demo', '--duration', '5s', '--rate', '8', '--utc'], { env })
  expect(demo.stderr).toContain('using the running collector')
  expect(demo.exit, demo.stderr).toBe(0)
  report = demo.stdout
})

afterAll(async () => {
  await client?.close()
  await killed(daemon)
  folder.remove()
})

it('the demo stores its requests, and prints a dashboard, a trace and next commands', async () => {
  expect(report).toContain(`${REQUESTS} requests answered`)
  const query = `SELECT toUInt32(count()) AS stored FROM otel.otel_traces
    WHERE ServiceName = 'shop' AND SpanKind = 'Server'`
  const answer = await client.query({ query, format: 'JSONEachRow' })
  expect(await answer.json()).toEqual([{ stored: REQUESTS }])
  expect(report).toMatch(
    /\$ node .*main\.js dashboard --service shop --from \S+ --to \S+ --utc\nOverview/,
  )
  for (const title of ['Requests by status', 'Latency heatmap', 'Top products']) {
    expect(report).toContain(title)
  }
  // How much of a bucket is in the window is not a line of the chart.
  expect(report).not.toMatch(/covered|samples/)
  expect(report).toMatch(
    /\$ node .*main\.js trace [0-9a-f]{32}\n(?:GET|POST) \S[\s\S]*Try next:\n\n {2}# .*\n {2}node .* slow/,
  )
})

/** The article's queries, with nothing changed but the service's name. */
const ARTICLE: [what: string, sql: string, least: number][] = [
  [
    'spans of a function',
    `SELECT
    Timestamp,
    TraceId,
    SpanName,
    Duration / 1000000 as duration_ms,
    SpanAttributes['user.id'] as user_id,
    SpanAttributes['product.id'] as product_id,
    SpanAttributes['product.quantity'] as product_quantity
FROM otel.otel_traces
WHERE $__timeFilter(Timestamp) AND SpanName='service_buy_product'
ORDER BY Timestamp DESC`,
    15,
  ],
  [
    'failed authentications',
    `SELECT
    Timestamp,
    TraceId,
    SpanName,
    Duration / 1000000 as duration_ms
FROM otel.otel_traces
WHERE SpanName='authentication' AND StatusCode='Error'
ORDER BY Timestamp DESC`,
    1,
  ],
  [
    'requests per second by status',
    `SELECT
    $__timeInterval(Timestamp) AS time,
    SpanAttributes['http.status_code'] AS status_code,
    count() / $__interval_s AS rps
FROM otel_traces
WHERE $__timeFilter(Timestamp)
  AND ServiceName = 'shop'
  AND SpanKind = 'Server'
GROUP BY time, status_code
ORDER BY time, status_code`,
    3,
  ],
  [
    'latency quantiles',
    `SELECT
    $__timeInterval(Timestamp) AS time,
    quantile(0.50)(Duration) / 1000000 AS p50_ms,
    quantile(0.95)(Duration) / 1000000 AS p95_ms,
    quantile(0.99)(Duration) / 1000000 AS p99_ms
FROM otel_traces
WHERE $__timeFilter(Timestamp)
  AND ServiceName = 'shop'
  AND SpanKind = 'Server'
GROUP BY time
ORDER BY time`,
    1,
  ],
  [
    'slow traces',
    `SELECT
  Timestamp,
  TraceId,
  SpanAttributes['http.route'] as route,
  SpanAttributes['http.method'] as method,
  Duration / 1000000 as duration_ms
FROM otel_traces
WHERE $__timeFilter(Timestamp)
  AND ServiceName = 'shop'
  AND SpanKind = 'Server'
  AND duration_ms > 100
ORDER BY Timestamp desc;`,
    1,
  ],
  [
    'best-selling products',
    `SELECT
    SpanAttributes['product.id'] AS product_id,
    count()
FROM otel_traces
WHERE $__timeFilter(Timestamp)
  AND ServiceName = 'shop'
  AND SpanName = 'service_buy_product'
  AND StatusCode!='Error'
GROUP BY product_id
LIMIT 5;`,
    5,
  ],
]

/** Grafana's values of the macros. */
const withoutMacros = (sql: string) =>
  sql
    .replace('$__timeFilter(Timestamp)', 'Timestamp >= now() - INTERVAL 1 HOUR')
    .replace(
      '$__timeInterval(Timestamp)',
      'toStartOfInterval(toDateTime(Timestamp), INTERVAL 60 second)',
    )
    .replace('$__interval_s', '60')

describe("the article's queries", () => {
  it.each(ARTICLE)('%s, through otrace sql', async (_, sql, least) => {
    const run = await runHere(['sql', sql, '--json'], { env })
    expect(run.stderr).toBe('')
    expect(JSON.parse(run.stdout).length).toBeGreaterThanOrEqual(least)
  })

  it.each(ARTICLE)('%s, through @clickhouse/client', async (_, sql, least) => {
    const result = await client.query({ query: withoutMacros(sql), format: 'JSONEachRow' })
    expect((await result.json()).length).toBeGreaterThanOrEqual(least)
  })

  it.each(ARTICLE)('%s, through curl', async (_, sql, least) => {
    const response = await fetch(url, { method: 'POST', body: withoutMacros(sql) })
    expect(response.status).toBe(200)
    expect((await response.text()).trim().split('\n').length).toBeGreaterThanOrEqual(least)
  })
})

it('a column that is only a macro has the name of the macro', async () => {
  const sql = 'SELECT $__timeInterval(time), count() AS n FROM spans GROUP BY 1'
  const run = await runHere(['sql', sql, '--bucket', '1h', '-o', 'csv'], { env })
  expect(run.stdout).toMatch(/^\$__timeInterval\(time\),n\r\n\d{4}-/)
})

it('a statement may arrive slowly', async () => {
  const child = start(['sql', '-o', 'csv'], { env })
  let answer = ''
  child.stdout.on('data', (text) => {
    answer += text
  })
  await new Promise((resolve) => setTimeout(resolve, 1000))
  child.stdin.end('SELECT 1 AS one')
  expect(await once(child, 'close')).toEqual([0, null])
  expect(answer).toBe('one\r\n1\r\n')
})

describe('while it runs', () => {
  it('prints its addresses and the variables of an SDK', () => {
    expect(announced).toMatch(/OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/127\.0\.0\.1:\d+/)
    expect(announced).toContain(url)
    expect(announced).toContain(data)
    const lines = announced.split('\n').filter((line) => !line.includes(data))
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('--status shows its counters', async () => {
    const run = await runHere(['up', '--status', '--json'], { env })
    const [traces] = JSON.parse(run.stdout)
    expect(traces).toMatchObject({ signal: 'traces', waiting: 0, lag: 0, quarantined: 0 })
    expect(traces.received).toBeGreaterThan(REQUESTS * 8)
    expect(traces.stored).toBe(traces.received)
  })

  it('needs no password, whatever the environment has for another server', async () => {
    const login = { ...env, OTRACE_USER: 'reader', OTRACE_PASSWORD: 'of another server' }
    for (const args of [['services'], ['up', '--status']]) {
      const { exit, stderr } = await runHere(args, { env: login })
      expect({ args, exit, stderr }).toMatchObject({ exit: 0 })
    }
  })

  it('answers two commands at once', async () => {
    const runs = await Promise.all([
      runHere(['services', '--json'], { env }),
      runHere(['rps', '--json'], { env }),
      runHere(['slow', '--json', '--service', 'shop', '--limit', '1000', '--over', '0'], { env }),
    ])
    for (const run of runs) expect(run.exit, run.stderr).toBe(0)
    const [services, rps, slow] = runs.map((run) => JSON.parse(run.stdout))
    const shop = services.find((row: { service: string }) => row.service === 'shop')
    expect(shop.requests).toBe(REQUESTS)
    expect(slow).toHaveLength(REQUESTS)
    expect(rps.length).toBeGreaterThan(1)
  })

  it('a ClickHouse error is one sentence', async () => {
    const run = await runHere(['sql', 'SELECT nothing FROM otel_traces'], { env })
    expect(run.stderr).toMatch(/ClickHouse refused the query: .*nothing.*\(UNKNOWN_IDENTIFIER 47\)/)
    expect(run.stderr).not.toMatch(/\n\s+at /)
    expect(run.exit).toBe(4)
    const write = await runHere(['sql', 'DROP TABLE otel.otel_traces'], { env })
    expect(write.stderr).toContain('read-only: statement not allowed: DROP')
    expect(write.exit).toBe(4)
  })

  it('an unknown trace exits with 5', async () => {
    const run = await runHere(['trace', 'deadbeefdeadbeefdeadbeefdeadbeef'], { env })
    expect(run.stderr).toContain('deadbeefdeadbeefdeadbeefdeadbeef')
    expect(run.exit).toBe(5)
  })

  it('-v shows the cost of a query', async () => {
    const run = await runHere(['services', '-v', '--explain'], { env })
    expect(run.stderr).toMatch(
      /would read \d+ rows? in \d+ granules? of \d+ parts? of otel\.otel_traces/,
    )
    expect(run.stderr).toMatch(/read [\d.]+ ?K? rows, [\d.]+ \w+ in [\d.]+ m?s/)
  })

  it.each([
    ['its directory', () => []],
    ['its address', () => ['--url', url]],
  ])('prints its retention and suggests only accepted statements, by %s', async (_, where) => {
    const kept = 'the collector keeps the last 30 days, and at most 46.6 GiB'
    const storage = await runHere(['storage', '--json', ...where()], { env })
    expect(JSON.parse(storage.stdout)).toHaveLength(1)
    expect(storage.stderr).toContain(kept)
    const doctor = await runHere(['doctor', '--json', ...where()], { env })
    expect(doctor.stdout).toContain(kept)
    expect(doctor.stdout).not.toMatch(/ALTER|otrace schema/)
  })

  it('--where cannot read anything but spans', async () => {
    const wheres = [
      '1) FROM system.tables WHERE (1',
      "file('/etc/passwd') != ''",
      'name IN (SELECT 1)',
      '1; DROP TABLE x',
      "notEmpty(arrayMap(file, ['/etc/passwd']))",
      "arrayExists(file -> 1, [1]) AND notEmpty(arrayMap(file, ['/etc/passwd']))",
      "formatRow('Template', 1) = ''",
      '',
      ' ',
    ]
    for (const where of wheres) {
      const run = await runHere(['spans', '--where', where], { env })
      expect(run.stderr, where).toContain('--where')
      expect(run.exit, where).toBe(2)
    }
  })

  it('ctrl-C ends it with 0, and its store answers afterwards', async () => {
    const ended = once(daemon, 'exit')
    daemon.kill('SIGINT')
    expect((await ended)[0]).toBe(0)
    const run = await runHere(['services', '--json'], { env })
    expect(
      JSON.parse(run.stdout).some((row: { requests: number }) => row.requests === REQUESTS),
    ).toBe(true)
    const storage = await runHere(['storage'], { env })
    expect(storage.stderr).toContain('otrace up by default keeps the last 7 days')
    expect((await runHere(['storage', '--sql'], { env })).stderr).toBe('')
  })
})

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends a start that waits, with a sentence',
  async (signal) => {
    const waiting = join(data, signal)
    mkdirSync(join(waiting, 'clickhouse'), { recursive: true })
    const unlock = await lockDirectory(join(waiting, 'clickhouse'), { ms: 0 })
    const child = start(UP, { env: { OTRACE_DATA: waiting } })
    const ended = once(child, 'exit')
    let said = ''
    for await (const text of child.stderr!) {
      said += text
      if (said === 'waiting for another otrace process to end…\n') child.kill(signal)
    }
    expect((await ended)[0]).toBe(0)
    expect(said).toBe(
      'waiting for another otrace process to end…\nstopped before it received anything\n',
    )
    unlock?.()
  },
)

it('a second collector on a directory names the first', async () => {
  const holder = start(UP, { env })
  await once(holder.stdout!, 'data')
  const second = await otrace(UP, { env })
  holder.kill('SIGINT')
  await once(holder, 'exit')
  expect(second.stderr).toMatch(/otrace up \(process \d+\) already serves/)
  expect(second.stderr).toContain(data)
  expect(second.exit).toBe(3)
})
