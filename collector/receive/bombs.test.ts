/** Gzip bombs against a collector in a process of its own, whose memory is measured. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shopRequest } from '../../bench/shop-spans.ts'
import { bundled } from '../../test/bundled.ts'
import { removeFolder } from '../../test/folder.ts'
import { killed } from '../../test/killed.ts'
import { type AddressFile, readAddressFile } from '../address-file.ts'
import { WireWriter } from '../otlp/wire.ts'
import { call } from './testing.ts'

/** Decompressed at once they take 1.8 GB. One after the other they take 0.5 GB, and 0.5 GB more to store. */
const BOMBS = 30
const MOST_MEMORY = 1.5e9
const dataDir = mkdtempSync(join(tmpdir(), 'otrace-bombs-'))
let child: ChildProcess
let addresses: AddressFile

beforeAll(async () => {
  const program = bundled(`
    import { start } from './collector/main.ts'
    await start({ dataDir: process.argv[2], otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 })`)
  child = spawn(process.execPath, [program, dataDir], { stdio: 'ignore' })
  let found: AddressFile | undefined
  while (found === undefined) {
    expect(child.exitCode ?? child.signalCode).toBeNull()
    await sleep(50)
    found = readAddressFile(dataDir)
  }
  addresses = found
})
afterAll(async () => {
  await killed(child)
  removeFolder(dataDir)
})

/** A span with one attribute of a size that gzip makes a thousandth. */
function large(bytes: number): Buffer {
  const out = new WireWriter(bytes + 1000)
  out.message(1, (resource) =>
    resource.message(2, (scope) =>
      scope.message(2, (span) => {
        span.raw(1, Buffer.alloc(16, 1))
        span.raw(2, Buffer.alloc(8, 1))
        span.fixed64(7, BigInt(Date.now()) * 1_000_000n)
        span.fixed64(8, BigInt(Date.now()) * 1_000_000n)
        span.message(9, (pair) => {
          pair.string(1, 'k')
          pair.message(2, (any) => any.raw(1, Buffer.alloc(bytes)))
        })
      }),
    ),
  )
  return out.bytes()
}

function post(body: Buffer): Promise<Response> {
  return fetch(`${addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
    body: new Uint8Array(body),
  })
}

/** Forgets the highest memory so far. */
function forget(): void {
  writeFileSync(`/proc/${child.pid}/clear_refs`, '5')
}

/** The collector's highest memory in bytes. */
function peak(): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) * 1024
}

const isLinux = process.platform === 'linux'

test.runIf(isLinux)('30 bombs over gRPC keep within 1.5 GB', async () => {
  const bomb = gzipSync(Buffer.alloc(60_000_000))
  forget()
  const address = addresses.otlpGrpc!
  const codes = await Promise.all(
    Array.from({ length: BOMBS }, async () => (await call(address, bomb, 'gzip', 'bomber'))[0]),
  )
  // INVALID_ARGUMENT, or UNAVAILABLE for those that waited too long.
  expect(codes.filter((code) => code !== '3' && code !== '14')).toEqual([])
  expect(codes).toContain('3')
  expect(peak()).toBeLessThan(MOST_MEMORY)
})

test.runIf(isLinux).each([
  ['nothing of OTLP', () => Buffer.alloc(60_000_000), 400],
  ['a span', () => large(60_000_000), 200],
])(
  '30 bombs of 60 kB with %s keep within 1.5 GB, and a neighbour is answered',
  async (_, make, status) => {
    const bomb = gzipSync(make())
    expect(bomb.length).toBeLessThan(100_000)
    const neighbour = gzipSync(shopRequest(1, BigInt(Date.now()) * 1_000_000n, 1))
    forget()
    const bombs = Promise.all(Array.from({ length: BOMBS }, () => post(bomb)))
    let isDone = false
    void bombs.then(() => {
      isDone = true
    })
    while (!isDone) expect([200, 503]).toContain((await post(neighbour)).status)
    const statuses = new Set((await bombs).map((answer) => answer.status))
    expect([...statuses]).toContain(status)
    expect(peak()).toBeLessThan(MOST_MEMORY)
    expect((await post(neighbour)).status).toBe(200)
  },
)
