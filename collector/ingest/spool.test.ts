/**
 * Spool files: damage, torn ends, old formats, unfinished repairs and moves.
 *
 * One file: each test damages or moves the same written file.
 */
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { shopRequest } from '../../bench/shop-spans.ts'
import { bundled } from '../../test/bundled.ts'
import { removeFolder } from '../../test/folder.ts'
import { scan } from '../otlp/scan.ts'
import { lengthPrefix } from '../otlp/wire.ts'
import { Spool } from './spool.ts'
import { fileOf, readOldSpoolFile, readSpoolFile } from './spool-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-spool-'))
afterAll(() => removeFolder(folder))

const requests = Array.from({ length: 9 }, (_, i) => shopRequest(1 + (i % 3), BigInt(i), 1e9))

/** A spool file of `requests`, closed. */
async function written() {
  const directory = mkdtempSync(join(folder, 'spool-'))
  const spool = reopened(directory)
  for (const request of requests) await spool.append(request, 1, request.length)
  await spool.close()
  const { path } = spool.sealed[0]!
  return { directory, path, number: Number.parseInt(basename(path), 10), bytes: readFileSync(path) }
}

function reopened(directory: string): Spool {
  return new Spool(directory, 'os', (request) => scan('traces', request))
}

test('requests are kept, and taken, in the order in which they came', async () => {
  const directory = mkdtempSync(join(folder, 'spool-'))
  const spool = reopened(directory)
  const [first, second, third] = [requests.slice(0, 4), requests.slice(4, 7), requests.slice(7)]
  for (const group of [first, second, third]) {
    // All but the first wait for one write.
    await Promise.all(group.map((request) => spool.append(request, 1, request.length)))
    // A file of its own for each group.
    if (group !== third) await spool.close()
  }
  for (const group of [first, second, third]) {
    const [file, ...others] = await spool.take(() => true)
    expect(others).toEqual([])
    const { records } = spool.read(file!)
    const found = records.map(({ body }) => requests.findIndex((request) => body.equals(request)))
    expect(found).toEqual(group.map((request) => requests.indexOf(request)))
    spool.remove([file!])
  }
})

test('a flipped byte at any place loses only its own record', async () => {
  const { bytes, number } = await written()
  expect(readSpoolFile(bytes, number).records.map(({ body }) => body)).toEqual(requests)
  const wrong: number[] = []
  let survived = 0
  // Each byte of the first record and its neighbour's header, and a prime's step behind that.
  for (let at = 0; at < bytes.length; at += at < 5000 ? 1 : 101) {
    const flipped = Buffer.from(bytes)
    flipped[at] = flipped[at]! ^ (1 << (at % 8))
    const { records, damage, wholeBytes } = readSpoolFile(flipped, number)
    const isSound =
      damage !== undefined &&
      wholeBytes === bytes.length &&
      records.length >= requests.length - 1 &&
      records.every(({ body, index }) => body.equals(requests[index]!))
    if (!isSound) wrong.push(at)
    if (records.length === requests.length) survived++
  }
  expect(wrong).toEqual([])
  // Only a damaged length costs nothing.
  expect(survived).toBeLessThanOrEqual(requests.length * 5)
})

test('a zeroed page costs the records it touches', async () => {
  const { bytes, number } = await written()
  const zeroed = Buffer.from(bytes).fill(0, 4096, 8192)
  const { records, damage } = readSpoolFile(zeroed, number)
  expect(records.length).toBeGreaterThanOrEqual(requests.length - 3)
  for (const { body, index } of records) expect(body.equals(requests[index]!)).toBe(true)
  expect(damage).toMatch(/^at least \d of \d requests: \d+ bytes fail their checksums$/)
})

test('a torn end of any length is cut off silently', async () => {
  const { bytes, number } = await written()
  for (let length = 0; length < bytes.length; length += 101) {
    const { records, damage, wholeBytes } = readSpoolFile(bytes.subarray(0, length), number)
    expect(damage).toBeUndefined()
    expect(wholeBytes).toBeLessThanOrEqual(length)
    const again = readSpoolFile(bytes.subarray(0, wholeBytes), number)
    expect(again.records).toHaveLength(records.length)
  }
})

test('a torn end of the newest file is cut off silently beside a file that is not ours', async () => {
  const { directory, path, bytes } = await written()
  writeFileSync(path, bytes.subarray(0, -1))
  writeFileSync(join(directory, '999999999999.spool'), 'foreign')
  expect(reopened(directory).sealed[0]).toMatchObject({ path })
  expect(readFileSync(path).length).toBeLessThan(bytes.length - 1)
  expect(readdirSync(directory)).not.toContain('quarantine')
})

test('a file keeps what was acknowledged before a failed write', () => {
  const directory = mkdtempSync(join(folder, 'spool-'))
  // Files may not grow beyond 2048 blocks, of 512 bytes or 1 KiB.
  const script = `
    import { shopRequest } from './bench/shop-spans.ts'
    import { Spool } from './collector/ingest/spool.ts'
    const spool = new Spool(process.argv[2], 'os', () => ({ rows: 1, flatBytes: 1 }))
    const request = shopRequest(40, 1n, 1e9)
    let acknowledged = 0
    try {
      for (;; acknowledged++) await spool.append(request, 1, request.length)
    } catch {}
    await spool.close()
    process.stdout.write(String(acknowledged))`
  const node = [process.execPath, bundled(script), directory]
  const acknowledged = Number(
    execFileSync('sh', ['-c', 'ulimit -f 2048; exec "$@"', 'sh', ...node]),
  )
  expect(acknowledged).toBeGreaterThan(1)
  const spool = reopened(directory)
  expect(spool.sealed.flatMap((file) => spool.read(file).records)).toHaveLength(acknowledged)
})

test('records of another file, or repeated ones, are damage', async () => {
  const { bytes, number } = await written()
  expect(readSpoolFile(bytes, number + 1).records).toEqual([])
  expect(readOldSpoolFile(bytes, () => true).records).toEqual([])
  const { records, damage } = readSpoolFile(Buffer.concat([bytes, bytes]), number)
  expect(records).toHaveLength(requests.length)
  expect(damage).toBeDefined()
})

test('a damaged file is quarantined and reported, and its intact records are rewritten', async () => {
  const { directory, path, number, bytes } = await written()
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(path, bytes)
  const spool = reopened(directory)
  const said = await stderrOf(() => spool.verify(spool.sealed[0]!))
  expect(said).toContain('is kept with its reason')
  expect(readSpoolFile(readFileSync(path), number).records).toHaveLength(requests.length - 1)
  const [kept, reason] = readdirSync(join(directory, 'quarantine')).sort()
  expect(readFileSync(join(directory, 'quarantine', kept!))).toEqual(bytes)
  expect(readFileSync(join(directory, 'quarantine', reason!), 'utf8')).toMatch(
    /^damaged: at least 1 of 9 requests/,
  )
  expect(spool.quarantine.count).toBe(1)
  const again = reopened(directory)
  expect(again.verify(again.sealed[0]!)).toBe(again.sealed[0])
  expect(again.quarantine.count).toBe(1)
})

test('a file without checksums is read, and its zeros and malformed requests are not', async () => {
  const directory = mkdtempSync(join(folder, 'old-'))
  const old = (body: Buffer) => [lengthPrefix(body.length), body]
  const malformed = Buffer.from([0x0a, 0x05, 0x12])
  const content = Buffer.concat([
    ...old(requests[0]!),
    Buffer.alloc(4096),
    ...old(malformed),
    ...old(requests[1]!),
    Buffer.from([0x7f, 1]),
  ])
  writeFileSync(join(directory, '000000000007.bin'), content)
  const spool = reopened(directory)
  expect(spool.waitingRows).toBe(22 + 44)
  await stderrOf(() => spool.verify(spool.sealed[0]!))
  expect(readdirSync(directory).sort()).toEqual(['000000000007.spool', 'quarantine'])
  const converted = readFileSync(join(directory, '000000000007.spool'))
  expect(readSpoolFile(converted, 7).records.map(({ body }) => body)).toEqual(requests.slice(0, 2))
  const [, reason] = readdirSync(join(directory, 'quarantine')).sort()
  expect(readFileSync(join(directory, 'quarantine', reason!), 'utf8')).toBe(
    'damaged: 1 of 3 requests, 4096 zero bytes, and 2 bytes at the end\n',
  )
  await spool.append(requests[2]!, 1, 1)
  await spool.close()
  // Names are times, so that none is given again.
  expect(basename(spool.sealed.at(-1)!.path)).toMatch(/^[12]\d{11}\.spool$/)
})

test('a folder or a pipe in the place of a file is quarantined, and the others are read', async () => {
  const { directory } = await written()
  mkdirSync(join(directory, '000000000002.spool'))
  execFileSync('sh', ['-c', 'mkfifo 000000000003.spool'], { cwd: directory })
  let spool: Spool | undefined
  await stderrOf(() => {
    spool = reopened(directory)
  })
  expect(spool!.sealed).toHaveLength(1)
  expect(spool!.quarantine.count).toBe(2)
})

test('an interrupted repair or split is finished or dropped', async () => {
  const { directory, path, bytes } = await written()
  const draft = `${path}.draft`
  writeFileSync(draft, 'half a draft')
  writeFileSync(path.replace('.spool', '-0.spool'), 'half a half')
  expect(reopened(directory).sealed.map((file) => file.path)).toEqual([path])
  expect(readdirSync(directory)).toEqual([basename(path)])
  // Once the original is gone, the draft is whole.
  rmSync(path)
  writeFileSync(draft, bytes)
  expect(reopened(directory).sealed.map((file) => file.path)).toEqual([path])
  expect(readdirSync(directory)).toEqual([basename(path)])
})

async function stderrOf(work: () => unknown): Promise<string> {
  const { write } = process.stderr
  let said = ''
  process.stderr.write = (text: unknown) => {
    said += text
    return true
  }
  try {
    await work()
  } finally {
    process.stderr.write = write
  }
  return said
}

test('the rows of a full file count while it is being closed', async () => {
  const directory = mkdtempSync(join(folder, 'spool-'))
  const spool = reopened(directory)
  // The loop that loads looks now, and sleeps until the next request where nothing waits.
  await spool.append(requests[0]!, 25_000, 1)
  expect(spool.waitingRows).toBe(25_000)
  expect(spool.bytes).toBeGreaterThan(0)
  expect(spool.oldest).toBeGreaterThan(0)
  await spool.close()
  expect([spool.waitingRows, spool.sealed.length]).toEqual([25_000, 1])
})

test('a file that is being closed is waited for', async () => {
  const spool = reopened(mkdtempSync(join(folder, 'spool-')))
  const [request] = requests
  await spool.append(request!, 500_000, request!.length)
  expect(spool.sealed).toEqual([])
  expect((await spool.take()).map(({ rows }) => rows)).toEqual([500_000])
})

test('many small files, as of times when storing fails, are taken some at a time', async () => {
  const spool = reopened(mkdtempSync(join(folder, 'spool-')))
  for (let file = 0; file < 100; file++) {
    await spool.append(requests[0]!, 1, 1)
    await spool.close()
  }
  expect((await spool.take()).length).toBeLessThan(20)
})

test('a file that takes the place of an empty one stays, and is read', async () => {
  const other = await written()
  const spool = reopened(mkdtempSync(join(folder, 'spool-')))
  const refused = expect(spool.append(requests[0]!, 1, 1)).rejects.toThrow('was replaced')
  // Several turns of the event loop before the first write is acknowledged.
  let name: string | undefined
  while (!name) {
    await setImmediate()
    name = readdirSync(spool.directory).find((found) => found.endsWith('.spool'))
  }
  const { records } = readSpoolFile(other.bytes, other.number)
  writeFileSync(other.path, fileOf(Number.parseInt(name, 10), records))
  renameSync(other.path, join(spool.directory, name))
  await refused
  for (const _ of [1, 2]) spool.look()
  expect(spool.sealed.map((file) => spool.read(file).records.length)).toEqual([requests.length])
})

test('days of a file that is not there do not count', async () => {
  const spool = reopened(mkdtempSync(join(folder, 'spool-')))
  await spool.append(requests[0]!, 1, 1, [1, 2, 3])
  await spool.close()
  expect(spool.daysWith([4])).toBe(4)
  spool.miss(spool.sealed[0]!)
  expect(spool.daysWith([4])).toBe(1)
})
