/**
 * Requests over HTTP and gRPC that are compressed, and those that are refused.
 *
 * One file: all of them are sent to one collector.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
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
import { writeNotices } from '../status.ts'
import { call, message } from './testing.ts'

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

/** The program of that name, if it is there. */
function tool(name: string): ((bytes: Buffer) => Buffer) | undefined {
  if (spawnSync(name, ['--version']).error) return undefined
  return (input) => execFileSync(name, ['-q', '-c', '-'], { input })
}

const COMPRESSIONS: [name: string, compress: ((bytes: Buffer) => Buffer) | undefined][] = [
  ['none', (bytes) => bytes],
  ['identity', (bytes) => bytes],
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['zlib', deflateSync],
  ['br', brotliCompressSync],
  ['snappy', snappy],
  ['zstd', tool('zstd')],
  ['lz4', tool('lz4')],
]

async function expectStored(rows: number, send: () => Promise<void>): Promise<void> {
  const before = collector.status().traces.stored
  await send()
  await expect.poll(() => collector.status().traces.stored).toBe(before + rows)
}

test.for(COMPRESSIONS)(
  'protobuf and JSON with %s over HTTP are stored',
  async ([name, compress], context) => {
    if (!compress) return context.skip(`${name} is not installed`)
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

test.for(COMPRESSIONS)(
  'protobuf with %s over gRPC is stored',
  async ([name, compress], context) => {
    if (!compress) return context.skip(`${name} is not installed`)
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
  },
)

const GZIP = gzipSync(PROTOBUF)
const FRAMED = message(GZIP, 1)
const SAYS = 'the message is compressed, but grpc-encoding does not say how'

test.each<[what: string, encoding: string, sent: Buffer, status: string, said: string]>([
  ['no message', 'gzip', Buffer.alloc(0), '3', 'a call has one message: it has none'],
  ['half a prefix', 'gzip', FRAMED.subarray(0, 3), '3', 'it ends after 3 of 5 bytes'],
  ['a message cut off', 'gzip', FRAMED.subarray(0, -9), '3', `of ${FRAMED.length} bytes`],
  ['a size of 4 GiB', 'gzip', message(GZIP, 1, 2 ** 32 - 1), '3', 'of 4294967300 bytes'],
  ['two messages', 'gzip', Buffer.concat([FRAMED, FRAMED]), '3', 'more follows after its'],
  ['another flag', 'gzip', message(GZIP, 2), '13', 'the flag of the message is 2, not 0 or 1'],
  ['a compression without a name', '', FRAMED, '13', SAYS],
  ['compressed as identity', 'identity', FRAMED, '13', SAYS],
  ['gzip that is not', 'gzip', message(PROTOBUF, 1), '3', 'not valid gzip: incorrect header check'],
  ...['gzip', 'deflate', 'zlib', 'br', 'zstd', 'snappy', 'lz4'].map(
    (name): [string, string, Buffer, string, string] => [
      `nothing as ${name}`,
      name,
      message(Buffer.alloc(0), 1),
      '3',
      `the body is not valid ${name}: it is empty`,
    ],
  ),
])(
  '%s over gRPC is refused in a sentence, and counted',
  async (_, encoding, sent, status, said) => {
    const counted = () => collector.status().rejected[`gRPC ${status}`] ?? 0
    const before = counted()
    const { otlpGrpc = '' } = collector.addresses
    const answer = await call(otlpGrpc, Buffer.alloc(0), encoding, 'a client', sent)
    expect(answer.slice(0, 2)).toEqual([status, expect.stringContaining(said)])
    expect(counted()).toBe(before + 1)
  },
)

test('a message that is empty, or not compressed though others are, is stored', async () => {
  await expectStored(100, async () => {
    for (const sent of [message(Buffer.alloc(0), 0), message(PROTOBUF, 0)]) {
      const { otlpGrpc = '' } = collector.addresses
      expect((await call(otlpGrpc, Buffer.alloc(0), 'zstd', 'a client', sent))[0]).toBe('0')
    }
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

/** Sends bytes to a port. Resolves when the other side has closed the connection. */
const sendBytes = (address: string, text: string, more = '') =>
  new Promise<void>((resolve) => {
    const socket = connect(Number(new URL(address).port), '127.0.0.1', () =>
      socket.write(Buffer.from(text, 'latin1')),
    )
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    if (more === '') socket.resume()
    else socket.once('data', () => socket.resume().write(more))
  })
const HELLO = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'
const HELLO_OF_GRPC = `${HELLO}\x00\x10\x00\x05\x00\x03\x02h2`
const GRPC = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const post = (path: string, host = 'localhost', more = '') =>
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`

test.each<[string, keyof Collector['addresses'], string, reason: string, message: string]>([
  [
    'a path that is not one',
    'otlpHttp',
    post('/v1/trace?token=secret'),
    'HTTP 404',
    'unknown path: /v1/trace, use /v1/traces, /v1/logs or /v1/metrics',
  ],
  [
    'a name that is not one of this server',
    'otlpHttp',
    post('/v1/traces', 'evil.example'),
    'HTTP 403',
    "Host evil.example is not this server's name",
  ],
  [
    'gRPC to the port of HTTP',
    'otlpHttp',
    GRPC,
    'HTTP 505',
    'HTTP/2, as gRPC sends it: gRPC has a port of its own, 4317 by default',
  ],
  [
    'TLS to a port without it',
    'otlpHttp',
    HELLO,
    'HTTP 400',
    'TLS, which this port does not speak: send to http://',
  ],
  [
    'headers that are too long',
    'otlpHttp',
    post('/v1/traces', 'localhost', 'A: 1\r\n'.repeat(100_000)),
    'HTTP 431',
    'the headers are larger than 16 KiB',
  ],
  [
    'HTTP to the port of gRPC',
    'otlpGrpc',
    post('/v1/traces'),
    'not HTTP/2',
    'not gRPC: OTLP over HTTP has a port of its own, 4318 by default',
  ],
  [
    'OTLP to the port of ClickHouse',
    'clickhouse',
    post('/v1/logs'),
    'HTTP 400',
    "this is the port of ClickHouse's interface: send OTLP to port ",
  ],
  [
    'protobuf to the port of ClickHouse',
    'clickhouse',
    post('/', 'localhost', 'Content-Type: application/x-protobuf\r\n'),
    'HTTP 400',
    "this is the port of ClickHouse's interface: send OTLP to port ",
  ],
  [
    'gRPC to the port of ClickHouse',
    'clickhouse',
    GRPC,
    'HTTP 505',
    'HTTP/2, as gRPC sends it: gRPC has a port of its own, 4317 by default',
  ],
  ...(['otlpHttp', 'clickhouse'] as const).map(
    (port): [string, keyof Collector['addresses'], string, string, string] => [
      `gRPC with TLS to the address ${port}`,
      port,
      HELLO_OF_GRPC,
      'HTTP 400',
      'gRPC with TLS: gRPC has a port of its own, 4317 by default, and TLS needs --tls-cert',
    ],
  ),
  [
    'TLS to the port of ClickHouse',
    'clickhouse',
    HELLO,
    'HTTP 400',
    'TLS, which this port does not speak: send to http://',
  ],
])('%s is counted and reported', async (_, port, text, reason, message) => {
  // Notices of another test, and of an earlier try.
  writeNotices()
  stderr.mockClear()
  const before = collector.status().rejected[reason] ?? 0
  await sendBytes(collector.addresses[port]!, text)
  await expect.poll(() => collector.status().rejected[reason]).toBe(before + 1)
  writeNotices()
  const said = stderr.mock.calls.map(([text]) => String(text)).join('')
  expect(said).toContain(`otrace: refused a request from 127.0.0.1: ${message}`)
  expect(said).not.toContain('secret')
})

test('the port of ClickHouse answers OTLP with the port to send to', async () => {
  const { clickhouse, otlpHttp = '' } = collector.addresses
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${clickhouse}/v1/traces`, { method: 'POST', headers, body: '{}' })
  const { port } = new URL(otlpHttp)
  const message = `this is the port of ClickHouse's interface: send OTLP to port ${port}`
  expect([answer.status, await answer.json()]).toEqual([400, { code: 3, message }])
})

test.each([
  ['a broken body', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n', ''],
  ['what follows a whole request', 'Content-Length: 0\r\n', '\x01 after it'],
  ['a body in tiny pieces', `Transfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(2000)}`, ''],
])('%s is one refusal', async (_, text, more) => {
  const { otlpHttp = '' } = collector.addresses
  const head =
    'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n'
  const counted = () => collector.status().rejected['HTTP 400'] ?? 0
  writeNotices()
  stderr.mockClear()
  const before = counted()
  await sendBytes(otlpHttp, `${head}${text}\r\n`, more)
  await expect.poll(counted).toBe(before + 1)
  await fetch(otlpHttp)
  expect(counted()).toBe(before + 1)
  writeNotices()
  expect(stderr.mock.calls.join('')).toMatch(/^otrace: refused a request from 127.0.0.1: .*\n$/)
})

test.each(['//v1/traces', '/v1/traces/', '/v1/traces?x=1'])(
  '%s is a path of OTLP',
  async (path) => {
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    const { otlpHttp } = collector.addresses
    const answer = await fetch(`${otlpHttp}${path}`, { method: 'POST', headers, body: '{}' })
    expect([answer.status, await answer.text()]).toEqual([200, '{}'])
  },
)

test('a health check without a name of the server is answered', async () => {
  const { port } = new URL(collector.addresses.clickhouse)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('GET /ping HTTP/1.0\r\n\r\n')
  expect(String(await buffer(socket))).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\nOk\.\n$/)
})

test('a look at a path is not a refusal', async () => {
  const before = { ...collector.status().rejected }
  for (const method of ['GET', 'HEAD'])
    expect((await fetch(`${collector.addresses.otlpHttp}/`, { method })).status).toBe(404)
  expect(collector.status().rejected).toEqual(before)
})
