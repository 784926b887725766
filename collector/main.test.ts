import { type ChildProcess, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, expect, test } from 'vitest'
import { shopRequest } from '../bench/shop-spans.ts'
import { readAddressFile } from './address-file.ts'
import {
  type Collector,
  type CollectorOptions,
  PortInUseError,
  StoreLockedError,
  start,
} from './main.ts'
import { lengthPrefix } from './otlp/wire.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-main-'))
let collector: Collector | undefined
let child: ChildProcess | undefined

afterEach(async () => {
  child?.kill('SIGKILL')
  await collector?.stop()
  collector = undefined
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function open(options: Partial<CollectorOptions> = {}): Promise<Collector> {
  collector = await start({
    dataDir: mkdtempSync(join(folder, 'data-')),
    otlpHttpPort: 0,
    clickhousePort: 0,
    ...options,
  })
  return collector
}

const spans = (traces: number) => shopRequest(traces, BigInt(Date.now()) * 1_000_000n, 1e9)

async function send(body: Uint8Array, headers: Record<string, string> = {}, path = '/v1/traces') {
  const answer = await fetch(`${collector!.addresses.otlpHttp}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', ...headers },
    body: new Uint8Array(body),
  })
  return { status: answer.status, text: await answer.text(), headers: answer.headers }
}

async function count(): Promise<number> {
  const answer = await fetch(
    `${collector!.addresses.clickhouse}/?query=SELECT%20count()%20FROM%20otel_traces`,
  )
  return Number(await answer.text())
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}

test('publishes its addresses while it runs, and takes them back', async () => {
  const dataDir = join(folder, 'published')
  await open({ dataDir })
  expect(readAddressFile(dataDir)).toMatchObject({ pid: process.pid, ...collector!.addresses })
  await collector!.stop()
  collector = undefined
  expect(readAddressFile(dataDir)).toBeUndefined()
  // Left by a process that is no more.
  writeFileSync(
    join(dataDir, 'otrace.json'),
    JSON.stringify({ pid: 2 ** 22 + 1, clickhouse: 'http://x' }),
  )
  expect(readAddressFile(dataDir)).toBeUndefined()
})

test('a port in use is named, and the directory is let go', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await until(() => other.listening)
  const { port } = other.address() as AddressInfo
  const dataDir = join(folder, 'port')
  await expect(open({ dataDir, otlpHttpPort: port })).rejects.toThrow(new PortInUseError(port))
  await expect(open({ dataDir, clickhousePort: port })).rejects.toThrow(PortInUseError)
  await expect(open({ dataDir, otlpGrpcPort: port })).rejects.toThrow(PortInUseError)
  other.close()
  await open({ dataDir, receive: false })
})

test('a directory that another process holds is waited for, then named', async () => {
  const dataDir = join(folder, 'held')
  const script = `import { start } from '${new URL('main.ts', import.meta.url).href}'
    await start({ dataDir: process.argv[1], otlpHttpPort: 0, clickhousePort: 0 })`
  child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script, dataDir],
    { stdio: 'ignore' },
  )
  await until(() => readAddressFile(dataDir) !== undefined)
  await expect(open({ dataDir, receive: false })).rejects.toThrow(StoreLockedError)
  const waiting = open({ dataDir, receive: false })
  child.kill('SIGKILL')
  await waiting
  expect(await count()).toBe(0)
}, 30_000)

test('answers as the specification says', async () => {
  await open({ corsOrigins: ['https://app.example'] })
  expect(await send(spans(1))).toMatchObject({ status: 200, text: '' })
  expect(await send(new Uint8Array())).toMatchObject({ status: 200 })
  expect(
    await send(Buffer.from('{}'), { 'content-type': 'application/json; charset=utf-8' }),
  ).toMatchObject({
    status: 200,
    text: '{}',
  })
  expect((await send(gzipSync(spans(1)), { 'content-encoding': 'gzip' })).status).toBe(200)
  const malformed = await send(Buffer.from('nonsense'))
  expect([malformed.status, malformed.headers.get('content-type')]).toEqual([
    400,
    'application/x-protobuf',
  ])
  expect(malformed.text).toContain('not a valid OTLP request')
  const wrong = await send(Buffer.from('{"resourceSpans":7}'), {
    'content-type': 'application/json',
  })
  expect([wrong.status, JSON.parse(wrong.text)]).toEqual([
    400,
    { code: 3, message: 'not a valid OTLP request: the request.resourceSpans must be an array' },
  ])
  expect((await send(spans(1), { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await send(spans(1), { 'content-encoding': 'zstd' })).status).toBe(415)
  expect((await send(Buffer.from('not gzip'), { 'content-encoding': 'gzip' })).status).toBe(400)
  expect((await send(spans(1), {}, '/v1/nothing')).status).toBe(404)
  expect((await fetch(`${collector!.addresses.otlpHttp}/v1/traces`)).status).toBe(405)
  expect((await send(spans(1), { origin: 'https://evil.example' })).status).toBe(403)
  const page = await send(spans(1), { origin: 'https://app.example' })
  expect([page.status, page.headers.get('access-control-allow-origin')]).toEqual([
    200,
    'https://app.example',
  ])
  await until(async () => (await count()) === 66)
})

test('a full spool refuses with Retry-After, answers questions meanwhile, and recovers by itself', async () => {
  const large = spans(200)
  await open({ spoolLimit: large.length * 1.5 })
  const answers = await Promise.all(Array.from({ length: 6 }, () => send(large)))
  const accepted = answers.filter(({ status }) => status === 200).length
  const refused = answers.filter(({ status }) => status === 503)
  expect(accepted + refused.length).toBe(6)
  expect(refused.length).toBeGreaterThan(0)
  expect(refused[0]!.headers.get('retry-after')).toBe('2')
  expect(collector!.status().refused).toBe(refused.length)
  await until(async () => (await count()) === accepted * 4_400)
  // Its file goes a moment after its rows are there.
  await until(async () => (await send(large)).status === 200)
})

test('a disk that is nearly full refuses, too', async () => {
  await open({ minFreeDisk: Number.MAX_SAFE_INTEGER })
  await until(async () => (await send(spans(1))).status === 503)
  expect(await count()).toBeGreaterThanOrEqual(0)
})

test('a spool file that cannot be loaded is set aside with its reason, and its neighbours are stored', async () => {
  const dataDir = join(folder, 'corrupt')
  const spool = join(dataDir, 'spool', 'traces')
  mkdirSync(spool, { recursive: true })
  const record = (body: Buffer) => [lengthPrefix(body.length), body]
  // Its one field has a length beyond its end, which no walk has seen.
  const corrupt = Buffer.from([0x0a, 0x05, 0x12])
  const content = Buffer.concat([spans(1), corrupt, spans(2)].flatMap(record))
  writeFileSync(join(spool, '000000000001.bin'), content)
  // The last record is torn: it was never acknowledged.
  writeFileSync(
    join(spool, '000000000002.bin'),
    Buffer.concat([...record(spans(3)), lengthPrefix(900), corrupt]),
  )
  await open({ dataDir, receive: false })
  expect(await count()).toBe(6 * 22)
  const kept = readdirSync(join(spool, 'set-aside')).sort()
  expect(kept).toHaveLength(2)
  expect(readFileSync(join(spool, 'set-aside', kept[0]!))).toEqual(Buffer.concat(record(corrupt)))
  expect(readFileSync(join(spool, 'set-aside', kept[1]!), 'utf8')).toContain('DB::Exception')
  expect(existsSync(join(spool, '000000000001.bin'))).toBe(false)
})

test('one resource for very many spans is refused before it grows to gigabytes', async () => {
  await open()
  const body = {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'k', value: { stringValue: 'x'.repeat(2 ** 20) } }] },
        scopeSpans: [{ spans: Array.from({ length: 1000 }, () => ({ name: 'x' })) }],
      },
    ],
  }
  const answer = await send(Buffer.from(JSON.stringify(body)), {
    'content-type': 'application/json',
  })
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('send less at once')])
})
