/**
 * Times, ids and numbers that the tables cannot hold.
 *
 * One file: all are sent to one collector.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { type Collector, start } from '../main.ts'
import { messageNamed, messageNames, SIGNALS } from '../otlp/proto.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-repair-'))
let collector: Collector

beforeAll(async () => {
  collector = await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
})
afterAll(async () => {
  await collector.stop()
  removeFolder(dataDir)
})

const NOW = BigInt(Date.now()) * 1_000_000n
const MAX = 2n ** 64n - 1n
const Y2106 = BigInt(Date.UTC(2106, 1, 7)) * 1_000_000n
const Y2200 = 7_258_118_400_000_000_000n
let traces = 0

interface Times {
  name?: string
  start: bigint
  end: bigint
}

/** A trace of a good root and spans with the given times. */
function trace(...odd: Times[]): { traceId: string; spans: object[] } {
  const traceId = String(++traces).padStart(32, 'a')
  const all = [{ name: 'root', start: NOW, end: NOW + 5n }, ...odd]
  const spans = all.map(({ name, start, end }, index) => ({
    traceId,
    spanId: String(index).padStart(16, 'b'),
    parentSpanId: index === 0 ? '' : '0'.padStart(16, 'b'),
    name: name ?? 'odd',
    kind: 2,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(end),
  }))
  return { traceId, spans }
}

async function post(signal: string, body: object): Promise<void> {
  const response = await fetch(`${collector.addresses.otlpHttp}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(200)
}

const sendSpans = (spans: object[]) =>
  post('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] })

async function rows<Row>(query: string, count: number): Promise<Row[]> {
  const client = createClient({ url: collector.addresses.clickhouse })
  try {
    for (;;) {
      const found = await (await client.query({ query, format: 'JSONEachRow' })).json<Row>()
      if (found.length >= count) return found
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  } finally {
    await client.close()
  }
}

const ODD = `SELECT toString(toUnixTimestamp64Nano(Timestamp)) AS start, toString(Duration) AS duration,
  SpanAttributes['otrace.time.invalid'] AS said FROM otel.otel_traces WHERE SpanName = 'odd' AND TraceId = `

test.each<[string, Times, { start: bigint; duration: bigint; said: string }]>([
  [
    'starts and ends at the last number there is',
    { start: MAX, end: MAX },
    { start: NOW, duration: 0n, said: `start_time_unix_nano=${MAX} end_time_unix_nano=${MAX}` },
  ],
  [
    'starts in 2200',
    { start: Y2200, end: Y2200 + 5n },
    {
      start: NOW,
      duration: 0n,
      said: `start_time_unix_nano=${Y2200} end_time_unix_nano=${Y2200 + 5n}`,
    },
  ],
  [
    'starts on the day that 32 bits of seconds do not hold',
    { start: Y2106, end: Y2106 },
    { start: NOW, duration: 0n, said: `start_time_unix_nano=${Y2106} end_time_unix_nano=${Y2106}` },
  ],
  [
    'starts at the end of the day before',
    { start: Y2106 - 1n, end: Y2106 - 1n },
    { start: Y2106 - 1n, duration: 0n, said: '' },
  ],
  [
    'has no start',
    { start: 0n, end: NOW + 3n },
    { start: NOW + 3n, duration: 0n, said: 'start_time_unix_nano=0' },
  ],
  [
    'ends before its start',
    { start: NOW + 3n, end: NOW + 2n },
    { start: NOW + 3n, duration: 0n, said: `end_time_unix_nano=${NOW + 2n}` },
  ],
  [
    'has no end',
    { start: NOW + 3n, end: 0n },
    { start: NOW + 3n, duration: 0n, said: 'end_time_unix_nano=0' },
  ],
  [
    'ends in 2200',
    { start: NOW + 3n, end: Y2200 },
    { start: NOW + 3n, duration: 0n, said: `end_time_unix_nano=${Y2200}` },
  ],
])('a trace with a span that %s is found whole', async (_, odd, expected) => {
  const { traceId, spans } = trace(odd)
  await sendSpans(spans)
  const found = await rows<{ start: string; duration: string; said: string }>(
    `${ODD} '${traceId}'`,
    1,
  )
  expect(found).toEqual([
    { start: String(expected.start), duration: String(expected.duration), said: expected.said },
  ])
  // As otrace looks it up: the lookup table's seconds, which the spans' key has too.
  const whole = `SELECT count() AS spans FROM otel.otel_traces WHERE TraceId = '${traceId}'
    AND Timestamp >= (SELECT min(Start) FROM otel.otel_traces_trace_id_ts WHERE TraceId = '${traceId}')
    AND Timestamp <= (SELECT max(End) FROM otel.otel_traces_trace_id_ts WHERE TraceId = '${traceId}') + 1`
  // The lookup table is filled a moment after the spans.
  await expect.poll(() => rows(whole, 1)).toEqual([{ spans: 2 }])
})

test('a span without any time is stored at the time of receipt', async () => {
  const before = BigInt(Date.now())
  // Another one at each try.
  const traceId = randomUUID().replaceAll('-', '')
  await sendSpans([{ traceId, spanId: 'c'.repeat(16), name: 'odd' }])
  const [found] = await rows<{ start: string; said: string }>(`${ODD} '${traceId}'`, 1)
  expect(found!.said).toBe('start_time_unix_nano=0 end_time_unix_nano=0')
  expect(BigInt(found!.start) / 1_000_000n).toBeGreaterThanOrEqual(before)
  expect(BigInt(found!.start) / 1_000_000n).toBeLessThanOrEqual(BigInt(Date.now()))
})

test('an event out of range moves to the start of its span, with an attribute', async () => {
  const { traceId, spans } = trace({ start: NOW + 1n, end: NOW + 2n })
  const events = [0n, MAX, NOW + 2n].map((time) => ({ name: 'e', timeUnixNano: String(time) }))
  await sendSpans([spans[0]!, { ...spans[1], events }])
  const query = `SELECT arrayMap(t -> toString(toUnixTimestamp64Nano(t)), Events.Timestamp) AS times,
    arrayMap(a -> a['otrace.time.invalid'], Events.Attributes) AS said
    FROM otel.otel_traces WHERE SpanName = 'odd' AND TraceId = '${traceId}'`
  expect(await rows(query, 1)).toEqual([
    {
      times: [String(NOW + 1n), String(NOW + 1n), String(NOW + 2n)],
      said: ['time_unix_nano=0', `time_unix_nano=${MAX}`, ''],
    },
  ])
})

test.each([
  ['0'.repeat(32), 'd'.repeat(16), 'trace_id'],
  ['', 'd'.repeat(16), 'trace_id'],
  ['d'.repeat(32), '0'.repeat(16), 'span_id'],
  ['', '', 'trace_id span_id'],
])('a span with the ids "%s" and "%s" says so', async (traceId, spanId, said) => {
  const name = `ids ${traceId} ${spanId}`
  await sendSpans([
    { traceId, spanId, name, startTimeUnixNano: String(NOW), endTimeUnixNano: String(NOW) },
  ])
  const query = `SELECT SpanAttributes['otrace.id.invalid'] AS said FROM otel.otel_traces WHERE SpanName = '${name}'`
  expect(await rows(query, 1)).toEqual([{ said }])
})

test('a log record and a data point without a time are stored at the time of receipt', async () => {
  const before = Date.now()
  // Another one at each try.
  const name = randomUUID()
  await post('logs', {
    resourceLogs: [
      { scopeLogs: [{ logRecords: [{ observedTimeUnixNano: String(MAX), eventName: name }] }] },
    ],
  })
  await post('metrics', {
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [{ name, gauge: { dataPoints: [{ asInt: 1 }] } }] }] },
    ],
  })
  const logs = `SELECT toUnixTimestamp64Milli(Timestamp) AS ms, LogAttributes AS said
    FROM otel.otel_logs WHERE EventName = '${name}'`
  const points = `SELECT toUnixTimestamp64Milli(TimeUnix) AS ms, Attributes AS said
    FROM otel.otel_metrics_gauge WHERE MetricName = '${name}'`
  for (const query of [logs, points]) {
    const [row] = await rows<{ ms: string; said: object }>(query, 1)
    expect(row!.said).toEqual({ 'otrace.time.invalid': 'time_unix_nano=0' })
    expect(Number(row!.ms)).toBeGreaterThanOrEqual(before)
    expect(Number(row!.ms)).toBeLessThanOrEqual(Date.now())
  }
})

/** A request by the name of a field of 32 bits, with its value. */
const NARROW: Record<string, (value: string) => [signal: string, body: object]> = {
  'Span.kind': (kind) => span({ kind }),
  'Status.code': (code) => span({ status: { code } }),
  'LogRecord.severity_number': (severityNumber) => log({ logRecords: [{ severityNumber }] }),
  'Scope.dropped_attributes_count': (droppedAttributesCount) =>
    log({ scope: { droppedAttributesCount }, logRecords: [{}] }),
  'Sum.aggregation_temporality': (value) => metric('sum', {}, value),
  'Histogram.aggregation_temporality': (value) => metric('histogram', {}, value),
  'ExponentialHistogram.aggregation_temporality': (value) =>
    metric('exponentialHistogram', {}, value),
  'NumberDataPoint.flags': (flags) => metric('gauge', { flags }),
  'HistogramDataPoint.flags': (flags) => metric('histogram', { flags }),
  'ExponentialHistogramDataPoint.flags': (flags) => metric('exponentialHistogram', { flags }),
  'SummaryDataPoint.flags': (flags) => metric('summary', { flags }),
  'ExponentialHistogramDataPoint.scale': (scale) => metric('exponentialHistogram', { scale }),
  'Buckets.offset': (offset) => metric('exponentialHistogram', { positive: { offset } }),
}

const span = (odd: object): [string, object] => [
  'traces',
  { resourceSpans: [{ scopeSpans: [{ spans: [{ startTimeUnixNano: String(NOW), ...odd }] }] }] },
]
const log = (scopeLogs: object): [string, object] => [
  'logs',
  { resourceLogs: [{ scopeLogs: [scopeLogs] }] },
]
const metric = (kind: string, odd: object, temporality = '1'): [string, object] => {
  const points = { dataPoints: [odd], aggregationTemporality: temporality }
  const metrics = [{ name: 'narrow', [kind]: points }]
  return ['metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }]
}

/** Bounds of a 32-bit number, and what ClickHouse would take it for. */
const FITS = { signed: ['2147483647', '-2147483648', '-1', '99'], unsigned: ['4294967295', '256'] }
const TOO_LARGE = {
  signed: ['2147483648', '-2147483649', '4294967295', '1099511627776'],
  unsigned: ['4294967296', '-1', '1099511627776', '18446744073709551615'],
}

test('numbers of more than 32 bits are refused, and all others stored', async () => {
  const fields = [...messageNames].flatMap((name) =>
    messageNamed(name).fields.flatMap((field) =>
      field?.fifthByte === undefined ? [] : [`${name}.${field.name}`],
    ),
  )
  expect(Object.keys(NARROW).sort()).toEqual(fields.sort())
  for (const [name, request] of Object.entries(NARROW)) {
    const kind = /flags|count/.test(name) ? 'unsigned' : 'signed'
    for (const value of FITS[kind]) await post(...request(value))
    for (const value of TOO_LARGE[kind]) {
      const [signal, body] = request(value)
      const refused = await fetch(`${collector.addresses.otlpHttp}/v1/${signal}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect([name, value, refused.status]).toEqual([name, value, 400])
      expect(await refused.text()).toContain(`${name.split('.')[1]} of more than 32 bits`)
    }
  }
  const signals = () => SIGNALS.map((signal) => collector.status()[signal])
  await expect.poll(() => signals().map(({ waiting }) => waiting)).toEqual([0, 0, 0])
  expect(signals().map(({ quarantined }) => quarantined)).toEqual([0, 0, 0])
})
