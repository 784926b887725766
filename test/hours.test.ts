/**
 * Answers over long windows, and from sums of whole hours, against every span.
 *
 * One file: one store, of which some spans came again.
 */
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readQueryFiles } from '../cli/query/files.ts'
import { removeAddressFile, writeAddressFile } from '../collector/address-file.ts'
import { openEngine } from '../collector/engine/engine.ts'
import { createTables } from '../collector/engine/tables.ts'
import { type Collector, start } from '../collector/main.ts'
import { temporaryFolder } from './folder.ts'
import { runHere } from './otrace.ts'
import { rememberingStore } from './remembering-store.ts'

const folder = temporaryFolder()
const NOW = '2026-11-20T12:20:00Z'
const WINDOW = ['--from', '2026-11-19T22:40:00Z', '--to', '2026-11-20T11:35:00Z']
/** A window without spans that came again, about which a note needs a statement more. */
const CALM = ['--from', '2026-11-20T06:30:00Z', '--to', '2026-11-20T11:35:00Z']
/** The hour whose spans came again as far as the collector saw, and its row in WINDOW. */
const AGAIN = { hour: 5, row: 7 }
let collector: Collector

/** Spans of two services over 16 hours and two days, some of them failed, one of an hour stored late. */
const SPANS = `INSERT INTO otel.otel_traces
    (Timestamp, TraceId, SpanId, ParentSpanId, ServiceName, SpanName, SpanKind, StatusCode, SpanAttributes, Duration)
  SELECT
    toDateTime64('2026-11-19 20:00:00', 9, 'UTC') + toIntervalNanosecond(cityHash64(number) % 57600000000000),
    lower(hex(sipHash128(number))),
    lower(hex(cityHash64(number, 1))),
    if(number % 3 = 0, '', 'aa'),
    if(number % 5 = 0, 'mail', 'shop'),
    ['GET /', 'POST /buy', 'query', 'GET /'][number % 4 + 1],
    ['Server', 'Server', 'Client', 'Internal'][number % 4 + 1],
    if(number % 7 = 0, 'Error', 'Unset'),
    map(if(number % 2 = 0, 'http.response.status_code', 'http.status_code'), if(number % 7 = 0, '500', '200')),
    if(number % 11 = 0, 0, toUInt64(exp(10 + cityHash64(number, 2) % 1000 / 100)))
  FROM numbers({first:UInt64}, 2000)`

/** The start of an hour of a day without other spans. */
const STEADY = '2026-11-18T10:00:00Z'

beforeAll(async () => {
  const engine = await openEngine(`${folder.path}/clickhouse`)
  await createTables(engine)
  await engine.run(SPANS, { first: 0 })
  await engine.run(SPANS, { first: 2000 })
  // Stored twice.
  await engine.run(SPANS, { first: 2000 })
  await engine.run(
    `INSERT INTO otel.otel_traces_repeats
     SELECT DISTINCT toDateTime(Timestamp) FROM otel.otel_traces WHERE toHour(Timestamp, 'UTC') = {hour:UInt8}`,
    { hour: AGAIN.hour },
  )
  // Durations that are far from the middles of their bins.
  await engine.run(
    `INSERT INTO otel.otel_traces (Timestamp, TraceId, SpanId, ServiceName, SpanName, SpanKind, Duration)
     SELECT toDateTime64({from:String}, 9, 'UTC') + number, hex(number), hex(number), 'steady', 'tick', 'Server',
       if(number < 15, 1000000, 1000001)
     FROM numbers(20)`,
    { from: STEADY },
  )
  await engine.close()
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: folder.path, ...ports, retentionDays: 100_000 })
})
afterAll(async () => {
  await collector?.stop()
  folder.remove()
})
const { dataDir, url } = rememberingStore(() => collector.addresses)

type Row = Record<string, string | number | null>
const ROUNDED = ['p50', 'p95', 'p99']

async function ask(args: string[]): Promise<{ rows: Row[]; stderr: string }> {
  const words = [...args, '--data', dataDir, '--json', '-v']
  const { stdout, stderr, exit } = await runHere(words, { env: { OTRACE_NOW: NOW } })
  expect(exit, stderr).toBe(0)
  return { rows: JSON.parse(stdout), stderr: stderr.replaceAll(/\s+/g, ' ') }
}

/** Rows without percentiles, and the percentiles alone. */
const parts = (rows: Row[]) => ({
  counted: rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !ROUNDED.includes(name))),
  ),
  rounded: rows.flatMap((row) => ROUNDED.map((name) => row[name])),
})

test.each([
  [['rps', '--bucket', '1h']],
  [['rps', '--bucket', '2h', '--by', 'service', '--error']],
  [['latency', '--bucket', '3h', '--kind', 'server']],
  [['services']],
  [['services', '--by', 'http_status', '--service', 'shop']],
  [['operations', '--name', 'GET /']],
])('%j', async (typed) => {
  const args = [...typed, ...WINDOW]
  const hourly = await ask(args)
  const exact = await ask([...args, '--exact'])
  expect(hourly.stderr).not.toContain('every span is read')
  expect(/within 1\.6 %/.test(hourly.stderr)).toBe(typed[0] !== 'rps')
  expect(exact.stderr).not.toContain('1.6 %')
  expect(exact.rows.length).toBeGreaterThan(0)
  const [found, wanted] = [parts(hourly.rows), parts(exact.rows)]
  expect(found.counted).toEqual(wanted.counted)
  for (const [i, value] of wanted.rounded.entries()) {
    const given = found.rounded[i]
    if (!value) expect(given).toEqual(value)
    else expect(Math.abs(Number(given) / Number(value) - 1)).toBeLessThan(0.016)
  }
})

test('a percentile of sums is not above the longest, nor below the shortest', async () => {
  const window = ['--from', '2026-11-18T01:00:00Z', '--to', '2026-11-18T12:00:00Z']
  const args = ['services', '--service', 'steady', ...window]
  const { rows, stderr } = await ask(args)
  expect(stderr).toContain('1.6 %')
  expect(rows).toMatchObject([{ samples: 20, p50: 1_000_000, p99: 1_000_000 }])
  const histogram = await ask(['histogram', '--service', 'steady', ...window])
  expect(histogram.stderr).toContain('1.6 %')
  expect(histogram.stderr).toContain('bounds and percentiles are within')
  expect(histogram.rows).toMatchObject([{ spans: 20, samples: 20 }])
})

test.each([['services'], ['attributes']])(
  '%s says nothing of sums where all spans start after the whole hours of the window',
  async (command) => {
    const window = ['--from', '2026-11-19T08:00:00Z', '--to', '2026-11-19T20:50:00Z']
    const { rows, stderr } = await ask([command, ...window])
    expect(rows.length).toBeGreaterThan(0)
    expect(stderr).not.toMatch(/within|added up|every span is read/)
  },
)

test.each([
  ['cannot apply --attr ', ['services', '--attr', 'http.status_code=200']],
  ['cannot apply --attr ', ['services', '--attr', 'http.status_code>=200']],
  ['no single spans', ['operations', '--dedupe']],
  ['whole hours', ['latency', '--bucket', '30m']],
  ['have no http.status_code', ['rps', '--bucket', '1h', '--by', 'http.status_code']],
])('what sums cannot answer is read from every span: %s', async (reason, typed) => {
  const { rows, stderr } = await ask([...typed, ...WINDOW])
  expect(rows.length).toBeGreaterThan(0)
  expect(stderr).toContain(`every span is read`)
  expect(stderr).toContain(reason)
  expect(stderr).not.toContain('1.6 %')
})

test('an hour with spans that came again is read from them, each once, the others from sums', async () => {
  const hours = async (...flags: string[]) =>
    (await ask(['rps', '--by', 'none', '--bucket', '1h', ...WINDOW, ...flags])).rows.map(
      ({ rps }) => rps,
    )
  const [some, each, every] = [await hours(), await hours('--dedupe'), await hours('--no-dedupe')]
  expect(some.length).toBe(14)
  expect(some).toEqual(every.map((rps, i) => (i === AGAIN.row ? each[i] : rps)))
  expect(every.every((rps, i) => Number(rps) > Number(each[i]))).toBe(true)
})

test('the slowest of a long window are the first of all that are slow', async () => {
  const slow = async (limit: string) =>
    (await ask(['slow', '--over', '0ns', '--limit', limit, ...WINDOW])).rows
  const all = await slow('10000')
  expect(all.length).toBeGreaterThan(1000)
  expect(await slow('7')).toEqual(all.slice(0, 7))
})

test.each(['newest', 'slowest'])(
  'the %s spans of a long window are the first of all',
  async (order) => {
    const first = (limit: string, ...flags: string[]) =>
      ask(['spans', '--order', order, '--limit', limit, ...WINDOW, ...flags])
    for (const flags of [[], ['--show', 'http.status_code'], ['--kind', 'server', '--error']]) {
      const all = (await first('10000', ...flags)).rows
      expect(all.length).toBeGreaterThan(100)
      expect((await first('7', ...flags)).rows).toEqual(all.slice(0, 7))
    }
  },
)

test('the newest spans of a long window are looked for at its end', async () => {
  const rows = async (order: string) => {
    const { stderr } = await ask(['spans', '--order', order, '--limit', '5', ...WINDOW])
    const [, count, thousands] = /read ([\d.]+)( K)? rows/.exec(stderr)!
    return Number(count) * (thousands ? 1000 : 1)
  }
  expect(await rows('newest')).toBeLessThan(await rows('slowest'))
})

test('attributes are read of the spans that a long list shows', async () => {
  const bytes = async (limit: string) => {
    const { stderr } = await ask([
      'spans',
      '--limit',
      limit,
      ...WINDOW,
      '--show',
      'http.status_code',
    ])
    const [, size, unit] = /rows, ([\d.]+) (\w+) in/.exec(stderr)!
    return Number(size) * 1024 ** ['B', 'KiB', 'MiB'].indexOf(unit!)
  }
  expect(1.5 * (await bytes('1'))).toBeLessThan(await bytes('10000'))
})

test('a short window is read from its spans', async () => {
  const { stderr } = await ask(['services', '--since', '3h'])
  expect(stderr).not.toContain('1.6 %')
})

/** A front of the collector that counts its requests, and holds them until `together` have come. */
async function countingFront(together = 1) {
  const front = temporaryFolder()
  let requests = 0
  let held: (() => void)[] = []
  const server = createServer((request, response) => {
    requests++
    const { method, headers } = request
    const target = new URL(request.url!, url())
    held.push(() => {
      const passed = send(target, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(response)
      })
      request.pipe(passed)
    })
    if (held.length < together) return
    for (const pass of held) pass()
    held = []
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  writeAddressFile(front.path, {
    pid: process.pid,
    clickhouse: `http://127.0.0.1:${port}`,
    otlpHttp: collector.addresses.otlpHttp!,
    startedAt: NOW,
    version: '',
  })
  return {
    path: front.path,
    /** Requests since the last call. */
    requests() {
      const counted = requests
      requests = 0
      return counted
    },
    close() {
      removeAddressFile(front.path)
      server.closeAllConnections()
      server.close()
      front.remove()
    },
  }
}

/** Queries whose result is empty here, which is explained by more statements, with their arguments. */
const WITHOUT_ROWS: Record<string, string[]> = {
  ...{ 'auth-failures': [], 'basket-sizes': [], buyers: ['tea'], events: [], gc: [] },
  ...{ journey: ['ada'], repeats: [], 'top-products': [] },
}

test('a query asks what the collector knows, and its question; some need a note beside it', async () => {
  const front = await countingFront()
  try {
    const { queries } = readQueryFiles([], { flags: new Set(), commands: new Set() })
    const answered: Record<string, number> = {}
    for (const { name } of queries) {
      if (WITHOUT_ROWS[name]) continue
      const args = [name, ...(name === 'top' ? ['kind'] : []), '--data', front.path]
      const window = name === 'storage' ? [] : CALM
      const { exit, stderr } = await runHere([...args, ...window], { env: { OTRACE_NOW: NOW } })
      expect(exit, stderr).toBe(0)
      answered[name] = front.requests()
    }
    const [plain, noted] = [2, 3]
    expect(answered).toEqual({
      errors: noted,
      heatmap: plain,
      histogram: plain,
      latency: plain,
      operations: noted,
      rps: plain,
      services: noted,
      slow: plain,
      storage: noted,
      top: noted,
    })
    expect((await runHere(['sql', 'SELECT 1', '--data', front.path])).exit).toBe(0)
    expect(front.requests()).toBe(1)
    for (const [name, args] of Object.entries(WITHOUT_ROWS))
      expect((await ask([name, ...args, ...CALM])).rows, name).toEqual([])
  } finally {
    front.close()
  }
})

test('a question is sent beside what the collector knows', async () => {
  const front = await countingFront(2)
  try {
    // The spans of the hours around it came once.
    const window = ['--from', '2026-11-19T21:00:00Z', '--to', '2026-11-19T23:30:00Z']
    const args = ['rps', ...window, '--data', front.path, '--timeout', '30s']
    const { exit, stderr } = await runHere(args, { env: { OTRACE_NOW: NOW } })
    expect(exit, stderr).toBe(0)
    expect(front.requests()).toBe(2)
  } finally {
    front.close()
  }
})

test('a trace by its id is shown after two statements side by side, twice', async () => {
  const front = await countingFront(2)
  try {
    const [first] = (await ask(['sql', 'SELECT lower(hex(sipHash128(toUInt64(7)))) AS id'])).rows
    const args = ['trace', String(first!.id), '--data', front.path, '--timeout', '30s', '--json']
    const { stdout, stderr, exit } = await runHere(args)
    expect(exit, stderr).toBe(0)
    expect(JSON.parse(stdout).spans).toHaveLength(1)
    expect(front.requests()).toBe(4)
  } finally {
    front.close()
  }
})
