/**
 * Facts that the collector keeps: sampling, entry spans, bare methods, repeated spans.
 *
 * One file: its tests ask one collector.
 */
import { once } from 'node:events'
import { totalmem } from 'node:os'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openEngine } from '../collector/engine/engine.ts'
import { schemaFile } from '../collector/engine/tables.ts'
import { type Collector, start } from '../collector/main.ts'
import { temporaryFolder } from './folder.ts'
import { runHere, start as startProgram } from './otrace.ts'

const folder = temporaryFolder()
const NOW = '2026-11-20T12:00:00Z'
let collector: Collector

interface Sent {
  /** Minutes before NOW. */
  ago: number
  service: string
  traceState?: string
  attributes?: { key: string; value: { stringValue: string } }[]
  kind?: number
  parentSpanId?: string
  name?: string
  traceId?: string
  spanId?: string
  /** 1 by default. */
  ms?: number
}

/** Requests so far: the second try of a test finds what the first has sent. */
const requests = new Set<string>()

/** Stores spans once. */
async function send(spans: Sent[]): Promise<void> {
  if (requests.has(JSON.stringify(spans))) return
  const { stored } = collector.status().traces
  const resourceSpans = spans.map(({ ago, service, ms = 1, ...span }, i) => {
    const at = BigInt(Date.parse(NOW) - ago * 60_000) * 1_000_000n
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] }
    const id = String(stored + i + 1)
    const one = {
      traceId: id.padStart(32, '0'),
      spanId: id.padStart(16, '0'),
      name: 'work',
      kind: 2,
      startTimeUnixNano: String(at),
      endTimeUnixNano: String(at + BigInt(ms * 1_000_000)),
      ...span,
    }
    return { resource, scopeSpans: [{ spans: [one] }] }
  })
  const answer = await fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans }),
  })
  expect(answer.status).toBe(200)
  const isStored = () => expect(collector.status().traces.stored).toBe(stored + spans.length)
  await vi.waitFor(isStored, 60_000)
  requests.add(JSON.stringify(spans))
}

/** Requests of services as `services` counts them, without its other columns, which take half of its time. */
const REQUESTS =
  'SELECT service, toUInt32(round(sumIf(weight, is_entry))) AS requests FROM spans GROUP BY service'

/** Requests of each service, whether a look was needed, and whether it is said that they are extrapolated. */
async function services(...flags: string[]) {
  const args = ['sql', REQUESTS, '--data', folder.path, '--json', '-v', ...flags]
  const { stdout, stderr, exit } = await runHere(args, { env: { OTRACE_NOW: NOW } })
  expect(exit, stderr).toBe(0)
  const rows = JSON.parse(stdout) as { service: string; requests: number }[]
  return {
    calls: Object.fromEntries(rows.map(({ service, requests }) => [service, requests])),
    looked: /statements that simplify it read/.test(stderr),
    extrapolated: /counts extrapolated/.test(stderr),
  }
}

beforeAll(async () => {
  const dataDir = folder.path
  // A store of an earlier version has nothing beside the spans.
  const engine = await openEngine(`${dataDir}/clickhouse`)
  await engine.run('CREATE DATABASE otel')
  await engine.run(schemaFile('otel_traces.sql'))
  await engine.run(
    `INSERT INTO otel.otel_traces (Timestamp, TraceId, SpanId, ServiceName, SpanName, SpanKind, TraceState, SpanAttributes)
     VALUES ('2026-11-17 12:02:00', 'aa', 'aa', 'old', 'work', 'Server', 'ot=th:8', map('user.id', 'ada'))`,
  )
  await engine.close()
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir, ...ports, retentionDays: 100_000 })
  await send([
    { ago: 10, service: 'shop' },
    { ago: 20, service: 'shop' },
    { ago: 90, service: 'shop', traceState: 'ot=th:8' },
  ])
})
afterAll(async () => {
  await collector?.stop()
  folder.remove()
})

test('a window without sampled spans needs no look', async () => {
  expect(await services('--since', '1h')).toEqual({
    calls: { shop: 2 },
    looked: false,
    extrapolated: false,
  })
})

test('a window with a sampled span is weighted, and -v counts the look', async () => {
  expect(await services('--since', '2h')).toEqual({
    calls: { shop: 4 },
    looked: true,
    extrapolated: true,
  })
  const { calls } = await services('--since', '2h', '--no-weight')
  expect(calls).toEqual({ shop: 3 })
})

test('spans stored by an earlier version have facts', async () => {
  const { calls } = await services('--since', '4d')
  expect(calls).toEqual({ old: 2, shop: 4 })
})

test('one user is found in spans of an earlier version and in new ones', async () => {
  const attributes = [{ key: 'user.id', value: { stringValue: 'ada' } }]
  await send([{ ago: 12, service: 'shop', name: 'login', attributes }])
  const found = async (...flags: string[]) =>
    (await services('--attr', 'user.id=ada', ...flags)).calls
  expect(await found('--since', '4d', '--no-weight')).toEqual({ old: 1, shop: 1 })
  expect(await found('--since', '1h')).toEqual({ shop: 1 })
  expect(await found('--since', '2h', '--attr', 'user.id=bob')).toEqual({})
})

test('a late sampled span changes the facts of its window', async () => {
  const attributes = [{ key: 'SampleRate', value: { stringValue: '5' } }]
  await send([{ ago: 31, service: 'late', attributes }])
  expect((await services('--since', '1h')).calls).toEqual({ shop: 3, late: 5 })
  expect((await services('--since', '30m')).looked).toBe(false)
})

test('a service whose only way in lies outside the window is looked at', async () => {
  const parentSpanId = '00000000000000aa'
  await send([
    { ago: 200.5, service: 'worker', kind: 1, parentSpanId },
    { ago: 202.5, service: 'worker', kind: 2, parentSpanId },
  ])
  const at = (minutes: number) => new Date(Date.parse(NOW) - minutes * 60_000).toISOString()
  // Both spans lie in the five minutes from 8:35.
  const one = await services('--from', at(201), '--to', at(199))
  expect(one).toMatchObject({ calls: { worker: 1 }, looked: true })
})

test('a trace with one identity is found whole, hours apart', async () => {
  const attributes = [{ key: 'user.id', value: { stringValue: 'zoe' } }]
  const traceId = '0000000000000000000000000000beef'
  await send([
    { ago: 500, service: 'shop', name: 'order', traceId, attributes },
    { ago: 400, service: 'mail', traceId },
    { ago: 450, service: 'other' },
  ])
  const found = async (condition: string) =>
    (await services('--since', '9h', '--trace-attr', condition, '--no-weight')).calls
  expect(await found('user.id=zoe')).toEqual({ shop: 1, mail: 1 })
  expect(await found('user.id=unknown')).toEqual({})
  expect(await found('user.id~^zo')).toEqual({ shop: 1, mail: 1 })
})

test('traces with one identity are found where a clock said 1970', async () => {
  const attributes = [{ key: 'user.id', value: { stringValue: 'ray' } }]
  const ids = Array.from({ length: 20 }, (_, i) => `${i}`.padStart(4, '0').padStart(32, 'c'))
  const first = Date.parse(NOW) / 60_000 - 1
  await send(
    ids.flatMap((traceId) => [
      { ago: 600, service: 'gate', traceId, attributes },
      { ago: first, service: 'meter', traceId },
    ]),
  )
  const { calls } = await services('--since', '11h', '--trace-attr', 'user.id=ray', '--no-weight')
  expect(calls).toEqual({ gate: 20 })
})

const id = (digit: string) => ({ traceId: digit.repeat(32), spanId: digit.repeat(16) })
const at = (minutes: number) => new Date(Date.parse(NOW) - minutes * 60_000).toISOString()
const AGAIN = ['--from', at(702), '--to', at(698)]

async function asked(args: string[]) {
  const typed = [...args, '--data', folder.path, '-o', 'ndjson']
  const { stdout, stderr, exit } = await runHere(typed, { env: { OTRACE_NOW: NOW } })
  expect(exit, stderr).toBe(0)
  const rows = stdout.trim().split('\n').filter(Boolean)
  return {
    rows: rows.map((line) => JSON.parse(line)),
    said: /counts once, in its last version/.test(stderr.replaceAll(/\s+/g, ' ')),
  }
}

test('a span that came again counts once, as it came last, and it is said', async () => {
  const attribute = (value: string) => [{ key: 'state', value: { stringValue: value } }]
  const live: Sent = { ago: 700, service: 'again', name: 'live', ...id('d') }
  const retried: Sent = { ago: 701, service: 'again', name: 'retried', ms: 3, ...id('e') }
  await send([{ ...live, attributes: attribute('running') }, retried])
  // The later version ends later; the exporter that got no answer sends the same bytes.
  await send([{ ...live, ms: 9, attributes: attribute('done') }])
  await send([retried])
  // A client and its server that share an id start one after another.
  const shared = { service: 'pair', ...id('f') }
  await send([
    { ...shared, ago: 650, kind: 3 },
    { ...shared, ago: 649.99, kind: 2 },
  ])
  const seen: Record<string, unknown> = {}
  for (const [question, column] of [
    ['services', 'spans'],
    ['spans', 'name'],
    ['top state', 'value'],
    ['services --attr state=running', 'spans'],
    ['services --where duration>5ms', 'spans'],
    ['rps --bucket 1h', 'rps'],
    ['flame', 'total'],
  ] as const) {
    const { rows, said } = await asked([...question.split(' '), ...AGAIN])
    const values = rows.map((row) => row[column]).filter(Boolean)
    expect(said, question).toBe(true)
    seen[question] = values
  }
  expect(seen).toEqual({
    services: [2],
    spans: ['live', 'retried'],
    'top state': ['done', '(absent)'],
    'services --attr state=running': [],
    'services --where duration>5ms': [1],
    'rps --bucket 1h': [2 / 240],
    flame: [9_000_000, 3_000_000],
  })
})

test('--no-dedupe counts every copy, and other windows say nothing', async () => {
  const every = await asked(['services', ...AGAIN, '--no-dedupe'])
  expect(every).toMatchObject({ rows: [{ spans: 4 }], said: false })
  const pair = await asked(['services', '--from', at(651), '--to', at(649)])
  expect(pair).toMatchObject({ rows: [{ spans: 2 }], said: false })
})

test('a counter of a runtime that came again is said of gc, by every name that gc reads', async () => {
  const counter = (key: string) => [{ key, value: { stringValue: '7' } }]
  const collected = {
    ago: 600,
    service: 'snake',
    ...id('1'),
    attributes: counter('cpython.gc.collections'),
  }
  const memory = {
    ago: 601,
    service: 'snake',
    ...id('2'),
    attributes: counter('process.runtime.cpython.memory'),
  }
  await send([collected, memory])
  await send([memory])
  const { rows, said } = await asked(['gc', '--from', at(602), '--to', at(598)])
  expect({ rows: rows.map(({ heap_max }) => heap_max), said }).toEqual({ rows: [7], said: true })
})

test('a purchase and a call that came again count once, without a look at every id', async () => {
  const texts = (all: Record<string, string>) =>
    Object.entries(all).map(([key, stringValue]) => ({ key, value: { stringValue } }))
  const sold = {
    ...{ ago: 802, service: 'till', kind: 1, name: 'service_buy_product', ...id('8') },
    attributes: texts({ 'product.id': 'p1', 'product.quantity': '3' }),
  }
  const call = { ago: 802, service: 'till', kind: 3, ...id('9') }
  const asking = { ...call, attributes: texts({ 'db.system.name': 'sqlite' }) }
  await send([sold, asking])
  await send([sold, { ...asking, ms: 2 }])
  const window = ['--from', at(803), '--to', at(801)]
  const bought = await asked(['top-products', ...window])
  expect(bought.rows).toMatchObject([{ product_id: 'p1', purchases: 1, units: 3 }])
  const calls = (await asked(['map', ...window])).rows.map((row) => [row.to, row.calls])
  expect(new Map(calls as [string, number][]).get('sqlite')).toBe(1)
  const words = ['top-products', ...window, '--data', folder.path, '--sql']
  const sql = async (...flags: string[]) =>
    (await runHere([...words, ...flags], { env: { OTRACE_NOW: NOW } })).stdout
  expect(await sql()).not.toContain('LIMIT 1 BY trace_id, span_id\n')
  expect(await sql('--no-dedupe')).toContain('LIMIT 1 BY trace_id, span_id\n')
})

test('what is said of a span that came again is said of the answers that it is in', async () => {
  const both = ['--from', at(702), '--to', at(649)]
  for (const words of [
    ...['services --service pair', 'gc --service again', 'top-products'],
    'flame --service pair',
  ])
    expect(await asked([...words.split(' '), ...both]), words).toMatchObject({ said: false })
  for (const words of ['map', 'critical --service again'])
    expect(await asked([...words.split(' '), ...both]), words).toMatchObject({ said: true })
  const diff = ['diff', ...both, '--service', 'pair', '--kind', 'server', '--against']
  expect(await asked([...diff, '--service', 'pair'])).toMatchObject({ said: false })
  const pair = ['diff', '--from', at(651), '--to', at(649), '--service', 'pair', '--against']
  expect(await asked([...pair, ...AGAIN])).toMatchObject({ said: true })
})

test('a collector gives the same answer at its address', async () => {
  const words = ['services', '--where', 'duration>5ms', ...AGAIN]
  const typed = [...words, '--url', collector.addresses.clickhouse, '-o', 'ndjson']
  const { stdout, stderr } = await runHere(typed, { env: { OTRACE_NOW: NOW } })
  expect(JSON.parse(stdout)).toMatchObject({ service: 'again', spans: 1 })
  expect(stderr).toContain('counts once, in its last version')
})

test('a span is known to come again in frames of a dashboard, and after a restart', async () => {
  const late: Sent = { ago: 600.5, service: 'late', name: 'once', ...id('c') }
  await send([late])
  await collector.stop()
  // Between two frames, it does not keep the directory from a collector.
  const args = ['dashboard', '--watch', '--every', '4s', '--data', folder.path, ...AGAIN]
  const watching = startProgram(args, { env: { OTRACE_NOW: NOW } })
  let notes = ''
  watching.stderr.setEncoding('utf8').on('data', (text) => {
    notes += text
  })
  watching.stdout.resume()
  await vi.waitFor(() => expect(notes).toContain('counts once, in its last version'), 60_000)
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: folder.path, ...ports, retentionDays: 100_000 })
  watching.kill('SIGINT')
  await once(watching, 'close')
  await send([{ ...late, ms: 5 }])
  const { rows, said } = await asked([
    'spans',
    '--service',
    'late',
    '--from',
    at(601),
    '--to',
    at(600),
  ])
  expect({ durations: rows.map(({ duration }) => duration), said }).toEqual({
    durations: [5_000_000],
    said: true,
  })
})

test('a hint advises more memory, which the collector then allows', async () => {
  const sql = "SELECT length(groupArray(repeat('x', 100))) FROM numbers(100000)"
  const advised: string[] = []
  for (let memory = '10MB'; advised.length < 5; ) {
    const typed = ['sql', sql, '--data', folder.path, '--memory', memory]
    const { stderr, exit } = await runHere(typed)
    if (exit === 0) break
    expect(stderr).toContain('MEMORY_LIMIT_EXCEEDED')
    memory = /or allow more: --memory (\S+)/.exec(stderr.replaceAll(/\s+/g, ' '))?.[1] ?? stderr
    advised.push(memory)
  }
  expect(advised).toEqual(['20MB', '39.9MB', '79.7MB', '159MB', '318MB'].slice(0, advised.length))
  expect([advised.length > 0, advised.length < 5]).toEqual([true, true])
  const limit = "SELECT getSetting('max_memory_usage') AS bytes"
  const bytes = async (...flags: string[]) => {
    const { stdout } = await runHere(['sql', limit, '--data', folder.path, '--json', ...flags])
    return JSON.parse(stdout)[0].bytes
  }
  expect(await bytes()).toBe(2 * 2 ** 30)
  const half = Math.floor(Math.min(totalmem(), process.constrainedMemory() || totalmem()) / 2)
  const most = Math.max(2 * 2 ** 30, half)
  expect(await bytes('--memory', '1000TB')).toBe(most)
  expect(await bytes('--memory', '1GiB')).toBe(2 ** 30)
})

test('a trace is shown though the times of traces lack it, as in the moment after its spans', async () => {
  await collector.stop()
  const engine = await openEngine(`${folder.path}/clickhouse`)
  await engine.run('TRUNCATE TABLE otel.otel_traces_trace_id_ts')
  await engine.close()
  const args = ['trace', '--latest', '--since', '4d', '--data', folder.path, '--json']
  const { stdout, stderr, exit } = await runHere(args, { env: { OTRACE_NOW: NOW } })
  expect(exit, stderr).toBe(0)
  expect(JSON.parse(stdout).spans).toHaveLength(1)
})
