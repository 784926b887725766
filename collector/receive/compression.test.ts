/** Compressed requests over HTTP and gRPC. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  type MockInstance,
  test,
  vi,
} from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { type Collector, start } from '../main.ts'
import { jsonToProtobuf } from '../otlp/json.ts'
import { call } from './testing.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-compression-'))
let collector: Collector
let stderr: MockInstance

beforeAll(async () => {
  collector = await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
})
afterAll(async () => {
  await collector.stop()
  removeFolder(dataDir)
})
beforeEach(() => {
  stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})
afterEach(() => {
  stderr.mockRestore()
})

const JSON_BODY = Buffer.from(
  JSON.stringify({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: Array.from({ length: 100 }, (_, i) => ({
              traceId: '0102030405060708090a0b0c0d0e0f10',
              spanId: String(i).padStart(16, 'a'),
              name: 'compressed',
              startTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
              endTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
            })),
          },
        ],
      },
    ],
  }),
)
const PROTOBUF = jsonToProtobuf('traces', JSON_BODY)

/** A Snappy block with one literal. */
function snappy(bytes: Buffer): Buffer {
  const head = Buffer.from([0x80 | (bytes.length & 0x7f), 0x80 | ((bytes.length >> 7) & 0x7f)])
  const size = Buffer.from([61 << 2, (bytes.length - 1) & 255, (bytes.length - 1) >> 8])
  return Buffer.concat([head, Buffer.from([bytes.length >> 14]), size, bytes])
}

const tool = (name: string) => (bytes: Buffer) =>
  execFileSync(name, ['-q', '-c', '-'], { input: bytes })
const hasTool = (name: string) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const COMPRESSIONS: [string, (bytes: Buffer) => Buffer][] = [
  ['none', (bytes) => bytes],
  ['identity', (bytes) => bytes],
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['zlib', deflateSync],
  ['br', brotliCompressSync],
  ['snappy', snappy],
  ...(['zstd', 'lz4'] as const)
    .filter(hasTool)
    .map((name): [string, (bytes: Buffer) => Buffer] => [name, tool(name)]),
]

async function expectStored(rows: number, send: () => Promise<void>): Promise<void> {
  const before = collector.status().traces.stored
  await send()
  await expect.poll(() => collector.status().traces.stored).toBe(before + rows)
}

test.each(COMPRESSIONS)(
  'protobuf and JSON with %s over HTTP are stored',
  async (name, compress) => {
    await expectStored(200, async () => {
      for (const [type, body] of [
        ['application/x-protobuf', PROTOBUF],
        ['application/json', JSON_BODY],
      ] as const) {
        const response = await fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
          method: 'POST',
          headers: { 'content-type': type, 'content-encoding': name },
          body: new Uint8Array(compress(body)),
        })
        expect([response.status, await response.text()]).toEqual([
          200,
          type.endsWith('json') ? '{}' : '',
        ])
      }
    })
  },
)

test.each(COMPRESSIONS)('protobuf with %s over gRPC is stored', async (name, compress) => {
  await expectStored(100, async () => {
    const [status, , accepted] = await call(
      collector.addresses.otlpGrpc!,
      compress(PROTOBUF),
      name,
      'a client',
    )
    expect(status).toBe('0')
    expect(accepted).toContain('zstd')
  })
})

test('refused requests are counted, and reported once for each sender and reason', async () => {
  // Others at each try.
  const [one, two, three] = ['one', 'two', 'three'].map((name) => `${name}-${randomUUID()}`)
  const counted = (status: string) => collector.status().rejected[status] ?? 0
  const before = ['HTTP 415', 'gRPC 12'].map(counted)
  const post = (agent: string) =>
    fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'compress',
        'user-agent': agent,
      },
      body: 'x',
    })
  const statuses = await Promise.all(
    [`${one}\x9b31m`, `${one}\x9b31m`, two!].map(async (agent) => (await post(agent)).status),
  )
  expect(statuses).toEqual([415, 415, 415])
  const [code, message] = await call(collector.addresses.otlpGrpc!, PROTOBUF, 'compress', three!)
  expect([code, message]).toEqual(['12', expect.stringContaining('compress is not supported')])
  const reported = (sender: string, status: string) =>
    expect.stringMatching(
      `^otrace: refused a request from 127.0.0.1 \\(${sender}\\): .*zstd.* \\(${status}\\)\n$`,
    )
  expect(stderr.mock.calls.map(([text]) => String(text)).sort()).toEqual([
    reported(`${one}\\?31m`, 'HTTP 415'),
    reported(three!, 'gRPC 12'),
    reported(two!, 'HTTP 415'),
  ])
  expect(counted('HTTP 415') - before[0]!).toBe(3)
  expect(counted('gRPC 12') - before[1]!).toBe(1)
})
