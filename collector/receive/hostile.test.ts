/**
 * Malformed and hostile requests.
 *
 * One file: all of them are sent to one collector.
 */
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { Client, credentials, type ServiceError } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { shopRequest } from '../../bench/shop-spans.ts'
import { removeFolder } from '../../test/folder.ts'
import { type Collector, start } from '../main.ts'
import { jsonToProtobuf } from '../otlp/json.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'otrace-hostile-'))
const open: Socket[] = []
let collector: Collector

beforeAll(async () => {
  collector = await start({ dataDir, otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })
})
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
})
afterAll(async () => {
  await collector.stop()
  removeFolder(dataDir)
})

const floods = () => collector.status().rejected.flood ?? 0
const BOMB = gzipSync(Buffer.alloc(80 * 2 ** 20))

test('a connection outlives the pause between two exports', async () => {
  const got = await fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"resourceSpans":[]}',
  })
  await got.text()
  expect(got.headers.get('keep-alive')).toBe('timeout=75')
})

describe.each([
  {
    listener: 'the OTLP receiver',
    url: () => `${collector.addresses.otlpHttp}/v1/traces`,
    type: 'application/x-protobuf',
    body: () => new Uint8Array(shopRequest(1, BigInt(Date.now()) * 1_000_000n, 1)),
    answer: '',
  },
  {
    listener: 'the ClickHouse endpoint',
    url: () => `${collector.addresses.clickhouse}/`,
    type: 'text/plain',
    body: () => new TextEncoder().encode('SELECT 1'),
    answer: '1\n',
  },
])('$listener answers others', ({ url, type, body, answer }) => {
  const head = `POST ${type === 'text/plain' ? '/' : '/v1/traces'} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n`

  function socket(): Socket {
    const made = connect(Number(new URL(url()).port), '127.0.0.1')
    made.on('error', () => undefined)
    open.push(made)
    return made
  }

  /** What comes back until the connection is closed, or until there is a status. */
  function reply(from: Socket): Promise<string> {
    return new Promise((resolve) => {
      let text = ''
      from.on('data', (data) => {
        text += data
        if (text.includes('\r\n')) resolve(text)
      })
      from.on('close', () => resolve(text))
    })
  }

  async function expectWell(): Promise<void> {
    const got = await fetch(url(), {
      method: 'POST',
      headers: { 'content-type': type },
      body: body(),
    })
    expect([got.status, await got.text()]).toEqual([200, answer])
  }

  test('while 1,000 connections are idle', async () => {
    const idle = Array.from({ length: 1000 }, socket)
    await Promise.all(idle.map((one) => new Promise((resolve) => one.once('connect', resolve))))
    await expectWell()
    expect(idle.filter((one) => one.destroyed)).toEqual([])
  })

  test('while 200 requests come byte by byte, in their heads and in their bodies', async () => {
    const slow = Array.from({ length: 200 }, (_, i) => {
      const one = socket()
      one.write(i % 2 === 0 ? head.slice(0, 40) : `${head}Content-Length: 1000000\r\n\r\n`)
      return one
    })
    for (let round = 0; round < 5; round++) {
      for (const one of slow) one.write('x')
      await expectWell()
    }
  })

  test('when heads are huge, or endless', async () => {
    const huge = socket()
    huge.write(`${head}X-Large: ${'x'.repeat(2 ** 20)}\r\n\r\n`)
    expect(await reply(huge)).toMatch(/^HTTP\/1\.1 431 /)
    const many = socket()
    many.write(head + 'X-Many: 1\r\n'.repeat(100_000))
    expect(await reply(many)).toMatch(/^HTTP\/1\.1 431 /)
    await expectWell()
  })

  test('when a body is endless', async () => {
    const endless = socket()
    endless.write(`${head}Transfer-Encoding: chunked\r\n\r\n`)
    const chunk = Buffer.concat([
      Buffer.from('100000\r\n'),
      Buffer.alloc(2 ** 20),
      Buffer.from('\r\n'),
    ])
    let status: string | undefined
    const replied = reply(endless).then((text) => {
      status = text
    })
    for (let i = 0; i < 80 && status === undefined; i++)
      await new Promise((resolve) => endless.write(chunk, resolve))
    await replied
    expect(status).toMatch(/^HTTP\/1\.1 413 /)
    await expectWell()
  })

  test('when a connection sends many requests at once', async () => {
    const before = floods()
    const flood = socket()
    let answers = ''
    flood.on('data', (data) => {
      answers += data
    })
    const closed = new Promise((resolve) => flood.once('close', resolve))
    flood.write(`${head}Content-Length: 0\r\n\r\n`.repeat(200))
    await closed
    expect(answers.split('HTTP/1.1 ').length).toBeLessThan(50)
    expect(floods()).toBe(before + 1)
    await expectWell()
  })

  test('when a body comes in pieces of a byte', async () => {
    const pieces = socket()
    const closed = new Promise((resolve) => pieces.once('close', resolve))
    pieces.write(`${head}Transfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(5000)}`)
    await closed
    await expectWell()
  })

  test('when a body announces a huge size', async () => {
    const large = socket()
    large.write(`${head}Content-Length: 99999999999\r\n\r\nx`)
    expect(await reply(large)).toMatch(/^HTTP\/1\.1 413 /)
    await expectWell()
  })

  test('when a small body is 80 MiB', async () => {
    const bombs = await Promise.all(
      Array.from({ length: 8 }, () =>
        fetch(url(), {
          method: 'POST',
          headers: { 'content-type': type, 'content-encoding': 'gzip' },
          body: new Uint8Array(BOMB),
        }),
      ),
    )
    const statuses = bombs.map(({ status }) => status)
    expect(statuses).toContain(413)
    // They are decompressed one after the other: a busy machine asks the last ones to come again.
    expect(statuses.filter((status) => status !== 413 && status !== 503)).toEqual([])
    await expectWell()
  })

  test('when the bytes are not HTTP', async () => {
    const strange = socket()
    strange.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 13, 10, 13, 10]))
    expect(await reply(strange)).toMatch(/^HTTP\/1\.1 400 /)
    await expectWell()
  })
})

describe('the gRPC receiver answers others', () => {
  const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
  const same = (bytes: Buffer) => bytes

  async function call(body: Buffer, options = {}): Promise<ServiceError | null> {
    const address = collector.addresses.otlpGrpc!.replace('http://', '')
    const client = new Client(address, credentials.createInsecure(), options)
    const error = await new Promise<ServiceError | null>((resolve) => {
      client.makeUnaryRequest(path, same, same, body, resolve)
    })
    client.close()
    return error
  }

  test.each([
    ['a message is larger than 64 MiB', {}],
    ['a small message is 80 MiB', { 'grpc.default_compression_algorithm': 2 }],
  ])('when %s', async (_, options) => {
    const error = await call(Buffer.alloc(80 * 2 ** 20), options)
    // RESOURCE_EXHAUSTED
    expect(error?.code).toBe(8)
    expect(await call(shopRequest(1, 1_790_000_000_000_000_000n, 1))).toBeNull()
  })

  test('on the connection of a refused call that sends its body to the end', async () => {
    const before = floods()
    const session = connectHttp2(collector.addresses.otlpGrpc!)
    session.on('error', () => undefined)
    const send = async (chunks: Buffer[]) => {
      const headers = { ':method': 'POST', ':path': '/any.Service/Export', te: 'trailers' }
      const stream = session.request({ ...headers, 'content-type': 'application/grpc' })
      const answered = once(stream, 'response')
      await pipeline(chunks, stream.resume())
      const [head] = await answered
      return head['grpc-status']
    }
    expect(await send(Array(20).fill(Buffer.alloc(2 ** 20)))).toBe('12')
    // Until the next look at the connection.
    await setTimeout(200)
    expect(await send([Buffer.alloc(1)])).toBe('12')
    expect(floods()).toBe(before)
    session.destroy()
  })

  const frame = (type: number, flags: number, stream: number, content: Buffer) => {
    const head = Buffer.alloc(9)
    head.writeUIntBE(content.length, 0, 3)
    head.writeUInt16BE(type * 256 + flags, 3)
    head.writeUInt32BE(stream, 5)
    return Buffer.concat([head, content])
  }

  /** A bare HTTP/2 connection. */
  function begun() {
    const flood = connect(Number(new URL(collector.addresses.otlpGrpc!).port), '127.0.0.1')
    flood.on('error', () => undefined)
    open.push(flood)
    const closed = new Promise((resolve) => flood.once('close', resolve))
    flood.write(
      Buffer.concat([
        Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
        frame(4, 0, 0, Buffer.alloc(0)),
      ]),
    )
    flood.resume()
    return { flood, closed }
  }

  test.each([
    ['priorities', frame(2, 0, 3, Buffer.from([0, 0, 0, 1, 5]))],
    ['frames of an unknown type', frame(99, 0, 0, Buffer.alloc(0))],
  ])('when a connection sends only %s', async (_, one) => {
    const before = floods()
    const { flood, closed } = begun()
    const some = Buffer.concat(Array.from({ length: 10_000 }, () => one))
    const send = () => {
      while (flood.writable && flood.write(some)) {
        // Until the other side is behind.
      }
    }
    flood.on('drain', send)
    send()
    await closed
    expect(floods()).toBe(before + 1)
    expect(await call(shopRequest(1, 1_790_000_000_000_000_000n, 1))).toBeNull()
  })

  test('when a connection begins and cancels calls', async () => {
    const before = floods()
    const { flood, closed } = begun()
    const field = (name: string, value: string) =>
      Buffer.from(
        `\0${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`,
      )
    const headers = Buffer.concat([
      field(':method', 'POST'),
      field(':scheme', 'http'),
      field(':authority', 'localhost'),
      field(':path', path),
      field('content-type', 'application/grpc'),
    ])
    const calls = Array.from({ length: 300 }, (_, i) => [
      frame(1, 4, 2 * i + 1, headers),
      frame(3, 0, 2 * i + 1, Buffer.from([0, 0, 0, 8])),
    ])
    flood.write(Buffer.concat(calls.flat()))
    await closed
    expect(floods()).toBe(before + 1)
    expect(await call(shopRequest(1, 1_790_000_000_000_000_000n, 1))).toBeNull()
  })

  test('while 1,000 connections are idle', async () => {
    const { port } = new URL(collector.addresses.otlpGrpc!)
    for (let i = 0; i < 1000; i++) {
      const idle = connect(Number(port), '127.0.0.1')
      idle.on('error', () => undefined)
      open.push(idle)
    }
    await Promise.all(open.map((one) => new Promise((resolve) => one.once('connect', resolve))))
    expect(await call(shopRequest(1, 1_790_000_000_000_000_000n, 1))).toBeNull()
  })
})

/** Milliseconds of CPU that this thread has used. */
const ownCpu = () => Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6

test.runIf(process.platform === 'linux')(
  'a large JSON request is read in another thread, and stored or refused from there',
  async () => {
    const time = String(BigInt(Date.now()) * 1_000_000n)
    const span = `{"traceId":"${'ab'.repeat(16)}","spanId":"${'cd'.repeat(8)}","name":"large","startTimeUnixNano":"${time}","endTimeUnixNano":"${time}"}`
    const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[${Array(60_000).fill(span)}]}]}]}`
    const post = (body: string) =>
      fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: new Uint8Array(gzipSync(body)),
      })
    // The thread is started.
    const malformed = await post(`${body}x`)
    expect(malformed.status).toBe(400)
    expect(await malformed.text()).toContain(`unexpected \\"x\\" at byte ${body.length}`)
    const events = Array(1_100_000).fill('{}')
    const tooLarge = await post(
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"events":[${events}]}]}]}]}`,
    )
    expect(tooLarge.status).toBe(413)
    expect(await tooLarge.text()).toContain('more than 1,000,000 attributes, events')
    const before = ownCpu()
    expect((await post(body)).status).toBe(200)
    const used = ownCpu() - before
    const { traces } = collector.status()
    expect(traces.received).toBeGreaterThanOrEqual(60_000)
    const began = ownCpu()
    gzipSync(body)
    jsonToProtobuf('traces', Buffer.from(body))
    expect(used).toBeLessThan(ownCpu() - began)
  },
)
