/** Spans from the OpenTelemetry SDK, over each protocol. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { type Collector, start } from '../main.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-sdk-'))
let collector: Collector

beforeAll(async () => {
  collector = await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
})
afterAll(async () => {
  await collector.stop()
  removeFolder(dataDir)
})

const GZIP = 'gzip' as never
test.each([
  [
    'http/protobuf',
    () => new ProtobufExporter({ url: `${collector.addresses.otlpHttp}/v1/traces` }),
  ],
  [
    'http/protobuf gzip',
    () =>
      new ProtobufExporter({ url: `${collector.addresses.otlpHttp}/v1/traces`, compression: GZIP }),
  ],
  ['http/json', () => new JsonExporter({ url: `${collector.addresses.otlpHttp}/v1/traces` })],
  [
    'http/json gzip',
    () => new JsonExporter({ url: `${collector.addresses.otlpHttp}/v1/traces`, compression: GZIP }),
  ],
  ['grpc', () => new GrpcExporter({ url: collector.addresses.otlpGrpc! })],
  ['grpc gzip', () => new GrpcExporter({ url: collector.addresses.otlpGrpc!, compression: GZIP })],
])('the SDK over %s: every field of a span is read back equal', async (service, exporter) => {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'host.cores': 4 }),
    spanProcessors: [new SimpleSpanProcessor(exporter())],
  })
  const tracer = provider.getTracer('lib', '1.2.3')
  const linked = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.SAMPLED }
  const span = tracer.startSpan('POST /x', {
    kind: SpanKind.SERVER,
    startTime: [1_790_000_000, 123_456_789],
    links: [{ context: linked, attributes: { why: 'because' } }],
    attributes: {
      'a string': 'é\n"\\',
      'b int': 9_007_199_254_740_991,
      'c double': 0.1,
      'd bool': true,
      'e strings': ['x', 'y"'],
      'f numbers': [1, 2.5],
      'g bools': [true, false],
      'h tiny': 1e-7,
      'i huge': 1e21,
      'j negative': -7,
      'k empty': '',
    },
  })
  span.addEvent('happened', { n: 1 }, [1_790_000_000, 200_000_000])
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' })
  span.end([1_790_000_001, 123_456_790])
  await provider.shutdown()

  const { traceId, spanId } = span.spanContext()
  const client = createClient({ url: collector.addresses.clickhouse })
  const query = 'SELECT * FROM otel_traces WHERE TraceId = {traceId:String}'
  let rows: unknown[] = []
  while (rows.length === 0) {
    rows = await (
      await client.query({ query, query_params: { traceId }, format: 'JSONEachRow' })
    ).json()
  }
  await client.close()
  expect(rows).toEqual([
    {
      Timestamp: '2026-09-21 14:13:20.123456789',
      TraceId: traceId,
      SpanId: spanId,
      ParentSpanId: '',
      TraceState: '',
      SpanName: 'POST /x',
      SpanKind: 'Server',
      ServiceName: service,
      ResourceAttributes: { 'host.cores': '4', 'service.name': service },
      ScopeName: 'lib',
      ScopeVersion: '1.2.3',
      SpanAttributes: {
        'a string': 'é\n"\\',
        'b int': '9007199254740991',
        'c double': '0.1',
        'd bool': 'true',
        'e strings': '["x","y\\""]',
        'f numbers': '[1,2.5]',
        'g bools': '[true,false]',
        'h tiny': '1e-7',
        'i huge': '1e+21',
        'j negative': '-7',
        'k empty': '',
      },
      Duration: 1_000_000_001,
      StatusCode: 'Error',
      StatusMessage: 'no',
      'Events.Timestamp': ['2026-09-21 14:13:20.200000000'],
      'Events.Name': ['happened'],
      'Events.Attributes': [{ n: '1' }],
      'Links.TraceId': [linked.traceId],
      'Links.SpanId': [linked.spanId],
      'Links.TraceState': [''],
      'Links.Attributes': [{ why: 'because' }],
    },
  ])
})
