/** What the ClickHouse exporter of a real Collector is sent, and its configuration. */
import { recordedRequests } from '../recording.ts'

/** An OTLP/HTTP request. */
export interface Sent {
  signal: 'traces' | 'logs' | 'metrics'
  type: string
  body: Buffer
}

/** Enough of the recorded minute for every question. */
const REQUESTS = 12
/** In that minute. */
const AT = '1795363830000000000'
const SHOP = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] }
const K = [
  { key: 'k', value: { stringValue: 'v' } },
  { key: 'n', value: { intValue: '7' } },
]
const LOG = { timeUnixNano: AT, observedTimeUnixNano: AT, attributes: K }
const POINT = { startTimeUnixNano: AT, timeUnixNano: AT, attributes: K }

const LOGS = {
  resourceLogs: [
    {
      resource: SHOP,
      scopeLogs: [
        {
          scope: { name: 'shop', version: '1' },
          logRecords: [
            {
              ...LOG,
              severityNumber: 17,
              severityText: 'ERROR',
              body: { stringValue: 'no stock' },
            },
            { ...LOG, severityNumber: 9, body: { kvlistValue: { values: K } } },
          ],
        },
      ],
    },
  ],
}

const METRICS = {
  resourceMetrics: [
    {
      resource: SHOP,
      scopeMetrics: [
        {
          metrics: [
            { name: 'g', gauge: { dataPoints: [{ ...POINT, asDouble: 1.5 }] } },
            {
              name: 's',
              sum: { aggregationTemporality: 2, dataPoints: [{ ...POINT, asInt: '3' }] },
            },
          ],
        },
      ],
    },
  ],
}

/** Spans, log records and metrics of one service and minute. */
export function signalsOf(): Sent[] {
  const json = (signal: Sent['signal'], body: object): Sent => ({
    signal,
    type: 'application/json',
    body: Buffer.from(JSON.stringify(body)),
  })
  const spans = Buffer.concat([...recordedRequests()].slice(0, REQUESTS))
  return [
    { signal: 'traces', type: 'application/x-protobuf', body: spans },
    json('logs', LOGS),
    json('metrics', METRICS),
  ]
}

/** Sends them. @param url of an OTLP/HTTP receiver */
export async function send(all: Sent[], url: string): Promise<void> {
  for (const { signal, type, body } of all) {
    const headers = { 'content-type': type }
    const init = { method: 'POST', headers, body: new Uint8Array(body) }
    const answer = await fetch(`${url}/v1/${signal}`, init)
    if (!answer.ok) throw new Error(`${signal}: ${answer.status} ${await answer.text()}`)
  }
}

/** From OTLP/HTTP on a port to ClickHouse over HTTP, as in compose/collector.yaml. */
export function exporting(port: number, endpoint: string, database: string): object {
  const pipeline = {
    receivers: ['otlp'],
    processors: ['memory_limiter', 'batch'],
    exporters: ['clickhouse'],
  }
  return {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    processors: {
      memory_limiter: { check_interval: '1s', limit_mib: 1000 },
      batch: { timeout: '100ms', send_batch_size: 5000 },
    },
    exporters: {
      clickhouse: { endpoint, database, username: 'otel', password: 'secret', timeout: '60s' },
    },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: pipeline, logs: pipeline, metrics: pipeline },
    },
  }
}
