/** Files of the store deleted while it runs, and before a start. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { shopRequest } from '../../bench/shop-spans.ts'
import { removeFolder } from '../../test/folder.ts'
import { Spool } from '../ingest/spool.ts'
import { type Collector, start } from '../main.ts'
import { openEngine } from './engine.ts'
import { heldByEngine } from './lock.ts'
import { COMPLETE } from './store-folders.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-store-folders-'))
let collector: Collector | undefined
afterEach(async () => {
  await collector?.stop()
  collector = undefined
})
afterAll(() => removeFolder(folder))

const PORTS = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
const SPANS = 22

async function open(dataDir: string): Promise<void> {
  collector = await start({ dataDir, ...PORTS })
}

/** Sends a trace of the shop. @returns the status */
async function send(): Promise<number> {
  const answer = await fetch(`${collector!.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(shopRequest(1, BigInt(Date.now()) * 1_000_000n, 1e9)),
  })
  return answer.status
}

async function ask(statement: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(collector!.addresses.clickhouse, { method: 'POST', body: statement })
  return { status: answer.status, text: await answer.text() }
}

const status = async () =>
  (await fetch(`${collector!.addresses.clickhouse}/otrace/status`)).json() as Promise<{
    gone?: string
    lost: string[]
  }>

const made = join(folder, 'made')
beforeAll(async () => {
  await open(made)
  expect(await send()).toBe(200)
  while (collector!.status().traces.stored < SPANS) await sleep(20)
  await collector!.stop()
})

/** A data directory with stored spans: a copy, which takes a tenth of the time. */
function storedSpans(name: string): string {
  const dataDir = join(folder, name)
  cpSync(made, dataDir, { recursive: true, verbatimSymlinks: true })
  return dataDir
}

test('a store that was deleted or moved is refused until it is back, and nothing goes into its place', async () => {
  const dataDir = storedSpans('moved')
  await open(dataDir)
  const store = join(dataDir, 'clickhouse', 'store')
  renameSync(store, `${store}-aside`)
  expect(await send()).toBe(503)
  const refused = await ask('SELECT count() FROM otel_traces')
  expect(refused.status).toBe(503)
  expect(refused.text).toContain(' were deleted from …/store')
  expect((await status()).gone).toContain(' were deleted from …/store')
  rmSync(store, { recursive: true, force: true })
  renameSync(`${store}-aside`, store)
  await expect.poll(send).toBe(200)
  while (collector!.status().traces.stored < SPANS) await sleep(20)
  expect((await ask('SELECT count() FROM otel_traces')).text).toBe(`${2 * SPANS}\n`)
  expect((await status()).gone).toBeUndefined()
  await collector!.stop()
  // The command makes the table of failed spans anew.
  rmSync(join(dataDir, 'clickhouse', COMPLETE))
  collector = await start({ dataDir, receive: false })
  expect((await ask('SELECT count() FROM otel_traces')).text).toBe(`${2 * SPANS}\n`)
  renameSync(store, `${store}-aside`)
  const ofCommand = await ask('SELECT count() FROM otel_traces')
  rmSync(store, { recursive: true, force: true })
  renameSync(`${store}-aside`, store)
  expect(ofCommand.status).toBe(503)
  expect(ofCommand.text).toContain(' were deleted from …/store')
})

test('a statement whose files are deleted while it runs is refused at its end', async () => {
  const dataDir = storedSpans('meanwhile')
  await open(dataDir)
  const store = join(dataDir, 'clickhouse', 'store')
  // It reads no file, and ends well after some seconds: on a slow machine those of the first try are over too early.
  const beside = async (seconds: number) => {
    const answered = ask(
      `SELECT sum(number % 7) FROM numbers(1000000000000)
       SETTINGS max_execution_time = ${seconds}, timeout_overflow_mode = 'break', max_threads = 1`,
    )
    let isOver = false
    void answered.then(() => {
      isOver = true
    })
    const count = async () => (await ask('SELECT count() FROM system.processes')).text
    while (!isOver && (await count()) === '1\n') await sleep(10)
    renameSync(store, `${store}-aside`)
    const answer = await answered
    renameSync(`${store}-aside`, store)
    return answer
  }
  let answer = await beside(1)
  for (const seconds of [4, 16]) if (answer.status === 200) answer = await beside(seconds)
  expect(answer).toEqual({
    status: 503,
    text: expect.stringContaining(' were deleted from …/store'),
  })
})

test.each([
  ['store', 'all tables'],
  ['metadata/otel.sql', 'all tables'],
  ['metadata/otel/otel_traces.sql', 'otel_traces'],
])(
  'a store whose %s was deleted before the start is refused by commands, and said by the collector that makes it anew',
  async (deleted, lost) => {
    const dataDir = storedSpans(basename(deleted))
    rmSync(join(dataDir, 'clickhouse', deleted), { recursive: true })
    for (let i = 0; i < 2; i++)
      await expect(start({ dataDir, receive: false, clickhousePort: 0 })).rejects.toThrow(
        `files of ${lost} were deleted`,
      )
    await open(dataDir)
    expect((await status()).lost).toEqual([lost])
    expect(await send()).toBe(200)
    while (collector!.status().traces.stored < SPANS) await sleep(20)
    expect((await ask('SELECT count() FROM otel_traces')).text).toBe(`${SPANS}\n`)
    await collector!.stop()
    collector = await start({ dataDir, receive: false, clickhousePort: 0 })
    expect((await status()).lost).toEqual([])
  },
)

test('a store that is deleted while it opens does not begin empty', async () => {
  const dataDir = storedSpans('opening')
  const directory = join(dataDir, 'clickhouse')
  // Another process then looks whether the definitions can be read.
  rmSync(join(directory, 'definitions-read'))
  const opening = start({ dataDir, receive: false, clickhousePort: 0 })
  const refused = expect(opening).rejects.toThrow(' were deleted from ')
  await expect.poll(() => heldByEngine(directory), { interval: 1 }).toBeDefined()
  renameSync(join(directory, 'store'), join(directory, 'store-aside'))
  await refused
})

test('a store is not called damaged when the look at it is interrupted', async () => {
  const dataDir = storedSpans('interrupted')
  rmSync(join(dataDir, 'clickhouse', 'definitions-read'))
  const opening = start({ dataDir, receive: false })
  const look = () => spawnSync('pgrep', ['-f', `STOP MERGES.*${dataDir}`], { encoding: 'utf8' })
  let pid = 0
  while (pid === 0) {
    pid = Number.parseInt(look().stdout, 10) || 0
    await sleep(1)
  }
  process.kill(pid, 'SIGINT')
  collector = await opening
  expect((await ask('SELECT count() FROM otel_traces')).text).toBe(`${SPANS}\n`)
})

test('a store that cannot be read is not called deleted', async () => {
  const dataDir = storedSpans('unreadable')
  const store = join(dataDir, 'clickhouse', 'store')
  renameSync(store, `${store}-aside`)
  // Root may read everything; not a circle of links.
  symlinkSync('store', store)
  const opening = start({ dataDir, receive: false, clickhousePort: 0 })
  await expect(opening).rejects.toMatchObject({ code: 'ELOOP' })
})

test('a table that a command makes anew is not called deleted', async () => {
  const dataDir = storedSpans('made-anew')
  // As if killed while it makes them anew.
  const engine = await openEngine(join(dataDir, 'clickhouse'))
  for (const name of ['otel_traces_facts', 'otel_traces_failures']) {
    await engine.run(`DROP VIEW otel.${name}_mv SYNC`)
    await engine.run(`DROP TABLE otel.${name} SYNC`)
  }
  await engine.close()
  // As before a restart of the machine.
  writeFileSync(join(dataDir, 'clickhouse', COMPLETE), '0')
  collector = await start({ dataDir, receive: false })
  expect(await ask('SELECT count() FROM otel_traces')).toEqual({ status: 200, text: `${SPANS}\n` })
  expect(Number((await ask('SELECT count() FROM otel_traces_facts')).text)).toBeGreaterThan(0)
})

test('a deleted table that was made from spans is made again', async () => {
  const dataDir = storedSpans('made-again')
  await open(dataDir)
  const lookup = 'SELECT count() FROM otel_traces_trace_id_ts FINAL'
  expect((await ask(lookup)).text).toBe('1\n')
  const { text } = await ask(
    "SELECT uuid FROM system.tables WHERE database = 'otel' AND name = 'otel_traces_trace_id_ts'",
  )
  const uuid = text.trim()
  const remove = () =>
    rmSync(join(dataDir, 'clickhouse', 'store', uuid.slice(0, 3), uuid), { recursive: true })
  await collector!.stop()
  remove()
  await open(dataDir)
  expect((await status()).lost).toEqual(['otel_traces_trace_id_ts'])
  expect((await ask(lookup)).text).toBe('1\n')
  await collector!.stop()
  remove()
  // As if killed before it makes the table.
  const engine = await openEngine(join(dataDir, 'clickhouse'))
  await engine.close()
  await open(dataDir)
  expect((await ask(lookup)).text).toBe('1\n')
})

test('a draft that a killed process left, and that the next start drops, is not missed', async () => {
  const dataDir = storedSpans('draft')
  const engine = await openEngine(join(dataDir, 'clickhouse'))
  await engine.run('CREATE TABLE otel.otel_traces_failures_draft AS otel.otel_traces_failures')
  await engine.close()
  const spool = new Spool(join(dataDir, 'spool', 'traces'), 'os', () => ({
    rows: 22,
    flatBytes: 1,
  }))
  await spool.append(shopRequest(1, BigInt(Date.now()) * 1_000_000n, 1e9), SPANS, 1)
  await spool.close()
  const files = spool.sealed.map(({ path }) => basename(path))
  const insert = { at: 0, skip: [], files, block: -1, failures: -1 }
  writeFileSync(join(spool.directory, 'loading.json'), JSON.stringify({ insert }))
  await open(dataDir)
  await expect.poll(() => collector!.status().traces.waiting).toBe(0)
  expect((await status()).gone).toBeUndefined()
  expect(await send()).toBe(200)
})
