/** A full disk: refused requests, and recovery. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { shopRequest } from '../../bench/shop-spans.ts'
import { removeFolder } from '../../test/folder.ts'
import { type Collector, start } from '../main.ts'
import { admission } from './admission.ts'
import type { Spool } from './spool.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-full-'))
const mounted: string[] = []
let collector: Collector | undefined

afterAll(async () => {
  await collector?.stop()
  for (const path of mounted) execFileSync('umount', [path])
  removeFolder(folder)
})

/** A file system of this many MiB; undefined without root. */
function mount(name: string, megabytes: number): string | undefined {
  const path = mkdtempSync(join(folder, name))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'otrace-test', path], {
      stdio: 'ignore',
    })
  } catch {
    return undefined
  }
  mounted.push(path)
  return path
}

test('the first request waits until the free space is known', async () => {
  const empty = { waitingRows: 0, bytes: 0 } as Spool
  const spools = { traces: empty, logs: empty, metrics: empty }
  const gate = admission(folder, spools, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  await expect(gate.admit('traces', 1)).rejects.toThrow('the disk is nearly full')
  gate.close()
})

const MEGABYTE = 2 ** 20
const SPANS_PER_REQUEST = 100 * 22

test.for([
  { name: 'that is nearly full', minFreeDisk: 24 * MEGABYTE, left: 16 * MEGABYTE },
  // No free space is reserved: the spool's writes fail, or the engine's.
  { name: 'that is full to its last byte', minFreeDisk: 0, left: 0 },
  { name: 'with room for the spool and none for the tables', minFreeDisk: 0, left: 2 * MEGABYTE },
])(
  'a disk $name refuses requests, answers queries, and recovers once it has room',
  async ({ minFreeDisk, left }, context) => {
    await collector?.stop()
    const dataDir = mount(`${minFreeDisk}-${left}`, 96)
    if (dataDir === undefined) return context.skip('mounting a tmpfs takes root')
    collector = await start({ dataDir, otlpHttpPort: 0, clickhousePort: 0, minFreeDisk })
    await until(async () => (await count()) === 0)
    const ballast = join(dataDir, 'ballast')
    fill(ballast, left, dataDir)
    // Longer than a look at the disk is relied on.
    await new Promise((resolve) => setTimeout(resolve, 50))

    let acknowledged = 0
    let refused: Response | undefined
    for (let i = 0; i < 400 && refused === undefined; i++) {
      const answer = await send()
      if (answer.status === 200) acknowledged++
      else refused = answer
    }
    expect([refused?.status, refused?.headers.get('retry-after')]).toEqual([
      503,
      expect.stringMatching(/^\d+$/),
    ])
    // The reserve is kept by refusing, not by failed writes: those have another message.
    if (minFreeDisk > 0) {
      expect(await refused?.text()).toContain('the disk is nearly full')
      expect(acknowledged).toBe(0)
    }
    expect(await count()).toBeLessThanOrEqual(acknowledged * SPANS_PER_REQUEST)
    expect(collector.status().traces.quarantined).toBe(0)

    rmSync(ballast)
    for (let taken = 0; taken < 5; ) {
      const answer = await send()
      if (answer.status === 200) {
        taken++
        acknowledged++
      } else {
        expect(answer.status).toBe(503)
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
    await until(async () => (await count()) === acknowledged * SPANS_PER_REQUEST)
    // Refused requests do not arrive later, and none twice.
    await until(() => collector!.status().traces.waiting === 0)
    expect(await count()).toBe(acknowledged * SPANS_PER_REQUEST)
    expect(collector.status().traces.quarantined).toBe(0)
    await collector.stop()
    collector = undefined
  },
)

/** Writes until `left` bytes are free. */
function fill(path: string, left: number, directory: string): void {
  const file = openSync(path, 'w')
  try {
    for (;;) {
      const disk = statfsSync(directory)
      const size = Math.min(MEGABYTE, disk.bavail * disk.bsize - left)
      if (size <= 0 || writeSync(file, Buffer.alloc(size)) === 0) return
    }
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC')
  } finally {
    closeSync(file)
  }
}

function send(): Promise<Response> {
  const body = shopRequest(100, BigInt(Date.now()) * 1_000_000n, 1e9)
  return fetch(`${collector!.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  })
}

async function count(): Promise<number> {
  const query = encodeURIComponent('SELECT count() FROM otel_traces')
  const answer = await fetch(`${collector!.addresses.clickhouse}/?query=${query}`)
  expect(answer.status).toBe(200)
  return Number(await answer.text())
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50))
}
