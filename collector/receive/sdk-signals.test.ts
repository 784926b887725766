/** Logs and metrics from the OpenTelemetry SDK, over each protocol. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { SeverityNumber } from '@opentelemetry/api-logs'
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc'
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { logs, metrics } from '@opentelemetry/sdk-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { type Collector, start } from '../main.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-sdk-signals-'))
let collector: Collector

beforeAll(async () => {
  collector = await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
})
afterAll(async () => {
  await collector.stop()
  removeFolder(dataDir)
})

const http = (signal: string) => ({ url: `${collector.addresses.otlpHttp}/v1/${signal}` })
const grpc = () => ({ url: collector.addresses.otlpGrpc! })
const resource = (service: string) =>
  resourceFromAttributes({ 'service.name': service, 'host.cores': 4 })

test.each([
  ['http/protobuf', () => new ProtobufLogs(http('logs'))],
  ['http/json', () => new JsonLogs(http('logs'))],
  ['grpc', () => new GrpcLogs(grpc())],
])('the SDK over %s: every field of a log record is read back equal', async (service, exporter) => {
  const provider = new logs.LoggerProvider({
    resource: resource(service),
    processors: [new logs.SimpleLogRecordProcessor({ exporter: exporter() })],
  })
  const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
  provider.getLogger('lib', '1.2.3').emit({
    eventName: 'bought',
    timestamp: [1_790_000_000, 123_456_789],
    severityNumber: SeverityNumber.WARN2,
    severityText: 'WARN',
    body: { b: [1, 2.5, 'x', null], a: { deep: { deeper: { deepest: true } } } },
    attributes: {
      text: 'é\n"',
      int: 7,
      double: 0.1,
      list: ['x', 'y'],
      map: { z: 1, y: [{}] },
      bytes: new Uint8Array([0, 255]),
    },
    context: trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: 1 }),
  })
  await provider.shutdown()
  expect(await rows('otel_logs', service, 1)).toEqual([
    {
      Timestamp: '2026-09-21 14:13:20.123456789',
      TraceId: ids.traceId,
      SpanId: ids.spanId,
      TraceFlags: 1,
      SeverityText: 'WARN',
      SeverityNumber: 14,
      ServiceName: service,
      Body: '{"a":{"deep":{"deeper":{"deepest":true}}},"b":[1,2.5,"x",null]}',
      ResourceSchemaUrl: '',
      ResourceAttributes: { 'host.cores': '4', 'service.name': service },
      ScopeSchemaUrl: '',
      ScopeName: 'lib',
      ScopeVersion: '1.2.3',
      ScopeAttributes: {},
      LogAttributes: {
        bytes: 'AP8=',
        double: '0.1',
        int: '7',
        list: '["x","y"]',
        map: '{"y":[{}],"z":1}',
        text: 'é\n"',
      },
      EventName: 'bought',
    },
  ])
})

test.each([
  ['http/protobuf', () => new ProtobufMetrics(http('metrics'))],
  ['http/json', () => new JsonMetrics(http('metrics'))],
  ['grpc', () => new GrpcMetrics(grpc())],
])('the SDK over %s: every kind of metric is read back equal', async (service, exporter) => {
  const provider = new metrics.MeterProvider({
    resource: resource(service),
    readers: [new metrics.PeriodicExportingMetricReader({ exporter: exporter() })],
    views: [
      {
        instrumentName: 'sizes',
        aggregation: { type: metrics.AggregationType.EXPONENTIAL_HISTOGRAM },
      },
    ],
  })
  const meter = provider.getMeter('lib', '1.2.3')
  const attributes = { route: '/x', code: 200 }
  meter.createGauge('temperature', { description: 'd', unit: 'Cel' }).record(-1.5, attributes)
  meter.createCounter('sold', { unit: '{item}' }).add(7, attributes)
  const levels = meter.createUpDownCounter('level')
  levels.add(2, attributes)
  levels.add(-5, attributes)
  const durations = meter.createHistogram('durations', {
    unit: 's',
    advice: { explicitBucketBoundaries: [1, 10] },
  })
  for (const value of [0.5, 5, 6, 50]) durations.record(value, attributes)
  const sizes = meter.createHistogram('sizes')
  for (const value of [0, 1, 1024]) sizes.record(value, attributes)
  await provider.shutdown()

  const common = {
    ResourceAttributes: { 'host.cores': '4', 'service.name': service },
    ServiceName: service,
    ScopeName: 'lib',
    ScopeVersion: '1.2.3',
    Attributes: { code: '200', route: '/x' },
  }
  expect(await rows('otel_metrics_gauge', service, 1)).toMatchObject([
    {
      ...common,
      MetricName: 'temperature',
      MetricDescription: 'd',
      MetricUnit: 'Cel',
      Value: -1.5,
    },
  ])
  expect(await rows('otel_metrics_sum', service, 2)).toMatchObject([
    { ...common, MetricName: 'level', Value: -3, IsMonotonic: false, AggregationTemporality: 2 },
    {
      ...common,
      MetricName: 'sold',
      MetricUnit: '{item}',
      Value: 7,
      IsMonotonic: true,
      AggregationTemporality: 2,
    },
  ])
  expect(await rows('otel_metrics_histogram', service, 1)).toMatchObject([
    {
      ...common,
      MetricName: 'durations',
      Count: 4,
      Sum: 61.5,
      Min: 0.5,
      Max: 50,
      ExplicitBounds: [1, 10],
      BucketCounts: [1, 2, 1],
      AggregationTemporality: 2,
    },
  ])
  const [exponential] = (await rows('otel_metrics_exponential_histogram', service, 1)) as [
    { Scale: number; PositiveOffset: number; PositiveBucketCounts: number[] },
  ]
  expect(exponential).toMatchObject({
    ...common,
    MetricName: 'sizes',
    Count: 3,
    Sum: 1025,
    ZeroCount: 1,
    Min: 0,
    Max: 1024,
  })
  // The two values lie in the buckets whose bounds, by scale and offset, hold them.
  const { Scale, PositiveOffset, PositiveBucketCounts } = exponential
  const bounds = PositiveBucketCounts.flatMap((count, index) =>
    count > 0 ? [2 ** ((PositiveOffset + index + 1) / 2 ** Scale)] : [],
  )
  expect(bounds).toHaveLength(2)
  expect(bounds[0]).toBeCloseTo(1, 0)
  expect(Math.log2(bounds[1]!)).toBeCloseTo(10, 0)
})

/** A service's rows, once there are as many. */
async function rows(table: string, service: string, count: number): Promise<unknown[]> {
  const client = createClient({ url: collector.addresses.clickhouse })
  const order = table === 'otel_logs' ? 'Timestamp' : 'MetricName'
  try {
    for (;;) {
      const answer = await client.query({
        query: `SELECT * FROM ${table} WHERE ServiceName = {service:String} ORDER BY ${order}`,
        query_params: { service },
        format: 'JSONEachRow',
      })
      const found = await answer.json()
      if (found.length >= count) return found
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  } finally {
    await client.close()
  }
}
