import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@clickhouse/client'
import { afterAll, expect, test } from 'vitest'
import { readAddressFile } from './address-file.ts'
import { start } from './main.ts'
import { jsonToProtobuf } from './otlp/json.ts'
import { WireWriter } from './otlp/wire.ts'

const ROUNDS = process.env.OTRACE_LONG ? 60 : 5
const SPANS_PER_REQUEST = 500
const OTHERS_PER_REQUEST = 30
/** The spans of each request lie on three days, so that each INSERT makes three parts. */
const DAYS = 3

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-durability-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

test(
  `every acknowledged span, log record and metric is there exactly once after ${ROUNDS} kills`,
  async () => {
    const acknowledged = new Set<number>()
    const others = { logs: new Set<number>(), metrics: new Set<number>() }
    let next = 0
    for (let round = 0; round < ROUNDS; round++) {
      const collector = await startProcess()
      const killAt = Date.now() + 100 + Math.random() * 1500
      const send = async () => {
        while (Date.now() < killAt) {
          const number = next++
          const status = await post(collector.otlpHttp, request(number)).catch(() => undefined)
          if (status === 200) acknowledged.add(number)
        }
      }
      const sendOther = async (signal: 'logs' | 'metrics') => {
        while (Date.now() < killAt) {
          const number = next++
          const status = await post(collector.otlpHttp, other(signal, number), signal).catch(
            () => undefined,
          )
          if (status === 200) others[signal].add(number)
        }
      }
      const senders = [send(), send(), send(), send(), sendOther('logs'), sendOther('metrics')]
      await sleep(killAt - Date.now())
      collector.child.kill('SIGKILL')
      await once(collector.child, 'exit')
      await Promise.all(senders)
    }
    expect(acknowledged.size).toBeGreaterThan(ROUNDS)

    const last = await start({ dataDir, receive: false })
    const client = createClient({ url: last.addresses.clickhouse })
    const ask = async (query: string) =>
      (await client.query({ query, format: 'JSONEachRow' })).json<Counted>()
    const stored = await ask(
      `SELECT toUInt32(SpanAttributes['request']) AS request, count() AS spans, uniqExact(SpanId) AS distinct_spans
       FROM otel_traces GROUP BY request`,
    )
    const found = await ask(
      `SELECT toUInt32(substring(TraceId, 1, 8)) AS request, max(End) - min(Start) AS spans, 0 AS distinct_spans
       FROM otel_traces_trace_id_ts GROUP BY request, TraceId`,
    )
    const tables = await Promise.all(
      ['otel_logs', 'otel_metrics_gauge', 'otel_metrics_sum'].map((table) =>
        ask(
          `SELECT toUInt32(ServiceName) AS request, count() AS spans, 0 AS distinct_spans
           FROM ${table} GROUP BY request`,
        ),
      ),
    )
    await client.close()
    await last.stop()

    const [logs, gauges, sums] = tables.map((rows) => {
      expect(rows.filter((row) => row.spans !== OTHERS_PER_REQUEST)).toEqual([])
      return new Set(rows.map((row) => row.request))
    })
    expect([...others.logs].filter((number) => !logs!.has(number))).toEqual([])
    expect([...others.metrics].filter((number) => !gauges!.has(number))).toEqual([])
    expect(sums).toEqual(gauges)
    expect(Math.min(others.logs.size, others.metrics.size)).toBeGreaterThan(ROUNDS)

    const wrong = stored.filter(
      (row) => row.spans !== SPANS_PER_REQUEST || row.distinct_spans !== SPANS_PER_REQUEST,
    )
    expect(wrong).toEqual([])
    const there = new Set(stored.map((row) => row.request))
    expect([...acknowledged].filter((number) => !there.has(number))).toEqual([])
    // The lookup table knows each trace from its first day to its last.
    expect(new Set(found.map((row) => row.request))).toEqual(there)
    expect(new Set(found.map((row) => row.spans))).toEqual(new Set([(DAYS - 1) * 86_400]))
  },
  ROUNDS * 20_000,
)

interface Counted {
  request: number
  spans: number
  distinct_spans: number
}

/** A collector in a process of its own, with what the last one left already loading. */
async function startProcess(): Promise<{ child: ChildProcess; otlpHttp: string }> {
  const script = `
    import { start } from '${new URL('main.ts', import.meta.url).href}'
    await start({ dataDir: process.argv[1], otlpHttpPort: 0, clickhousePort: 0 })`
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script, dataDir],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  for (;;) {
    const addresses = readAddressFile(dataDir)
    if (addresses?.pid === child.pid && addresses) return { child, otlpHttp: addresses.otlpHttp }
    if (child.exitCode !== null) throw new Error(`the collector ended with ${child.exitCode}`)
    await sleep(20)
  }
}

async function post(otlpHttp: string, body: Buffer, signal = 'traces'): Promise<number> {
  const answer = await fetch(`${otlpHttp}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  })
  await answer.arrayBuffer()
  return answer.status
}

/** Log records, or gauges and as many sums, on several days; their service's name is the request's number. */
function other(signal: 'logs' | 'metrics', number: number): Buffer {
  const resource = {
    attributes: [{ key: 'service.name', value: { stringValue: String(number) } }],
  }
  const points = Array.from({ length: OTHERS_PER_REQUEST }, (_, i) => ({
    timeUnixNano: String(1_790_000_000_000_000_000n + BigInt(i % DAYS) * 86_400_000_000_000n),
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

/** Spans that know which request brought them; their trace id begins with its number. */
function request(number: number): Buffer {
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
          span.fixed64(7, 1_790_000_000_000_000_000n + BigInt(i % DAYS) * 86_400_000_000_000n)
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
