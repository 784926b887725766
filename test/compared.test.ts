/**
 * Answers of the program against answers computed in TypeScript, over one collector's store.
 *
 * One file: one store, with sampled and late spans, a loop, eight processes and a deleted day.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openEngine } from '../collector/engine/engine.ts'
import { createTables } from '../collector/engine/tables.ts'
import { type Collector, start } from '../collector/main.ts'
import { temporaryFolder } from './folder.ts'
import { runHere } from './otrace.ts'
import { rememberingStore } from './remembering-store.ts'
import { numbers } from './schemas/spans.ts'

const NOW = '2026-11-20T12:20:00Z'
const MS = 1e6
const HOUR = 3600e9
/** Nanoseconds after `START` in all times here: a double would round those since 1970. */
const START = BigInt(Date.parse('2026-11-19T06:00:00Z')) * 1_000_000n

interface Span {
  trace: string
  id: string
  parent: string
  service: string
  name: string
  kind: 1 | 2 | 3
  start: number
  duration: number
  failed: boolean
  attributes: Record<string, string>
  /** 2 for spans of a sampler that keeps half. */
  weight: 1 | 2
  /** Starts of events, each named `progress`. */
  events?: number[]
}

interface Window {
  from: string
  to: string
}
/** Whole hours without sampled spans, the same with some, and a deleted day before them. */
const PLAIN: Window = { from: '2026-11-19T12:40:00Z', to: '2026-11-20T11:35:00Z' }
const SAMPLED: Window = { from: '2026-11-19T06:30:00Z', to: '2026-11-20T11:35:00Z' }
const DELETED: Window = { from: '2026-11-17T00:00:00Z', to: '2026-11-20T11:35:00Z' }
/** Within a trace of five hours, and at its ends. */
const WITHIN: Window = { from: '2026-11-19T14:00:00Z', to: '2026-11-19T14:30:00Z' }
const FIRST: Window = { from: '2026-11-19T12:30:00Z', to: '2026-11-19T13:15:00Z' }
const LAST: Window = { from: '2026-11-19T16:59:00Z', to: '2026-11-19T18:10:00Z' }

const random = numbers(11)
const below = (n: number) => Math.floor(random() * n)
let ids = 0
const newId = () => (++ids).toString(16).padStart(16, '0')

/** A purchase over two services: parallel reads, then a loop of statements, then the purchase itself. */
function purchase(nth: number): Span[] {
  const at = nth * 410e9 + below(60) * 1e9 + below(1e9)
  // From 8:00 to 10:00 every second trace is sampled.
  const weight = at > 2 * HOUR && at < 4 * HOUR && nth % 2 === 0 ? 2 : 1
  const trace = `c${(nth + 1).toString(16).padStart(31, '0')}`
  const failed = nth % 9 === 4
  const spans: Span[] = []
  const add = (parent: Span | undefined, start: number, given: Partial<Span>): Span => {
    const span: Span = {
      ...{ trace, id: newId(), parent: parent?.id ?? '', service: 'api', name: '', kind: 3 },
      ...{ start, duration: 0, failed: false, attributes: {}, weight, ...given },
    }
    spans.push(span)
    return span
  }
  const root = add(undefined, at, { service: 'web', name: nth % 3 ? 'buy' : 'list', kind: 2 })
  // Some instrumentations make no client spans.
  const [name, kind] = nth % 5 === 1 ? (['call', 1] as const) : (['call api', 3] as const)
  const call = add(root, at + MS, { service: 'web', name, kind })
  const served = add(call, at + 2 * MS, { name: 'handle', kind: 2, failed })
  let time = served.start + MS
  const reads = Array.from({ length: 2 + below(2) }, (_, i) => {
    const database = { 'db.system': 'postgresql', 'db.namespace': 'stock' }
    return add(served, time, {
      ...{ name: 'SELECT stock', attributes: database, duration: (i + 1) * MS + below(MS) },
    })
  })
  time += Math.max(...reads.map(({ duration }) => duration)) + MS
  for (let i = 0; i < (nth % 7 === 2 ? 6 + Math.floor(nth / 7) : 1); i++) {
    const text = `SELECT price FROM products WHERE id = ${i}`
    const database = { 'db.system': 'postgresql', 'db.namespace': 'shop', 'db.statement': text }
    const duration = 2 * MS + below(MS)
    add(served, time, { name: 'SELECT price', attributes: database, duration })
    time += duration
  }
  const quantity = nth % 13 === 5 ? '2.5' : String(1 + below(9))
  const bought = add(served, time, {
    ...{ name: 'service_buy_product', kind: 1, failed, duration: 3 * MS + below(40 * MS) },
    attributes: {
      'user.id': `user-${nth % 5}`,
      ...(nth % 10 === 3 ? {} : { 'product.id': `product-${nth % 3}` }),
      'product.quantity': quantity,
    },
  })
  served.duration = bought.start + bought.duration + MS - served.start
  call.duration = served.duration + 2 * MS + below(MS)
  root.duration = call.start + call.duration + below(5 * MS) - root.start
  root.failed = failed && nth % 2 === 0
  return spans
}

/** What runtimes set on spans, and how many units of their times a second has. */
const RUNTIMES: {
  runtime: string
  of: 'minor' | 'major' | 'other'
  count: string
  heap: string
  collected?: string
  time?: string
  unit?: number
}[] = [
  {
    ...{ runtime: 'v8', of: 'minor', count: 'v8js.gc.minor.count', heap: 'v8js.memory.heap.used' },
    ...{ time: 'v8js.gc.minor.duration', unit: 1 },
  },
  {
    ...{ runtime: 'python', of: 'minor', count: 'python.gc.0.collections' },
    ...{ heap: 'process.runtime.cpython.memory', collected: 'python.gc.0.collected' },
  },
  {
    ...{ runtime: 'jvm', of: 'major', count: 'jvm.gc.G1 Old Generation.count' },
    ...{ heap: 'jvm.memory.used', time: 'jvm.gc.G1 Old Generation.time', unit: 1e3 },
  },
  {
    ...{ runtime: 'go', of: 'other', count: 'process.runtime.go.gc.count', heap: 'go.memory.used' },
    ...{ time: 'process.runtime.go.gc.pause_total_ns', unit: 1e9 },
  },
]

/** Roots of two processes of each runtime, with counters of collections; one of both starts anew. */
function measured(nth: number): Span {
  const [process, turn] = [nth % 8, Math.floor(nth / 8)]
  const { count, heap, time, unit = 1, collected } = RUNTIMES[process >> 1]!
  const collections = process % 2 === 1 && turn >= 15 ? turn - 15 : turn * 3
  return {
    ...{ trace: `d${(nth + 1).toString(16).padStart(31, '0')}`, id: newId(), parent: '' },
    ...{ service: 'batch', name: 'job', kind: 1, failed: false, weight: 1 },
    ...{ start: 7 * HOUR + nth * 300e9, duration: 5 * MS },
    attributes: {
      'process.pid': String(100 + process),
      [count]: String(collections),
      [heap]: String(1000 + ((nth * 7) % 50)),
      ...(time ? { [time]: String((collections * unit) / 1000) } : {}),
      ...(collected ? { [collected]: String(collections * 7) } : {}),
    },
  }
}

/** A job from 13:00 to 18:00 with steps, all with an event each ten minutes. */
function long(): Span[] {
  const [trace, user] = ['e'.padEnd(32, '0'), { 'user.id': 'user-long' }]
  const common = { trace, service: 'nightly', failed: false, weight: 1 } as const
  const events = (start: number, hours: number) =>
    Array.from({ length: hours * 6 }, (_, i) => start + i * 600e9 + i)
  const span = (name: string, parent: string, start: number, hours: number): Span => ({
    ...{ ...common, id: newId(), name, parent, kind: parent === '' ? 2 : 1, start },
    ...{ duration: hours * HOUR, events: events(start, hours) },
    attributes: name === 'load' ? user : {},
  })
  const job = span('night', '', 7 * HOUR, 5)
  const parts = Array.from({ length: 5 }, (_, i) => span('step', job.id, (7 + i) * HOUR + 1, 1))
  return [job, span('load', job.id, 7 * HOUR + 2, 4), ...parts]
}

const traces = Array.from({ length: 255 }, (_, nth) => purchase(nth))
const all = [...traces.flat(), ...Array.from({ length: 200 }, (_, nth) => measured(nth)), ...long()]
const isLate = (_: Span, i: number) => i % 17 === 3

const iso = (at: number) => {
  const ns = START + BigInt(at)
  const second = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19)
  return `${second}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`
}
const within = ({ from, to }: Window, spans = all) => {
  const edges = [from, to].map((at) => Number(BigInt(Date.parse(at)) * 1_000_000n - START))
  return spans.filter(({ start }) => start >= edges[0]! && start < edges[1]!)
}

function otlp(spans: Span[]): string {
  const value = (stringValue: string) => ({ stringValue })
  const list = (map: Record<string, string>) =>
    Object.entries(map).map(([key, text]) => ({ key, value: value(text) }))
  const resourceSpans = spans.map((span) => ({
    resource: { attributes: list({ 'service.name': span.service, 'host.name': 'h' }) },
    scopeSpans: [
      {
        spans: [
          {
            ...{ traceId: span.trace, spanId: span.id, parentSpanId: span.parent },
            ...{ name: span.name, kind: span.kind, attributes: list(span.attributes) },
            startTimeUnixNano: String(START + BigInt(span.start)),
            endTimeUnixNano: String(START + BigInt(span.start + span.duration)),
            status: span.failed ? { code: 2 } : {},
            traceState: span.weight === 2 ? 'ot=th:8' : '',
            events: (span.events ?? []).map((at) => ({
              ...{ name: 'progress', timeUnixNano: String(START + BigInt(at)) },
            })),
          },
        ],
      },
    ],
  }))
  return JSON.stringify({ resourceSpans })
}

const folder = temporaryFolder()
let collector: Collector

beforeAll(async () => {
  const engine = await openEngine(`${folder.path}/clickhouse`)
  await createTables(engine)
  // A day of sampled spans, which goes with its sums of hours.
  await engine.run(`INSERT INTO otel.otel_traces
      (Timestamp, TraceId, SpanId, ServiceName, SpanName, SpanKind, TraceState, Duration)
    SELECT toDateTime64('2026-11-18 01:00:00', 9, 'UTC') + number, hex(number), hex(number), 'web', 'buy', 'Server',
      'ot=th:8', 1
    FROM numbers(50000)`)
  await engine.run("ALTER TABLE otel.otel_traces DROP PARTITION '2026-11-18'")
  await engine.close()
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: folder.path, ...ports, retentionDays: 100_000 })
  let sent = 0
  for (const spans of [all.filter((span, i) => !isLate(span, i)), all.filter(isLate)]) {
    const url = `${collector.addresses.otlpHttp}/v1/traces`
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url, { method: 'POST', headers, body: otlp(spans) })
    expect(answer.status).toBe(200)
    sent += spans.length
    await vi.waitFor(() => expect(collector.status().traces.stored).toBe(sent), 60_000)
  }
})
afterAll(async () => {
  await collector?.stop()
  folder.remove()
})
const { dataDir } = rememberingStore(() => collector.addresses)

type Row = Record<string, string | number | null>

async function ask(args: string[], { from, to }: Window): Promise<{ rows: Row[]; notes: string }> {
  const words = [...args, '--from', from, '--to', to, '--data', dataDir, '--json', '-v']
  const { stdout, stderr, exit } = await runHere(words, { env: { OTRACE_NOW: NOW } })
  expect(exit, stderr).toBe(0)
  return { rows: JSON.parse(stdout), notes: stderr.replaceAll(/\s+/g, ' ') }
}

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
const amount = (spans: Span[]) => sum(spans.map(({ weight }) => weight))
const isRequest = ({ kind, parent }: Span) => kind === 2 || parent === ''

/** Nearest rank, each value as often as its weight says; null of none. */
function quantile(values: [value: number, weight: number][], level: number): number | null {
  const wanted = level * sum(values.map(([, weight]) => weight)) * (1 - 1e-12)
  let seen = 0
  for (const [value, weight] of values.toSorted((a, b) => a[0] - b[0])) {
    seen += weight
    if (seen >= wanted) return value
  }
  return null
}
const durations = (spans: Span[]) =>
  spans.map(({ duration, weight }): [number, number] => [duration, weight])
const three = (spans: Span[]) => ({
  p50: quantile(durations(spans), 0.5),
  p95: quantile(durations(spans), 0.95),
  p99: quantile(durations(spans), 0.99),
})

function grouped<T>(items: T[], key: (item: T) => string): Map<string, T[]> {
  const found = new Map<string, T[]>()
  for (const item of items) found.set(key(item), [...(found.get(key(item)) ?? []), item])
  return found
}

/** The rows have the cells of `wanted`, in any order; durations within a share, other numbers exactly. */
function expectRows(rows: Row[], wanted: Row[], keys: string[], tolerance = 0): void {
  const key = (row: Row) => keys.map((name) => row[name]).join('\0')
  expect(rows.map(key).sort()).toEqual(wanted.map(key).sort())
  const known = new Map(rows.map((row) => [key(row), row]))
  for (const row of wanted) {
    const given = known.get(key(row))!
    for (const [name, cell] of Object.entries(row)) {
      const label = `${key(row)} ${name}: ${given[name]} instead of ${cell}`
      if (typeof cell !== 'number') expect(given[name], label).toBe(cell)
      else {
        const within = /^p\d\d/.test(name) ? tolerance : 1e-9
        expect(Math.abs(Number(given[name]) - cell), label).toBeLessThanOrEqual(
          Math.abs(cell) * within + (within > 1e-9 ? 1 : 1e-6),
        )
      }
    }
  }
}

const seconds = ({ from, to }: Window) => (Date.parse(to) - Date.parse(from)) / 1000

const services = (window: Window): Row[] =>
  [...grouped(within(window), ({ service }) => service)].map(([service, spans]) => {
    const requests = spans.filter(isRequest)
    const failed = amount(requests.filter(({ failed }) => failed))
    return {
      ...{ service, spans: amount(spans), requests: amount(requests), errors: failed },
      ...{ rps: amount(requests) / seconds(window), error_share: failed / amount(requests) },
      ...{ samples: requests.length, ...three(requests) },
      first_seen: iso(Math.min(...spans.map(({ start }) => start))),
    }
  })

const operations = (window: Window): Row[] =>
  [...grouped(within(window), ({ service, name, kind }) => `${service}\0${name}\0${kind}`)].map(
    ([, spans]) => ({
      ...{ service: spans[0]!.service, name: spans[0]!.name, spans: amount(spans) },
      errors: amount(spans.filter(({ failed }) => failed)),
      total: sum(spans.map(({ duration, weight }) => duration * weight)),
      ...{ samples: spans.length, ...three(spans) },
    }),
  )

const rates = (window: Window): Row[] =>
  [...grouped(within(window).filter(isRequest), ({ service }) => service)].flatMap(
    ([series, spans]) =>
      [...grouped(spans, ({ start }) => String(Math.floor(start / HOUR)))].map(([hour, some]) => ({
        ...{ series, time: iso(Number(hour) * HOUR), amount: amount(some) },
      })),
  )

describe.each([
  ['sums of hours', PLAIN, /within 1\.6 %/, 0.016],
  ['sampled spans among others', SAMPLED, /counts extrapolated/, 0.004],
  ['a deleted day', DELETED, /counts extrapolated/, 0.004],
])('%s', (_, window, note, tolerance) => {
  test('services', async () => {
    const { rows, notes } = await ask(['services'], window)
    expect(notes).toMatch(note)
    expectRows(rows, services(window), ['service'], tolerance)
    const exact = await ask(['services', '--exact'], window)
    expectRows(exact.rows, services(window), ['service'], tolerance === 0.016 ? 0 : tolerance)
  })

  test('operations', async () => {
    const { rows } = await ask(['operations', '--limit', '50'], window)
    expectRows(rows, operations(window), ['service', 'name'], tolerance)
  })

  test('rps', async () => {
    const { rows } = await ask(['rps', '--by', 'service', '--bucket', '1h'], window)
    const counted = rows
      .map(({ series, time, rps, covered }) => ({
        ...{ series: series!, time: time!, amount: Number(rps) * Number(covered) * 3600 },
      }))
      .filter((row) => row.amount > 1e-9)
    expectRows(counted, rates(window), ['series', 'time'])
  })

  test('map', async () => {
    const { rows } = await ask(['map'], window)
    expectRows(rows, calls(window), ['from', 'to'], tolerance === 0.016 ? 0 : tolerance)
  })
})

/** Who calls whom: requests with the span above them, and calls of databases. */
function calls(window: Window): Row[] {
  const spans = within(window)
  const known = new Map(all.map((span) => [span.id, span]))
  const made = spans.flatMap((span) => {
    const above = known.get(span.parent)
    const database = span.attributes['db.namespace']
    const one = { span, gap: 0, seen: true, answered: true }
    if (isRequest(span)) {
      const from = above?.service ?? ''
      const gap = above ? above.duration - span.duration : 0
      const seen = above?.kind === 3
      return [{ ...one, from, to: span.service, waited: above?.duration ?? 0, gap, seen }]
    }
    if (database === undefined) return []
    const to = `postgresql ${database}`
    return [{ ...one, from: span.service, to, waited: span.duration, answered: false }]
  })
  return [...grouped(made, ({ from, to }) => `${from}\0${to}`)].map(([, some]) => {
    const { from, to, answered } = some[0]!
    const own = some.map(({ span }) => span)
    const waiting = some.filter(({ seen }) => seen)
    const p95 = (ones: typeof some, value: (one: (typeof some)[number]) => number) =>
      quantile(
        ones.map((one) => [value(one), one.span.weight]),
        0.95,
      )
    return {
      ...{ from, to, calls: amount(own), rps: amount(own) / seconds(window) },
      error_share: amount(own.filter(({ failed }) => failed)) / amount(own),
      p95_caller: p95(waiting, ({ waited }) => waited),
      p95_called: answered ? p95(some, ({ span }) => span.duration) : null,
      p95_gap: answered ? p95(waiting, ({ gap }) => gap) : null,
      samples: own.length,
    }
  })
}

describe.each([
  ['within', WITHIN],
  ['at the start of', FIRST],
  ['at the end of', LAST],
])('%s a long trace', (_, window) => {
  test('events are those of the window', async () => {
    const { rows } = await ask(['events'], window)
    const inside = (at: number) => within(window, [{ ...all[0]!, start: at }]).length === 1
    const wanted = all
      .flatMap(({ service, name, events = [] }) => events.map((at) => ({ service, name, at })))
      .filter(({ at }) => inside(at))
      .sort((a, b) => b.at - a.at)
    expect(wanted.length).toBeGreaterThan(3)
    expect(rows.map(({ time, service, span }) => [time, service, span])).toEqual(
      wanted.map(({ at, service, name }) => [iso(at), service, name]),
    )
  })

  test('--trace-attr chooses the spans of the window', async () => {
    const flags = ['operations', '--trace-attr', 'user.id=user-long']
    const { rows } = await ask(flags, window)
    const wanted = grouped(
      within(window).filter(({ service }) => service === 'nightly'),
      ({ name }) => name,
    )
    const counts = Object.fromEntries([...wanted].map(([name, spans]) => [name, spans.length]))
    expect(Object.fromEntries(rows.map(({ name, spans }) => [name, spans]))).toEqual(counts)
    const top = await ask(['top', 'name', ...flags.slice(1)], window)
    expect(Object.fromEntries(top.rows.map(({ value, spans }) => [value, spans]))).toEqual(counts)
  })
})

const byId = new Map(all.map((span) => [span.id, span]))

/** The id of the next failed span above, if any. */
function failedAbove({ parent }: Span): string | undefined {
  const up = byId.get(parent)
  return up && !up.failed ? failedAbove(up) : up?.id
}

describe.each([
  ['whole hours', PLAIN],
  ['sampled spans', SAMPLED],
])('errors of %s', (_, window) => {
  test.each(['none', 'user.id', 'service', 'host.name'])('--by %s', async (by) => {
    const { rows } = await ask(['errors', '--by', by, '--limit', '100'], window)
    const failed = within(window).filter((span) => span.failed)
    const above = new Set(failed.map(failedAbove))
    const began = failed.filter(({ id }) => !above.has(id))
    const dimension = ({ service, attributes }: Span) =>
      by === 'service' ? service : by === 'host.name' ? 'h' : (attributes[by] ?? '(absent)')
    const key = (span: Span) => [span.service, span.name, dimension(span)].join('\0')
    const wanted = [...grouped(began, key).values()].map((spans) => {
      const last = spans.reduce((a, b) => (b.start > a.start ? b : a))
      return {
        ...{ service: last.service, name: last.name, errors: amount(spans) },
        ...{ type: 'fault', message: '(no message)', example: null, status: null, exception: '' },
        ...{ last_seen: iso(last.start), last_trace_id: last.trace },
        ...(by === 'none' ? {} : { [by]: dimension(last) }),
      }
    })
    expect(wanted.length).toBeGreaterThan(by === 'user.id' ? 1 : 0)
    expectRows(rows, wanted, ['service', 'name', ...(by === 'none' ? [] : [by])])
  })
})

test.each([
  ['product.id', 'service_buy_product'],
  ['product.quantity', 'service_buy_product'],
  ['db.namespace', 'SELECT stock'],
  ['nothing', 'handle'],
])('latency --by %s', async (by, name) => {
  const flags = ['latency', '--name', name, '--by', by, '--values', '2', '--bucket', '6h']
  const { rows } = await ask(flags, SAMPLED)
  const spans = within(SAMPLED).filter((span) => span.name === name)
  const dimension = ({ attributes }: Span) => attributes[by] ?? '(absent)'
  const most = [...grouped(spans, dimension)]
    .map(([value, own]) => ({ value, weight: amount(own) }))
    .sort((a, b) => b.weight - a.weight || (a.value < b.value ? -1 : 1))
    .slice(0, 2)
    .map(({ value }) => value)
  const shown = (span: Span) =>
    ['(absent)', ...most].includes(dimension(span)) ? dimension(span) : '(other)'
  const bucketOf = ({ start }: Span) => Math.floor(start / (6 * HOUR)) * 6 * HOUR
  const wanted = [...grouped(spans, (span) => `${shown(span)}\0${bucketOf(span)}`).values()].map(
    (own) => ({
      ...{ series: shown(own[0]!), time: iso(bucketOf(own[0]!)), samples: own.length },
      ...three(own),
    }),
  )
  const counted = rows.filter(({ samples }) => samples !== 0)
  expectRows(counted, wanted, ['series', 'time'], 0.004)
})

test('journey', async () => {
  const { rows } = await ask(['journey', 'user-3'], SAMPLED)
  const own = within(SAMPLED).filter(({ attributes }) => attributes['user.id'] === 'user-3')
  const theirs = new Set(own.map(({ trace }) => trace))
  const wanted = all.filter((span) => theirs.has(span.trace) && isRequest(span))
  expect(wanted.length).toBeGreaterThan(50)
  expect(
    rows.map(({ time, service, request, duration }) => [time, service, request, duration]),
  ).toEqual(
    wanted
      .toSorted((a, b) => a.start - b.start)
      .map(({ start, service, name, duration }) => [iso(start), service, name, duration]),
  )
})

test('a journey has the request that began before the window, of a user in it', async () => {
  const window = { from: '2026-11-19T13:00:00.000000001Z', to: '2026-11-19T13:10:00Z' }
  const { rows } = await ask(['journey', 'user-long'], window)
  expect(rows.map(({ time, request }) => [time, request])).toEqual([[iso(7 * HOUR), 'night']])
})

const purchases = (window: Window) =>
  within(window).filter(({ name, failed }) => name === 'service_buy_product' && !failed)
const units = (spans: Span[]) =>
  sum(spans.map(({ attributes, weight }) => Number(attributes['product.quantity']) * weight))

test('buyers', async () => {
  const { rows } = await ask(['buyers', 'product-1'], SAMPLED)
  const own = purchases(SAMPLED).filter(
    ({ attributes }) => attributes['product.id'] === 'product-1',
  )
  const wanted = [...grouped(own, ({ attributes }) => attributes['user.id']!)].map(
    ([user_id, spans]) => {
      const last = spans.reduce((a, b) => (b.start > a.start ? b : a))
      const last_purchase = iso(last.start)
      return {
        ...{ user_id, purchases: amount(spans), units: units(spans), last_purchase },
        last_trace_id: last.trace,
      }
    },
  )
  expectRows(rows, wanted, ['user_id'])
})

test('top --sum', async () => {
  const flags = ['top', 'product.id', '--sum', 'product.quantity', '--values', '2']
  const { rows } = await ask(flags, SAMPLED)
  const spans = within(SAMPLED)
  const byProduct = grouped(spans, ({ attributes }) => attributes['product.id'] ?? '(absent)')
  const most = [...byProduct]
    .filter(([value]) => value !== '(absent)')
    .map(([value, own]) => ({ value, weight: amount(own) }))
    .sort((a, b) => b.weight - a.weight || (a.value < b.value ? -1 : 1))
    .slice(0, 2)
    .map(({ value }) => value)
  const quantity = (own: Span[]) => {
    const having = own.filter(({ attributes }) => 'product.quantity' in attributes)
    return having.length === 0 ? null : units(having)
  }
  const shown = (value = '(absent)') =>
    value === '(absent)' || most.includes(value) ? value : '(other)'
  const wanted = [...grouped(spans, ({ attributes }) => shown(attributes['product.id']))].map(
    ([value, own]) => ({
      ...{ value, spans: amount(own), share: amount(own) / amount(spans), samples: own.length },
      error_share: amount(own.filter(({ failed }) => failed)) / amount(own),
      ...{ p50: three(own).p50, p95: three(own).p95 },
      sum: quantity(own),
    }),
  )
  expectRows(rows, wanted, ['value'], 0.004)
})

test('a dashboard says that spans of its window are sampled', async () => {
  const window = ['--from', SAMPLED.from, '--to', SAMPLED.to, '--data', folder.path]
  const { stderr } = await runHere(['dashboard', ...window], { env: { OTRACE_NOW: NOW } })
  expect(stderr).toContain('counts extrapolated from sampled spans')
})

test('gc of four runtimes', async () => {
  const { rows } = await ask(['gc'], SAMPLED)
  const wanted = [...grouped(within(SAMPLED), (span) => span.attributes['process.pid'] ?? '')]
    .filter(([pid]) => pid !== '')
    .map(([pid, spans]) => {
      const { runtime, of, count, heap, time, collected } = RUNTIMES[(Number(pid) - 100) >> 1]!
      const numbersOf = (key: string) => spans.map(({ attributes }) => Number(attributes[key]))
      const grown = (counts: number[]) =>
        sum(counts.slice(1).map((n, i) => (n >= counts[i]! ? n - counts[i]! : n)))
      const collections = grown(numbersOf(count))
      return {
        ...{ pid, runtime, spans: spans.length, minor: 0, major: 0, other: 0, [of]: collections },
        ...{ gc_time: time ? collections * 1e6 : null, heap_last: numbersOf(heap).at(-1)! },
        heap_max: Math.max(...numbersOf(heap)),
        collected: collected ? grown(numbersOf(collected)) : null,
      }
    })
  expect(wanted).toHaveLength(8)
  expectRows(rows, wanted, ['pid'])
})

test('repeats', async () => {
  const { rows } = await ask(['repeats'], SAMPLED)
  const inside = within(SAMPLED)
  const loops = [
    ...grouped(
      inside.filter(({ name }) => name === 'SELECT price'),
      ({ trace }) => trace,
    ).values(),
  ].filter((loop) => loop.length > 4)
  // Of an even number, a median by nearest rank is not the upper one.
  expect(loops.length % 2).toBe(0)
  const lengths = loops.map((loop): [number, number] => [loop.length, 1])
  const time = sum(loops.flat().map(({ duration }) => duration))
  const handled = new Set(inside.flatMap(({ name, trace }) => (name === 'handle' ? [trace] : [])))
  const wanted = {
    ...{ type: 'loop', service: 'api', under: 'handle', call: 'SELECT price', time },
    query: 'SELECT price FROM products WHERE id = ?',
    calls_p50: quantile(lengths, 0.5),
    calls_p99: quantile(lengths, 0.99),
    ...{ traces: loops.length, samples: loops.length, share: loops.length / handled.size },
    time_each: Math.floor(time / loops.length),
  }
  expectRows(rows, [wanted], ['call'])
})

/** Adds the time of a span's critical path to each name: backwards, into the child that ended last. */
function walk(span: Span, children: Map<string, Span[]>, add: (span: Span, time: number) => void) {
  let at = span.start + span.duration
  const left = [...(children.get(span.id) ?? [])]
  while (left.length > 0) {
    left.sort((a, b) => a.start + a.duration - (b.start + b.duration))
    const last = left.pop()!
    if (last.start >= at) continue
    add(span, at - (last.start + last.duration))
    walk(last, children, add)
    at = last.start
  }
  add(span, at - span.start)
}

test('critical', async () => {
  const { rows } = await ask(['critical', '--service', 'web', '--slow', '40ms'], PLAIN)
  const sides = [false, true].map((isSlow) =>
    traces.filter((spans) => {
      const [root] = spans as [Span]
      return within(PLAIN, [root]).length === 1 && root.duration >= 40 * MS === isSlow
    }),
  )
  expect(Math.min(...sides.map(({ length }) => length))).toBeGreaterThan(20)
  const measured = sides.map((side) => {
    const times = new Map<string, number>()
    const counts = new Map<string, number>()
    for (const spans of side) {
      const children = grouped(spans, ({ parent }) => parent)
      const raise = (map: Map<string, number>, { service, name }: Span, by: number) =>
        map.set(`${service}\0${name}`, (map.get(`${service}\0${name}`) ?? 0) + by)
      walk(spans[0]!, children, (span, time) => raise(times, span, time))
      for (const span of spans) raise(counts, span, 1)
    }
    const mean = (map: Map<string, number>, key: string) => (map.get(key) ?? 0) / side.length
    return { times, counts, mean, whole: sum(side.map(([root]) => root!.duration)) / side.length }
  })
  const [others, slow] = measured as [(typeof measured)[0], (typeof measured)[0]]
  const keys = new Set([...others.counts.keys(), ...slow.counts.keys()])
  const wanted = [...keys].map((key) => {
    const [service, name] = key.split('\0')
    const [a, b] = [others.mean(others.times, key), slow.mean(slow.times, key)]
    const [m, n] = [others.mean(others.counts, key), slow.mean(slow.counts, key)]
    const both = (others.times.get(key) ?? 0) + (slow.times.get(key) ?? 0)
    return {
      ...{ service: service!, name: name!, slow: Math.round(b), others: Math.round(a) },
      ...{ difference: Math.round(b - a), share: (b - a) / (slow.whole - others.whole) },
      ...{ slow_calls: n, other_calls: m },
      self: Math.round(both / (sides[0]!.length + sides[1]!.length)),
      more_calls: Math.round(((n - m) * (a / m + b / n)) / 2),
      slower_calls: Math.round(((b / n - a / m) * (m + n)) / 2),
    }
  })
  expectRows(rows, wanted, ['service', 'name'])
})
