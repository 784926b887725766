/** Requests above the limits of size and rows. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shopRequest } from '../../bench/shop-spans.ts'
import { removeFolder } from '../../test/folder.ts'
import { type Collector, start } from '../main.ts'
import { refuseTooLarge } from '../otlp/limits.ts'
import { scan } from '../otlp/scan.ts'
import { WireWriter } from '../otlp/wire.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-large-'))
let collector: Collector

beforeAll(async () => {
  collector = await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
})
afterAll(async () => {
  await collector.stop()
  removeFolder(dataDir)
})

const DAY = 86_400_000_000_000n
const NOW = BigInt(Date.now()) * 1_000_000n

/** Spans of one service, each with what `fill` writes. */
function request(spans: number, fill: (span: WireWriter, index: number) => void): Buffer {
  const out = new WireWriter()
  out.message(1, (resource) => {
    resource.message(2, (scope) => {
      for (let i = 0; i < spans; i++) {
        scope.message(2, (span) => {
          span.raw(1, Buffer.alloc(16, 1))
          span.raw(2, Buffer.alloc(8, 1))
          fill(span, i)
        })
      }
    })
  })
  return out.bytes()
}

async function post(body: Buffer): Promise<{ status: number; text: string }> {
  const response = await fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
    body: new Uint8Array(gzipSync(body)),
  })
  return { status: response.status, text: await response.text() }
}

const times = (span: WireWriter, start: bigint) => {
  span.fixed64(7, start)
  span.fixed64(8, start)
}

test.each<[string, () => Buffer, RegExp]>([
  [
    'one span of 30,000,000 empty events',
    () =>
      request(1, (span) => {
        times(span, NOW)
        span.append(Buffer.alloc(60_000_000, Buffer.from([0x5a, 0])))
      }),
    /the request has more than 1,000,000 attributes, .* in one span, .*; send at most 1,000,000 in each/,
  ],
  [
    '10 spans of 600,000 events',
    () =>
      request(10, (span) => {
        times(span, NOW)
        span.append(Buffer.alloc(1_200_000, Buffer.from([0x5a, 0])))
      }),
    /the request has more than 5,000,000 attributes, events, .*; send at most 5,000,000 at once/,
  ],
  [
    'one span of 520,000 events without a time, once they say so,',
    () =>
      request(1, (span) => {
        times(span, NOW)
        span.append(Buffer.alloc(1_040_000, Buffer.from([0x5a, 0])))
      }),
    /the request has more than 1,000,000 attributes, .* in one span, .*; send at most 1,000,000 in each/,
  ],
  [
    '10,950 spans on as many days',
    () => request(10_950, (span, i) => times(span, DAY * BigInt(i + 1))),
    /the request has rows of 10,950 days; send at most 366 days at once/,
  ],
  [
    '600,000 spans without anything',
    () => request(600_000, () => {}),
    /the request has more than 500,000 rows; send at most 500,000 at once/,
  ],
])(
  '%s are refused before the acknowledgement, and the next request is stored',
  async (_, make, said) => {
    const answer = await post(make())
    expect([answer.status, answer.text]).toEqual([413, expect.stringMatching(said)])
    const before = collector.status().traces.stored
    expect((await post(shopRequest(1, NOW, 1))).status).toBe(200)
    await expect.poll(() => collector.status().traces.stored).toBe(before + 22)
  },
)

// An INSERT into 366 days takes 5 s of CPU, and the engine refuses more than 100 unless told. OTRACE_LONG=1: all.
const DAYS = process.env.OTRACE_LONG ? 366 : 110

test(`one span of 500,000 events and spans of ${DAYS} days are stored`, async () => {
  const event = new WireWriter()
  event.message(11, (inner) => inner.fixed64(1, NOW))
  const events = request(1, (span) => {
    times(span, NOW)
    span.append(Buffer.alloc(event.bytes().length * 500_000, event.bytes()))
  })
  const onDays = (count: number) => request(count, (span, i) => times(span, NOW - DAY * BigInt(i)))
  const scanned = scan('traces', onDays(366), true)
  expect(scanned.days.size).toBe(366)
  refuseTooLarge(scanned.flatBytes, scanned.days.size)
  const before = collector.status().traces.stored
  expect([(await post(events)).status, (await post(onDays(DAYS))).status]).toEqual([200, 200])
  const patient = { interval: 200, timeout: 200_000 }
  await expect.poll(() => collector.status().traces.stored, patient).toBe(before + 1 + DAYS)
  const client = createClient({ url: collector.addresses.clickhouse })
  const query = 'SELECT max(length(Events.Name)) AS events FROM otel.otel_traces'
  const [row] = await (await client.query({ query, format: 'JSONEachRow' })).json<{
    events: string
  }>()
  await client.close()
  expect(Number(row!.events)).toBe(500_000)
})
