/**
 * Loads: rejected requests, memory limits, and restarts after a kill.
 *
 * One file: its tests restart one store in turn.
 */
import fs, {
  cpSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { type Engine, openEngine } from '../engine/engine.ts'
import { createTables, schemaFile, TABLES } from '../engine/tables.ts'
import { jsonToProtobuf } from '../otlp/json.ts'
import type { Signal } from '../otlp/proto.ts'
import { scan } from '../otlp/scan.ts'
import { lengthPrefix } from '../otlp/wire.ts'
import { writeNotices } from '../status.ts'
import { Loader } from './load.ts'
import { startLoadLoop } from './load-loop.ts'
import { RecentSpans } from './recent-spans.ts'
import { halve } from './split.ts'
import { Spool } from './spool.ts'
import type { SpoolFile } from './spool-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-load-'))
let engine: Engine

beforeAll(async () => {
  engine = await openEngine(join(folder, 'clickhouse'))
  await createTables(engine)
})
beforeEach(async () => {
  for (const table of [...Object.values(TABLES).flat(), 'otel_traces_trace_id_ts'])
    await engine.run(`TRUNCATE TABLE otel.${table}`)
})
afterAll(async () => {
  await engine.close()
  removeFolder(folder)
})

const DAYS = 3
/** Bytes for an INSERT of some spans in as many days, and not for 8,000. */
const MEMORY = 64 * 2 ** 20
const time = (i: number) =>
  String(1_790_000_000_000_000_000n + BigInt(i % DAYS) * 86_400_000_000_000n)

/** Spans named by their number, on three days. */
function spans(from: number, count: number): Buffer {
  const made = Array.from({ length: count }, (_, i) => ({
    traceId: String(from + i).padStart(32, 'f'),
    name: String(from + i),
    startTimeUnixNano: time(i),
    ...(i % 10 === 0 ? { status: { code: 2 } } : {}),
    attributes: [{ key: 'text', value: { stringValue: 'x'.repeat(1000) } }],
  }))
  return encode('traces', { resourceSpans: [{ scopeSpans: [{ spans: made }] }] })
}

/** The request of two spans with so many empty events in the first. */
function withEvents(request: Buffer, count: number): Buffer {
  const [first, second] = halve('traces', request)!
  const field = (number: number, content: Buffer) =>
    Buffer.concat([Buffer.from([number * 8 + 2]), lengthPrefix(content.length), content])
  const span = Buffer.concat([Buffer.from([0x2a, 1, 0x30]), Buffer.alloc(count * 2, '5a00', 'hex')])
  expect(scan('traces', first).rows).toBe(1)
  return Buffer.concat([field(1, field(2, field(2, span))), second])
}

function metrics(...made: object[]): Buffer {
  return encode('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics: made }] }] })
}

const gauge = (name: string) => ({ name, gauge: { dataPoints: [{ asInt: 1 }] } })
const sum = (name: string) => ({
  name,
  sum: { dataPoints: [{ asInt: 1 }], isMonotonic: true },
})

function encode(signal: Signal, body: object): Buffer {
  return jsonToProtobuf(signal, Buffer.from(JSON.stringify(body)))
}

async function spooled(signal: Signal, files: Buffer[][], name = 'spool-'): Promise<Spool> {
  const directory = mkdtempSync(join(folder, name))
  const spool = new Spool(directory, 'os', (request) => scan(signal, request))
  for (const requests of files) {
    for (const request of requests) await spool.append(request, 1, request.length)
    await spool.close()
  }
  return spool
}

async function drained(loader: Loader): Promise<void> {
  while (await loader.load()) {
    // Until all is stored.
  }
  loader.close()
}

async function value(sql: string): Promise<number> {
  const [row] = await engine.rows<{ value: number }>(sql)
  return Number(row?.value ?? 0)
}

function exceeded(): Promise<number> {
  return value("SELECT value FROM system.events WHERE event = 'QueryMemoryLimitExceeded'")
}

async function names(table: string): Promise<string[]> {
  const column = table === 'otel_traces' ? 'SpanName' : 'MetricName'
  const rows = await engine.rows<{ name: string }>(
    `SELECT ${column} AS name FROM otel.${table} ORDER BY name`,
  )
  return rows.map(({ name }) => name)
}

async function daysOf(table: string): Promise<string[]> {
  const rows = await engine.rows<{ day: string }>(
    `SELECT DISTINCT toString(toDate(Timestamp)) AS day FROM otel.${table}`,
  )
  return rows.map(({ day }) => day)
}

/** Each number once. */
async function expectSpans(count: number): Promise<void> {
  expect((await names('otel_traces')).map(Number).sort((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, i) => i),
  )
  expect(await value('SELECT uniqExact(TraceId) AS value FROM otel.otel_traces_trace_id_ts')).toBe(
    count,
  )
}

test('a request that one table rejects is quarantined once and stored in the others', async () => {
  const bad = metrics(gauge('bad'), sum('bad'))
  // is_monotonic neither true nor false, at the very end of the request: scan() would have refused it.
  expect(bad.subarray(-2)).toEqual(Buffer.from([0x18, 1]))
  bad[bad.length - 1] = 7
  expect(() => scan('metrics', bad)).toThrow()
  const good = ['a', 'b', 'c'].map((name) => metrics(gauge(name), sum(name)))
  // The error quotes the folder, and is not one of memory.
  const spool = await spooled(
    'metrics',
    [[good[0]!, bad, good[1]!], [good[2]!]],
    'MEMORY_LIMIT_EXCEEDED-',
  )
  const loader = new Loader('metrics', engine, spool)
  await drained(loader)

  expect(await names('otel_metrics_gauge')).toEqual(['a', 'b', 'bad', 'c'])
  expect(await names('otel_metrics_sum')).toEqual(['a', 'b', 'c'])
  const kept = readdirSync(join(spool.directory, 'quarantine')).sort()
  expect(kept).toHaveLength(2)
  const reason = readFileSync(join(spool.directory, 'quarantine', kept[1]!), 'utf8')
  expect(reason).toMatch(/^otel_metrics_sum: [^\n]* \([A-Z_]+\)$/m)
  expect(reason.trim().split('\n')).toHaveLength(1)
  expect(spool.quarantine.count).toBe(1)
  expect(readdirSync(spool.directory)).toEqual(['quarantine'])
})

test('an error of the disk is tried again, and quarantines nothing', async () => {
  const spool = await spooled('traces', [[spans(0, 10)]])
  const loader = new Loader('traces', engine, spool)
  const [table] = await engine.rows<{ path: string }>(
    "SELECT data_paths[1] AS path FROM system.tables WHERE database = 'otel' AND name = 'otel_traces'",
  )
  const path = table!.path.replace(/\/$/, '')
  renameSync(path, `${path}-aside`)
  writeFileSync(path, '')
  await expect(loader.load()).rejects.toThrow(/Not a directory/)
  rmSync(path)
  renameSync(`${path}-aside`, path)
  expect(spool.quarantine.count).toBe(0)
  await drained(loader)
  await expectSpans(10)
})

test('a function that the store lacks is waited for, and quarantines nothing', async () => {
  const spool = await spooled('traces', [[spans(0, 10)]])
  const loader = new Loader('traces', engine, spool)
  const load = vi.spyOn(loader, 'load')
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const lines = () => said.mock.calls.map(([line]) => String(line))
  // The host's clock goes back all the while, and nothing waits for it.
  let now = Date.now()
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => {
    now -= 1000
    return now
  })
  try {
    await engine.run('DROP FUNCTION otlp_map')
    const loop = startLoadLoop(spool, loader, true)
    try {
      await vi.waitFor(() => expect(load.mock.calls.length).toBeGreaterThan(2), 60_000)
    } finally {
      for (const statement of schemaFile('functions.sql').split(/;\n(?=.)/s))
        await engine.run(statement)
      await loop.stored(0, AbortSignal.timeout(60_000))
      await loop.drain(AbortSignal.abort())
    }
    // The further failures are said at the end, when storing goes on.
    writeNotices()
    expect(
      lines().filter((line) => /retrying: .*otlp_map.* \(UNKNOWN_FUNCTION\)$/m.test(line)),
    ).toHaveLength(2)
  } finally {
    clock.mockRestore()
    said.mockRestore()
  }
  expect(spool.quarantine.count).toBe(0)
  await expectSpans(10)
})

// Reading the memory of a process at 0 is an error of input and output, as of a disk that fails.
test.runIf(process.platform === 'linux')(
  'a file that the disk does not give is tried again, and neither quarantined nor waited for',
  async () => {
    const { directory, sealed } = await spooled('traces', [[spans(0, 10)], [spans(10, 10)]])
    const [{ path }] = sealed as [SpoolFile]
    const fail = (file: string) => symlinkSync('/proc/self/mem', file)
    renameSync(path, `${path}-aside`)
    fail(path)
    const spool = new Spool(directory, 'os', (request) => scan('traces', request))
    const journal = join(directory, 'loading.json')
    fail(journal)
    expect(() => new Loader('traces', engine, spool)).toThrow('EIO')
    rmSync(journal)
    const command = startLoadLoop(spool, new Loader('traces', engine, spool), false)
    await command.drain(new AbortController().signal)
    expect(command.status()).toMatchObject({
      stored: 10,
      failure: `${path} cannot be loaded: EIO: i/o error, read`,
    })
    await spool.append(spans(20, 10), 10, 100)
    const loader = new Loader('traces', engine, spool)
    await spool.close()
    await expect(loader.load()).rejects.toThrow('EIO')
    expect(await loader.load()).toBe(true)
    expect(loader.stored).toBe(10)
    await expect(loader.load()).rejects.toThrow('EIO')
    renameSync(`${path}-aside`, path)
    await drained(loader)
    await expectSpans(30)
    expect([spool.received, loader.stored, spool.quarantine.count]).toEqual([30, 20, 0])
  },
)

test('a batch beyond the memory limit is loaded in pieces', async () => {
  const files = Array.from({ length: 4 }, (_, file) =>
    Array.from({ length: 8 }, (_, i) => spans((file * 8 + i) * 250, 250)),
  )
  const spool = await spooled('traces', files)
  const before = await exceeded()
  const loader = new Loader('traces', engine, spool, MEMORY)
  await drained(loader)
  expect(await exceeded()).toBeGreaterThan(before)
  await expectSpans(8_000)
  expect(readdirSync(spool.directory)).toEqual([])
})

test('too many parts are waited for: nothing is split, quarantined or lost', async () => {
  const table = 'otel.otel_traces'
  await engine.run(`SYSTEM STOP MERGES ${table}`)
  await engine.run(`ALTER TABLE ${table} MODIFY SETTING parts_to_throw_insert = 1`)
  const first = await spooled('traces', [[spans(0, 6)]])
  await drained(new Loader('traces', engine, first))
  const spool = await spooled('traces', [[spans(6, 6)], [spans(12, 6)]])
  const loader = new Loader('traces', engine, spool)
  // One more than a row has.
  for (let tries = 0; tries < 11; tries++)
    await expect(loader.load()).rejects.toThrow('TOO_MANY_PARTS')
  expect([spool.sealed.length, spool.quarantine.count]).toEqual([2, 0])
  await engine.run(`ALTER TABLE ${table} RESET SETTING parts_to_throw_insert`)
  await engine.run(`SYSTEM START MERGES ${table}`)
  await drained(loader)
  await expectSpans(18)
  expect(spool.quarantine.count).toBe(0)
})

test('one request beyond the memory limit is loaded row by row', async () => {
  const spool = await spooled('traces', [[spans(0, 8_000)]])
  const before = await exceeded()
  await drained(new Loader('traces', engine, spool, MEMORY))
  expect(await exceeded()).toBeGreaterThan(before)
  await expectSpans(8_000)
  expect([readdirSync(spool.directory), spool.quarantine.count]).toEqual([[], 0])
})

test('a row beyond the memory limit is quarantined, and later requests do not wait for it', async () => {
  const small = encode('traces', {
    resourceSpans: [{ scopeSpans: [{ spans: [{ name: '0' }, { name: '1' }] }] }],
  })
  const large = withEvents(small, 1_300_000)
  const spool = await spooled('traces', [[spans(2, 3), large, spans(5, 2)], [spans(7, 3)]])
  const loader = new Loader('traces', engine, spool, 48 * 2 ** 20)
  // A restart in the midst of it changes nothing.
  for (let i = 0; i < 3; i++) await loader.load()
  loader.close()
  const restarted = new Spool(spool.directory, 'os', (request) => scan('traces', request))
  await drained(new Loader('traces', engine, restarted, 48 * 2 ** 20))
  expect((await names('otel_traces')).map(Number).sort((a, b) => a - b)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9,
  ])
  const kept = readdirSync(join(spool.directory, 'quarantine')).sort()
  expect(kept).toHaveLength(2)
  expect(readFileSync(join(spool.directory, 'quarantine', kept[1]!), 'utf8')).toMatch(
    /^otel_traces: .*MEMORY_LIMIT_EXCEEDED/,
  )
  expect(readdirSync(spool.directory)).toEqual(['quarantine'])
})

test.each([
  ['at once', undefined, 50],
  ['in pieces', MEMORY, 500],
])('an INSERT that stored one day of three is finished %s', async (_, memory, each) => {
  const files = [0, 8].map((file) =>
    Array.from({ length: 8 }, (_, i) => spans((file + i) * each, each)),
  )
  const spool = await spooled('traces', files)
  const days = Array.from({ length: DAYS }, (_, i) =>
    new Date(Number(time(i).slice(0, -6))).toISOString().slice(0, 10),
  )
  // As left by a process killed between two parts.
  const names = spool.sealed.map(({ path }) => basename(path))
  const [last] = await engine.rows<{ block: number }>(schemaFile('last_block.sql'), {
    table: 'otel_traces',
  })
  const insert = { at: 0, skip: [], files: names, block: Number(last!.block) }
  const first = new Loader('traces', engine, await spooled('traces', files))
  await drained(first)
  for (const day of days.slice(1))
    await engine.run(`ALTER TABLE otel.otel_traces DROP PARTITION '${day}'`)
  await engine.run('TRUNCATE TABLE otel.otel_traces_trace_id_ts')
  await engine.run('TRUNCATE TABLE otel.otel_traces_facts')
  // Those of the first day may be there, or not.
  for (const day of memory === undefined ? days : days.slice(1))
    await engine.run(`ALTER TABLE otel.otel_traces_failures DROP PARTITION '${day}'`)
  writeFileSync(join(spool.directory, 'loading.json'), JSON.stringify({ insert }))

  const loader = new Loader('traces', engine, spool, memory)
  await loader.recover()
  await drained(loader)
  await expectSpans(16 * each)
  const known = 'SELECT uniqExact(toDate(Slot)) AS value FROM otel.otel_traces_facts'
  expect(await value(known)).toBe(DAYS)
  expect(await value('SELECT count() AS value FROM otel.otel_traces_failures')).toBe(1.6 * each)
  expect(existsSync(join(spool.directory, 'loading.json'))).toBe(false)
})

test('a file that a killed process stored in some tables continues with the next table', async () => {
  const request = metrics(gauge('g'), sum('s'))
  const spool = await spooled('metrics', [[request]])
  const files = spool.sealed.map(({ path }) => basename(path))
  // In the gauges already, and being inserted into the sums.
  const insert = { at: 1, skip: [], files, block: 10_000 }
  writeFileSync(join(spool.directory, 'loading.json'), JSON.stringify({ insert }))
  const loader = new Loader('metrics', engine, spool)
  await loader.recover()
  await drained(loader)
  expect([await names('otel_metrics_gauge'), await names('otel_metrics_sum')]).toEqual([[], ['s']])
})

test('spool files that were moved away are counted, and stored once when they are back', async () => {
  const spool = await spooled('traces', [[spans(0, 3), spans(3, 1)], [spans(4, 1)]])
  const { path } = spool.sealed[0]!
  const away = join(folder, 'away')
  renameSync(path, away)
  const loader = new Loader('traces', engine, spool)
  await drained(loader)
  expect([spool.missingRows, loader.stored]).toEqual([2, 1])
  expect(await names('otel_traces')).toEqual(['4'])
  // A copy that is not finished must not count as damaged.
  const content = readFileSync(away)
  writeFileSync(path, content.subarray(0, 100))
  spool.look()
  writeFileSync(path, content)
  // One that was away at the start: its size must not change between two looks.
  const other = await spooled('traces', [[spans(5, 1)], [spans(6, 1)], [spans(7, 1)]])
  const third = other.sealed[2]!.path
  renameSync(third, join(spool.directory, basename(third)))
  spool.look()
  spool.look()
  await drained(new Loader('traces', engine, spool))
  expect([spool.missingRows, spool.quarantine.count, spool.received]).toEqual([0, 0, 4])
  expect(await names('otel_traces')).toEqual(['0', '1', '2', '3', '4', '7'])
})

test('a spool file that is moved away while it is stored is not stored again when it is back', async () => {
  const spool = await spooled('traces', [[spans(0, 3)]])
  const [file] = spool.sealed
  const away = join(folder, 'away')
  renameSync(file!.path, away)
  spool.remove([file!])
  const restarted = () => new Spool(spool.directory, 'os', (request) => scan('traces', request))
  // Its name is not given to another.
  const next = restarted()
  await next.append(spans(3, 1), 1, 100)
  await next.close()
  const { path } = next.sealed[0]!
  for (const back of [next, undefined]) {
    cpSync(away, file!.path)
    for (const _ of [1, 2]) back?.look()
    const [left, ...others] = (back ?? restarted()).sealed
    expect([left!.path, others]).toEqual([path, []])
    if (back) spool.remove([file!])
  }
  expect(readdirSync(spool.directory)).toEqual([basename(path)])
})

test('a spool file that is away at a start is stored as far as it was not', async () => {
  const files = [0, 1, 2].map((file) => [spans(file * DAYS, DAYS)])
  const spool = await spooled('traces', files)
  // The first one's days are in the table, as of a failed INSERT.
  await drained(new Loader('traces', engine, await spooled('traces', [[spans(0, DAYS)]])))
  const skip = await daysOf('otel_traces')
  const stem = basename(spool.sealed[0]!.path, '.spool')
  const journal = join(spool.directory, 'loading.json')
  writeFileSync(journal, JSON.stringify({ progress: { [stem]: { at: 0, skip } } }))
  const away = spool.sealed.map(({ path }, i) => [path, join(folder, `away-${i}`)] as const)
  for (const [path, to] of away) renameSync(path, to)
  const next = new Spool(spool.directory, 'os', (request) => scan('traces', request))
  const loader = new Loader('traces', engine, next)
  await next.append(spans(3 * DAYS, DAYS), DAYS, 100)
  while (await loader.load()) {
    // Until it is stored.
  }
  await next.append(spans(4 * DAYS, DAYS), DAYS, 100)
  await next.close()
  // None takes the place of another.
  for (const [path, from] of away) renameSync(from, path)
  for (const _ of [1, 2]) next.look()
  await drained(loader)
  await expectSpans(5 * DAYS)
  expect(existsSync(journal)).toBe(false)
})

test('names of spool files have twelve digits, beside files of other names too', async () => {
  const directory = mkdtempSync(join(folder, 'spool-'))
  writeFileSync(join(directory, '999999999999.spool.stored'), '')
  const spool = new Spool(directory, 'os', (request) => scan('traces', request))
  spool.skipTo(Number.MAX_VALUE)
  await spool.append(spans(0, 1), 1, 100)
  await spool.close()
  const again = new Spool(directory, 'os', (request) => scan('traces', request))
  expect(again.sealed).toHaveLength(1)
})

// ext4 makes a rename durable with anything that is synced later, so the power cuts cannot show this. Others do not.
test('names that a removed spool file leaves behind are on disk before it goes', async () => {
  const directory = mkdtempSync(join(folder, 'spool-'))
  // Of an earlier version: it is rewritten.
  const old = spans(2 * DAYS, 1)
  writeFileSync(join(directory, '000000000000.bin'), Buffer.concat([lengthPrefix(old.length), old]))
  const tables = await engine.rows<{ data_paths: string[] }>(
    "SELECT data_paths FROM system.tables WHERE database = 'otel' AND engine LIKE '%MergeTree'",
  )
  const watched = [directory, ...tables.flatMap(({ data_paths }) => data_paths)]
  // Of parts only those of INSERTs: merges come at any moment.
  const needed = (path: string) =>
    readdirSync(path).filter((name) => /^\d.*_0$|\.spool(\.draft)?$|^loading\.json$/.test(name))
  // What earlier tests left is not looked at.
  const durable = new Map(watched.map((path) => [path, needed(path)]))
  let checked = 0
  const lost: string[] = []
  const check = () => {
    for (const path of watched) {
      const names = needed(path)
      checked += names.length
      lost.push(...names.filter((name) => !durable.get(path)?.includes(name)))
    }
  }
  const { fsyncSync, rmSync } = fs
  const synced = vi.spyOn(fs, 'fsyncSync').mockImplementation((handle) => {
    fsyncSync(handle)
    const { ino } = fstatSync(handle)
    for (const path of watched) if (statSync(path).ino === ino) durable.set(path, needed(path))
  })
  const removed = vi.spyOn(fs, 'rmSync').mockImplementation((path, options) => {
    if (/\.(spool|bin)$/.test(`${path}`)) check()
    rmSync(path, options)
  })
  syncBuiltinESMExports()
  const spool = new Spool(directory, 'fsync', (request) => scan('traces', request))
  await spool.append(spans(0, DAYS), DAYS, 1)
  check()
  await spool.append(spans(DAYS, DAYS), DAYS, 1)
  await spool.close()
  const file = spool.sealed.at(-1)
  spool.replace(
    file!,
    spool.read(file!).records.map((record) => [{ ...record, index: 0 }]),
  )
  await drained(new Loader('traces', engine, spool))
  synced.mockRestore()
  removed.mockRestore()
  syncBuiltinESMExports()
  expect(checked).toBeGreaterThan(DAYS * 3)
  expect(lost).toEqual([])
})

test('journal entries of removed files do not apply to new files of the same name', async () => {
  const spool = await spooled('traces', [[spans(0, 3)]])
  // Of a clock that went back.
  const stored = {
    at: 0,
    skip: [new Date(Number(time(0).slice(0, -6))).toISOString().slice(0, 10)],
  }
  const progress = { '800000000000': stored, '800000000001-0': stored }
  spool.remove([...spool.sealed])
  writeFileSync(join(spool.directory, 'loading.json'), JSON.stringify({ progress }))
  const again = new Spool(spool.directory, 'os', (request) => scan('traces', request))
  const loader = new Loader('traces', engine, again)
  await loader.recover()
  await again.append(spans(0, 5), 5, 100)
  await again.close()
  expect(again.sealed.map(({ path }) => basename(path))).toEqual(['800000000002.spool'])
  await drained(loader)
  await expectSpans(5)
})

// OTRACE_LONG=1: more than the engine takes in one statement.
test('seconds of spans that came again are stored, 100,000 in a statement, and after a stop', async () => {
  const path = join(folder, 'recent-spans')
  const recent = new RecentSpans(path, false)
  const seconds = process.env.OTRACE_LONG ? 1_000_001 : 100_001
  for (let i = 0; i < seconds; i++) {
    const time = BigInt(1_790_000_000 + i) * 1_000_000_000n
    const hashes = [i, i + 1, Number(time >> 32n), Number(time & 0xffff_ffffn)]
    recent.add(hashes)
    recent.add(hashes)
  }
  recent.save()
  const run = vi.spyOn(engine, 'run')
  await new RecentSpans(path, true).store(engine)
  expect(run).toHaveBeenCalledTimes(Math.ceil(seconds / 100_000))
  run.mockRestore()
  const sql =
    'SELECT uniqExact(Second) AS stored, min(Second) AS first FROM otel.otel_traces_repeats'
  expect(await engine.rows(sql)).toMatchObject([{ stored: seconds, first: '2026-09-21 14:13:20' }])
})

test('a damaged file of the recent spans tells no seconds', async () => {
  const path = join(folder, 'damaged-spans')
  const recent = new RecentSpans(path, false)
  const [high, low] = [Number(1_790_000_000_000_000_000n >> 32n), 0]
  for (let i = 0; i < 10; i++) recent.add([i >> 1, 1, high, low])
  recent.save()
  expect(new RecentSpans(path, true).isNew).toBe(false)
  const bytes = readFileSync(path)
  for (const at of [0, 4, 12]) {
    const damaged = Buffer.from(bytes)
    damaged[at]! ^= 1
    writeFileSync(path, damaged)
    expect(new RecentSpans(path, true).isNew).toBe(true)
  }
  writeFileSync(path, bytes.subarray(0, -8))
  expect(new RecentSpans(path, false).isNew).toBe(true)
})
