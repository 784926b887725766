/** Damaged parts and definitions: flipped bytes, and files that were cut off. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { shopRequest } from '../../bench/shop-spans.ts'
import { removeFolder } from '../../test/folder.ts'
import { readAddressFile } from '../address-file.ts'
import { type Collector, start } from '../main.ts'
import { tablesIn, unreadable } from './store-folders.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-damage-'))
let collector: Collector | undefined
afterEach(async () => {
  await collector?.stop()
  collector = undefined
  vi.restoreAllMocks()
})
afterAll(() => removeFolder(folder))

const PORTS = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }

async function ask(path: string): Promise<string> {
  return (await fetch(`${collector!.addresses.clickhouse}${path}`)).text()
}

/** A store with some spans that is not running. @returns its largest data file */
async function stored(dataDir: string): Promise<string> {
  collector = await start({ dataDir, ...PORTS })
  await fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(shopRequest(300, BigInt(Date.now()) * 1_000_000n, 1e9)),
  })
  while (collector.status().traces.stored < 6600) await sleep(20)
  await collector.stop()
  const store = join(dataDir, 'clickhouse', 'store')
  const files = readdirSync(store, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.bin'))
    .map((name) => join(store, name))
  return files.sort((a, b) => statSync(b).size - statSync(a).size)[0]!
}

test('a part with flipped bytes is said after the start, and when a statement reads it', async () => {
  const dataDir = join(folder, 'flipped')
  const file = await stored(dataDir)
  const bytes = readFileSync(file)
  for (let at = 100; at < bytes.length; at += 997) bytes[at]! ^= 0xff
  writeFileSync(file, bytes)
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  collector = await start({ dataDir, ...PORTS })
  const status = async () => JSON.parse(await ask('/otrace/status')).damagedParts as string[]
  await vi.waitFor(async () => expect(await status()).toHaveLength(1), 60_000)
  const query = '/?query=SELECT+sum(length(toString(tuple(*))))+FROM+otel_traces'
  const read = await fetch(`${collector.addresses.clickhouse}${query}`)
  // Clients that try again after 503 would read the same damage.
  expect(read.status).toBe(500)
  const answer = await read.text()
  expect(answer).toMatch(/^Code: 40\. DB::Exception: a part of the store is damaged: store\//)
  expect(answer).not.toContain(folder)
  const damagedParts = await status()
  expect(damagedParts).toEqual([
    expect.stringMatching(/^store\/\w{3}\/[\w-]{36}\/\d{8}_\d+_\d+_\d+$/),
  ])
  expect(file).toContain(damagedParts[0])
  expect(said.mock.calls.flat().join('')).toContain(
    'otrace: a part is damaged, and statements that',
  )
})

test('a part with a file cut off is detached, and said', async () => {
  const dataDir = join(folder, 'cut')
  truncateSync(await stored(dataDir), 1000)
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  collector = await start({ dataDir, ...PORTS })
  expect(JSON.parse(await ask('/otrace/status'))).toMatchObject({ brokenParts: 1 })
  expect(readAddressFile(dataDir)).toMatchObject({ brokenParts: 1 })
  await vi.waitFor(
    () => expect(said.mock.calls.flat().join('')).toContain('1 broken part is detached'),
    60_000,
  )
  await collector.stop()
  // A command of its own opens the store without them, too.
  said.mockClear()
  collector = await start({ dataDir, receive: false })
  await ask('/?query=SELECT+count()+FROM+otel_traces')
  await collector.stop()
  collector = undefined
  expect(said.mock.calls.flat().join('')).toContain('1 broken part is detached')
})

test('damaged definitions are named in place of the engine, and what is in their place is moved away', async () => {
  // The name means nothing, though the store has drafts.
  const dataDir = join(folder, 'definitions_draft')
  await stored(dataDir)
  collector = undefined
  const metadata = join(dataDir, 'clickhouse', 'metadata')
  for (const name of ['otel/otel_logs.sql', 'otel.sql']) {
    const path = join(metadata, name)
    const sound = readFileSync(path)
    for (const damaged of [sound.subarray(0, 60), '', '\x1b[31m\n garbage'])
      await refuses(path, damaged, sound)
  }
  async function refuses(path: string, damaged: string | Buffer, sound: Buffer): Promise<void> {
    writeFileSync(path, damaged)
    const opening = start({ dataDir, receive: false, clickhousePort: 0 })
    await expect(opening).rejects.toMatchObject({
      reason: expect.stringMatching(/^a definition of the store is damaged: [\w/-]+\.sql$/),
    })
    writeFileSync(path, sound)
  }
  const definitions = realpathSync(join(metadata, 'otel'))
  rmSync(join(metadata, 'otel'))
  mkdirSync(join(metadata, 'otel'))
  rmSync(join(dataDir, 'clickhouse', 'data'), { recursive: true })
  writeFileSync(join(dataDir, 'clickhouse', 'data'), '')
  collector = await start({ dataDir, receive: false, clickhousePort: 0 })
  expect(await ask('/?query=SELECT+count()+FROM+otel_traces')).toBe('6600\n')
  await collector.stop()
  // The definitions are those that were read last.
  const [, id] = /'((\w{3})[\w-]+)'/.exec(readFileSync(join(definitions, 'otel_logs.sql'), 'utf8'))!
  const table = join(dataDir, 'clickhouse', 'store', id!.slice(0, 3), id!)
  rmSync(join(table, 'detached'), { recursive: true })
  writeFileSync(join(table, 'detached'), '')
  // Another process meets it, so that the engine writes nothing to the terminal.
  expect(await unreadable(join(dataDir, 'clickhouse'))).toContain('File exists')
  await expect(start({ dataDir, receive: false, clickhousePort: 0 })).rejects.toMatchObject({
    reason: expect.stringMatching(/^a file is in the place of a folder of the store: store\//),
  })
  rmSync(join(table, 'detached'))
  mkdirSync(join(table, 'detached'))
  // Versions are written again.
  const versions = tablesIn(join(dataDir, 'clickhouse')).map(({ folder }) =>
    join(folder, 'format_version.txt'),
  )
  for (const [i, damaged] of ['', 'x', '0', '1\n'].entries()) writeFileSync(versions[i]!, damaged)
  rmSync(versions[4]!)
  mkdirSync(versions[4]!)
  collector = await start({ dataDir, receive: false, clickhousePort: 0 })
  expect(await ask('/?query=SELECT+count()+FROM+otel_traces')).toBe('6600\n')
  await collector.stop()
  // A folder in the place of a definition.
  const gauge = readFileSync(join(definitions, 'otel_metrics_gauge.sql'))
  rmSync(join(definitions, 'otel_metrics_gauge.sql'))
  mkdirSync(join(definitions, 'otel_metrics_gauge.sql'))
  for (let i = 0; i < 2; i++)
    await expect(start({ dataDir, receive: false, clickhousePort: 0 })).rejects.toThrow(
      'files of otel_metrics_gauge were deleted',
    )
  expect(readdirSync(definitions).filter((name) => name.includes('.moved-'))).toHaveLength(1)
  // Functions are made again, and spans stored.
  const functions = join(dataDir, 'clickhouse', 'user_defined')
  writeFileSync(join(functions, 'function_otlp_map.sql'), 'garbage')
  rmSync(join(functions, 'function_otlp_id.sql'))
  mkdirSync(join(functions, 'function_otlp_id.sql'))
  await stored(dataDir)
  writeFileSync(join(definitions, 'otel_metrics_gauge.sql'), gauge)
  // Every table that was there is missed, and not only those of the first version.
  rmSync(join(definitions, 'otel_metrics_gauge.sql'))
  await expect(start({ dataDir, receive: false, clickhousePort: 0 })).rejects.toThrow(
    'files of otel_metrics_gauge were deleted',
  )
  collector = undefined
})
