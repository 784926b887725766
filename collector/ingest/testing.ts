/** A collector process, numbered requests, and a check that each is stored once. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@clickhouse/client'
import { expect } from 'vitest'
import { bundled } from '../../test/bundled.ts'
import { readAddressFile } from '../address-file.ts'
import { start } from '../main.ts'
import { jsonToProtobuf } from '../otlp/json.ts'
import { WireWriter } from '../otlp/wire.ts'
import type { Durability } from './spool.ts'

const SPANS_PER_REQUEST = 500
const OTHERS_PER_REQUEST = 30
/** The spans of each request lie on three days, so that each INSERT makes three parts. */
const DAYS = 3

/** Numbers of the requests that were acknowledged. */
export class Acknowledged {
  readonly traces = new Set<number>()
  readonly logs = new Set<number>()
  readonly metrics = new Set<number>()
  next = 0
  /**
   * Answers that arrive from now on come from a machine that is off. While EXT4_IOC_SHUTDOWN runs, fdatasync() returns
   * 0 for lost data: of a bare program's 29 in 40 cuts 9 were lost, of 15,524 before none. 65 late answers here: 1
   * lost.
   */
  isOff = false
}

export interface CollectorProcess {
  child: ChildProcess
  otlpHttp: string
  clickhouse: string
}

let program: string | undefined

/** Starts a collector that ends with exit code 0 on SIGTERM. */
export async function startProcess(
  dataDir: string,
  durability: Durability = 'os',
): Promise<CollectorProcess> {
  program ??= bundled(`
    import { start } from './collector/main.ts'
    const [dataDir, durability] = process.argv.slice(2)
    const collector = await start({ dataDir, durability, otlpHttpPort: 0, clickhousePort: 0, minFreeDisk: 0 })
    process.on('SIGTERM', async () => { await collector.stop(true); process.exit(0) })`)
  const child = spawn(process.execPath, [program, dataDir, durability], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  for (;;) {
    const addresses = readAddressFile(dataDir)
    if (addresses?.pid === child.pid && addresses) return { child, ...addresses }
    const end = child.exitCode ?? child.signalCode
    if (end !== null) throw new Error(`the collector ended with ${end}`)
    await sleep(20)
  }
}

/** Sends requests until `endAt`, then does `end`, and waits for the process to be gone. */
export async function sendUntil(
  collector: CollectorProcess,
  acknowledged: Acknowledged,
  endAt: number,
  end: () => void,
): Promise<void> {
  const before = sizes(acknowledged)
  let isEnding = false
  const send = async (signal: 'traces' | 'logs' | 'metrics') => {
    while (!isEnding) {
      const number = acknowledged.next++
      const body = signal === 'traces' ? spans(number) : others(signal, number)
      const status = await post(collector.otlpHttp, body, signal).catch(() => undefined)
      if (status === 200 && !acknowledged.isOff) acknowledged[signal].add(number)
    }
  }
  const signals = ['traces', 'traces', 'traces', 'traces', 'logs', 'metrics'] as const
  const senders = signals.map(send)
  await sleep(Math.max(0, endAt - Date.now()))
  // A busy machine may not have answered any yet.
  const isNew = () => sizes(acknowledged).every((size, i) => size > before[i]!)
  while (!isNew()) await sleep(20)
  isEnding = true
  const ended = once(collector.child, 'exit')
  end()
  await ended
  await Promise.all(senders)
}

const sizes = ({ traces, logs, metrics }: Acknowledged) => [traces.size, logs.size, metrics.size]

interface Counted {
  request: number
  spans: number
  distinct_spans: number
}

/** Expects every acknowledged request exactly once, and none in part. @param damaged requests that may be missing */
export async function expectStored(
  dataDir: string,
  acknowledged: Acknowledged,
  damaged: ReadonlySet<number> = new Set(),
): Promise<void> {
  const last = await start({ dataDir, receive: false })
  const client = createClient({ url: last.addresses.clickhouse })
  const ask = async (query: string) => {
    const rows = await (await client.query({ query, format: 'JSONEachRow' })).json<Counted>()
    return rows.filter(({ request }) => !damaged.has(request))
  }
  const stored = await ask(
    `SELECT toUInt32(SpanAttributes['request']) AS request, count() AS spans, uniqExact(SpanId) AS distinct_spans
     FROM otel_traces GROUP BY request`,
  )
  const found = await ask(
    `SELECT toUInt32(substring(TraceId, 1, 8)) AS request, max(End) - min(Start) AS spans, 0 AS distinct_spans
     FROM otel_traces_trace_id_ts GROUP BY request, TraceId`,
  )
  const [logs, gauges, sums] = await Promise.all(
    ['otel_logs', 'otel_metrics_gauge', 'otel_metrics_sum'].map((table) =>
      ask(
        `SELECT toUInt32(ServiceName) AS request, count() AS spans, 0 AS distinct_spans
         FROM ${table} GROUP BY request`,
      ),
    ),
  )
  await client.close()
  await last.stop()

  const others = [...logs!, ...gauges!, ...sums!]
  expect(others.filter((row) => row.spans !== OTHERS_PER_REQUEST)).toEqual([])
  const wrong = stored.filter(
    (row) => row.spans !== SPANS_PER_REQUEST || row.distinct_spans !== SPANS_PER_REQUEST,
  )
  expect(wrong).toEqual([])
  const requests = (rows: Counted[]) => new Set(rows.map((row) => row.request))
  const missing = (numbers: Set<number>, rows: Counted[]) => {
    const there = requests(rows)
    return [...numbers].filter((number) => !there.has(number) && !damaged.has(number))
  }
  expect(missing(acknowledged.traces, stored)).toEqual([])
  expect(missing(acknowledged.logs, logs!)).toEqual([])
  expect(missing(acknowledged.metrics, gauges!)).toEqual([])
  expect(requests(sums!)).toEqual(requests(gauges!))
  // The lookup table knows each trace from its first day to its last.
  expect(requests(found)).toEqual(requests(stored))
  expect(new Set(found.map((row) => row.spans))).toEqual(new Set([(DAYS - 1) * 86_400]))
}

async function post(otlpHttp: string, body: Buffer, signal: string): Promise<number> {
  const answer = await fetch(`${otlpHttp}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  })
  await answer.arrayBuffer()
  return answer.status
}

const timeOf = (i: number) => 1_790_000_000_000_000_000n + BigInt(i % DAYS) * 86_400_000_000_000n

/** Log records, or gauges and as many sums, on several days; their service's name is the request's number. */
function others(signal: 'logs' | 'metrics', number: number): Buffer {
  const resource = {
    attributes: [{ key: 'service.name', value: { stringValue: String(number) } }],
  }
  const points = Array.from({ length: OTHERS_PER_REQUEST }, (_, i) => ({
    timeUnixNano: String(timeOf(i)),
  }))
  const dataPoints = points.map((point) => ({ ...point, asInt: 1 }))
  const metrics = [
    { name: 'g', gauge: { dataPoints } },
    { name: 's', sum: { dataPoints } },
  ]
  const body =
    signal === 'logs'
      ? { resourceLogs: [{ resource, scopeLogs: [{ logRecords: points }] }] }
      : { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }
  return jsonToProtobuf(signal, Buffer.from(JSON.stringify(body)))
}

/** Spans that name their request; their trace id begins with its number. */
function spans(number: number): Buffer {
  const out = new WireWriter(SPANS_PER_REQUEST * 100)
  const traceId = Buffer.from(String(number).padStart(8, '0').padEnd(32, 'f'), 'hex')
  out.message(1, (resourceSpans) =>
    resourceSpans.message(2, (scopeSpans) => {
      for (let i = 0; i < SPANS_PER_REQUEST; i++) {
        scopeSpans.message(2, (span) => {
          const id = Buffer.alloc(8)
          id.writeUInt32BE(number, 0)
          id.writeUInt32BE(i + 1, 4)
          span.raw(1, traceId)
          span.raw(2, id)
          span.string(5, `operation ${i % 10}`)
          span.fixed64(7, timeOf(i))
          span.message(9, (attribute) => {
            attribute.string(1, 'request')
            attribute.message(2, (value) => value.varint(3, number))
          })
        })
      }
    }),
  )
  return out.bytes()
}
