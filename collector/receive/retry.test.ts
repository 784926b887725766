/** What senders are told over HTTP and gRPC to try again, and how the SDK obeys. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { type Collector, start } from '../main.ts'
import { jsonToProtobuf } from '../otlp/json.ts'
import { call } from './testing.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-retry-'))
const body = Buffer.from('{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one"}]}]}]}')
let full: Collector

beforeAll(async () => {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  full = await start({ dataDir, ...ports, minFreeDisk: Number.MAX_SAFE_INTEGER })
})
afterAll(async () => {
  await full?.stop()
  removeFolder(dataDir)
})

// https://opentelemetry.io/docs/specs/otlp/#failures-1
test.each(['application/json', 'application/x-protobuf'])(
  'HTTP has 503 with Retry-After: %s',
  async (type) => {
    const sent = type.endsWith('json') ? body : jsonToProtobuf('traces', body)
    const answer = await fetch(`${full.addresses.otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: new Uint8Array(sent),
    })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
    expect(answer.headers.get('content-type')).toBe(type)
  },
)

// https://opentelemetry.io/docs/specs/otlp/#failures
test('gRPC has UNAVAILABLE with a RetryInfo', async () => {
  const sent = jsonToProtobuf('traces', body)
  const { otlpGrpc = '' } = full.addresses
  const [status, message, , details] = await call(otlpGrpc, sent, 'identity', 'a client')
  expect([status, message]).toEqual(['14', expect.stringContaining('the disk is nearly full')])
  // A google.rpc.Status with a google.rpc.RetryInfo of 2 s.
  const info = '\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x04\x0a\x02\x08\x02'
  const text = `\x08\x0e\x12${String.fromCharCode(message.length)}${message}\x1a\x30${info}`
  expect(Buffer.from(details, 'base64').toString('latin1')).toBe(text)
})

test('the SDK waits as long as it is asked to', async () => {
  const url = `${full.addresses.otlpHttp}/v1/traces`
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: 60_000 })
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const before = full.status().refused
  const began = performance.now()
  provider.getTracer('any').startSpan('refused').end()
  // By itself it would have tried after a second.
  await vi.waitUntil(() => full.status().refused - before >= 2, { timeout: 60_000 })
  expect(performance.now() - began).toBeGreaterThan(1_900)
})
