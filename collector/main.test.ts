/**
 * A collector process: addresses, locks, answers, refusals and permissions.
 *
 * One file: its tests start, kill and restart one collector.
 */
import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { shopRequest } from '../bench/shop-spans.ts'
import { bundled } from '../test/bundled.ts'
import { removeFolder } from '../test/folder.ts'
import { killed } from '../test/killed.ts'
import { readAddressFile } from './address-file.ts'
import { isHeld, lockDirectory } from './engine/lock.ts'
import { checkOpenFiles } from './engine/open-files.ts'
import { Journal } from './ingest/journal.ts'
import { fileOf } from './ingest/spool-file.ts'
import {
  type Collector,
  type CollectorOptions,
  PortInUseError,
  StoreServedError,
  start,
} from './main.ts'
import { jsonToProtobuf } from './otlp/json.ts'
import type { Signal } from './otlp/proto.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-main-'))
/** Starts a collector that receives if it is called `up`, and ends with the name of its error. */
const program = bundled(`
  import { writeFileSync } from 'node:fs'
  import { start } from './collector/main.ts'
  const [dataDir, what, ready] = process.argv.slice(2)
  if (ready) writeFileSync(ready, '')
  const ports = { otlpHttpPort: 0, clickhousePort: 0 }
  await start({ dataDir, ...ports, receive: what === 'up' }).catch((error) => {
    console.log(error.name)
    process.exit()
  })`)
let collector: Collector | undefined
let child: ChildProcess | undefined

afterEach(async () => {
  await killed(child)
  await collector?.stop()
  collector = undefined
})
afterAll(() => removeFolder(folder))

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

test('publishes its addresses while it runs', async () => {
  const dataDir = join(folder, 'published')
  await open({ dataDir })
  expect(readAddressFile(dataDir)).toMatchObject({ pid: process.pid, ...collector!.addresses })
  await collector!.stop()
  collector = undefined
  expect(readAddressFile(dataDir)).toBeUndefined()
  // Left by a dead process.
  writeFileSync(
    join(dataDir, 'otrace.json'),
    JSON.stringify({ pid: 2 ** 22 + 1, clickhouse: 'http://x' }),
  )
  expect(readAddressFile(dataDir)).toBeUndefined()
})

test('a port in use is named, and the directory is released', async () => {
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

test('a directory that a collector serves is refused by name, a copy of it is not, and it is free after its end', async () => {
  const dataDir = join(folder, 'held')
  child = spawn(process.execPath, [program, dataDir, 'up'], { stdio: 'ignore' })
  await until(() => readAddressFile(dataDir) !== undefined)
  await expect(open({ dataDir, receive: false })).rejects.toThrow(StoreServedError)
  await expect(open({ dataDir })).rejects.toThrow(`otrace up (process ${child.pid})`)
  // A copy of the directory brings these files along.
  const copy = join(folder, 'copy')
  for (const file of ['otrace.json', 'clickhouse/otrace.lock'])
    cpSync(join(dataDir, file), join(copy, file))
  expect(readAddressFile(copy)).toBeUndefined()
  await open({ dataDir: copy })
  expect(readAddressFile(copy)?.pid).toBe(process.pid)
  await collector!.stop()
  // As a process in another container sees it: the ids are of processes that it cannot see.
  const engine = join(dataDir, 'clickhouse')
  writeFileSync(join(engine, 'otrace.lock'), '4194303 1')
  if (existsSync('/proc/locks')) {
    expect(await lockDirectory(engine, { ms: 0 })).toBeUndefined()
    expect(isHeld(engine)).toBe(true)
  }
  await killed(child)
  await open({ dataDir, receive: false })
  expect(await count()).toBe(0)
})

/** A namespace of process ids with its own list of locks, as a container has. */
const APART = ['--pid', '--fork', '--mount-proc']

test.runIf(spawnSync('unshare', [...APART, 'true']).status === 0)(
  'a directory that a process in another container holds is refused by name',
  async () => {
    const dataDir = join(folder, 'elsewhere')
    await open({ dataDir })
    const args = [process.execPath, program, dataDir, 'command']
    const { stdout } = await promisify(execFile)('unshare', [...APART, ...args])
    expect(stdout).toBe('StoreLockedError\n')
  },
)

test('a collector goes first among processes waiting for a directory, and the others use it', async () => {
  const dataDir = join(folder, 'queue')
  await open({ dataDir, receive: false })
  const isReady = join(folder, 'ready')
  const run = (what: string) => {
    const started = spawn(process.execPath, [program, dataDir, what, `${isReady}-${what}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => killed(started))
    let said = ''
    started.stdout.on('data', (data) => {
      said += data
    })
    return { started, ended: once(started, 'exit'), said: () => said }
  }
  const commands = ['a', 'b'].map(run)
  await until(() => ['a', 'b'].every((name) => existsSync(`${isReady}-${name}`)))
  child = run('up').started
  await until(() => existsSync(join(dataDir, 'clickhouse', 'otrace.next')))
  await collector!.stop()
  await Promise.all(commands.map(({ ended }) => ended))
  expect(commands.map(({ said }) => said().trim())).toEqual(Array(2).fill('StoreServedError'))
  expect(readAddressFile(dataDir)?.pid).toBe(child.pid)
  expect(existsSync(join(dataDir, 'clickhouse', 'otrace.next'))).toBe(false)
})

test('the lock and address of an ended process do not apply to a later process with its id', async () => {
  const dataDir = join(folder, 'reused')
  await open({ dataDir })
  const address = JSON.parse(readFileSync(join(dataDir, 'otrace.json'), 'utf8'))
  await collector!.stop()
  const other = { ...address, pid: process.ppid, processStart: '1' }
  writeFileSync(join(dataDir, 'otrace.json'), JSON.stringify(other))
  writeFileSync(join(dataDir, 'clickhouse', 'otrace.lock'), `${process.ppid} 1`)
  await open({ dataDir })
  expect(readAddressFile(dataDir)?.pid).toBe(process.pid)
})

test('files that name another program, or that another user planted, are not trusted', async () => {
  const dataDir = join(folder, 'planted')
  await open({ dataDir })
  const address = JSON.parse(readFileSync(join(dataDir, 'otrace.json'), 'utf8'))
  await collector!.stop()
  const program = spawn('sleep', ['60'])
  const { processStart: _, ...planted } = { ...address, pid: program.pid }
  writeFileSync(join(dataDir, 'otrace.json'), JSON.stringify(planted))
  writeFileSync(join(dataDir, 'clickhouse', 'otrace.lock'), String(program.pid))
  await open({ dataDir })
  program.kill()
  expect(readAddressFile(dataDir)?.pid).toBe(process.pid)
  if (process.getuid?.() !== 0) return
  chownSync(join(dataDir, 'otrace.json'), 12_345, 12_345)
  expect(readAddressFile(dataDir)).toBeUndefined()
  chownSync(join(dataDir, 'otrace.json'), 0, 0)
})

test('pipes, links and large files in the place of its own files are moved away', async () => {
  const dataDir = join(folder, 'pipes')
  for (const name of ['clickhouse', 'spool/traces'])
    mkdirSync(join(dataDir, name), { recursive: true })
  const make = 'mkfifo otrace.json clickhouse/otrace.next spool/traces/loading.json'
  execFileSync('sh', ['-c', make], { cwd: dataDir })
  symlinkSync('/dev/zero', join(dataDir, 'clickhouse', 'otrace.lock'))
  expect(readAddressFile(dataDir)).toBeUndefined()
  await open({ dataDir })
  expect(readAddressFile(dataDir)?.pid).toBe(process.pid)
  expect(collector!.status().traces.quarantined).toBe(1)
  await collector!.stop()
  writeFileSync(join(dataDir, 'otrace.json'), ' '.repeat(1 << 20))
  expect(readAddressFile(dataDir)).toBeUndefined()
  await open({ dataDir })
  expect(readAddressFile(dataDir)?.pid).toBe(process.pid)
})

test('folders in the place of its own files are moved away', async () => {
  const dataDir = join(folder, 'folders')
  const own = ['otrace.json', 'clickhouse/otrace.lock', 'clickhouse/status']
  const marks = [
    'clickhouse/facts-complete',
    'clickhouse/tables-made',
    'clickhouse/names.json',
    'clickhouse/columns.json',
  ]
  for (const path of [...own, ...marks, 'spool/logs/000000000001.spool'])
    mkdirSync(join(dataDir, path, 'sub'), { recursive: true })
  await open({ dataDir })
  expect(await count()).toBe(0)
  expect(readAddressFile(dataDir)?.pid).toBe(process.pid)
  expect(collector!.status().logs.quarantined).toBe(1)
})

test('files and links in the place of its own folders are moved away', async () => {
  const dataDir = join(folder, 'files')
  mkdirSync(join(dataDir, 'spool', 'metrics'), { recursive: true })
  for (const path of ['clickhouse', 'spool/traces', 'spool/metrics/quarantine'])
    writeFileSync(join(dataDir, path), 'x')
  writeFileSync(join(dataDir, 'spool', 'metrics', 'loading.json'), '{')
  symlinkSync('/dev/null', join(dataDir, 'spool', 'logs'))
  await open({ dataDir })
  expect((await send(spans(1))).status).toBe(200)
  await until(async () => (await count()) === 22)
  expect(collector!.status().metrics.quarantined).toBe(1)
  const moved = ['', 'spool', 'spool/metrics'].map(
    (at) => readdirSync(join(dataDir, at)).filter((name) => name.includes('.moved-')).length,
  )
  expect(moved).toEqual([1, 2, 1])
})

test.each(['clickhouse', 'spool'])(
  'a link to a disk that is not mounted stays: %s',
  async (name) => {
    const dataDir = join(folder, `unmounted-${name}`)
    mkdirSync(dataDir)
    symlinkSync('/nonexistent/x', join(dataDir, name))
    for (const receive of [false, true])
      await expect(open({ dataDir, receive })).rejects.toThrow('is a link to /nonexistent/x')
    expect(readlinkSync(join(dataDir, name))).toBe('/nonexistent/x')
  },
)

test('a store whose metadata were cut off is named', async () => {
  const dataDir = join(folder, 'cut-off')
  mkdirSync(join(dataDir, 'clickhouse', 'metadata'), { recursive: true })
  writeFileSync(join(dataDir, 'clickhouse', 'metadata', 'otel.sql'), '')
  await expect(open({ dataDir, receive: false })).rejects.toThrow(
    `ClickHouse cannot open its files in ${dataDir}/clickhouse`,
  )
})

test('answers as the OTLP specification requires', async () => {
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
  expect((await send(spans(1), { 'content-encoding': 'compress' })).status).toBe(415)
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
  // A large resource shared by many spans.
  const large = {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'k', value: { stringValue: 'x'.repeat(2 ** 20) } }] },
        scopeSpans: [{ spans: Array.from({ length: 1000 }, () => ({ name: 'x' })) }],
      },
    ],
  }
  const refused = await send(Buffer.from(JSON.stringify(large)), {
    'content-type': 'application/json',
  })
  expect([refused.status, refused.text]).toEqual([
    413,
    expect.stringContaining('send at most 400 MiB at once'),
  ])
})

test('a full spool refuses with Retry-After, answers queries, and recovers by itself', async () => {
  const large = spans(200)
  await open({ spoolLimit: large.length * 1.5 })
  const answers: Awaited<ReturnType<typeof send>>[] = []
  const having = (wanted: number) => answers.filter(({ status }) => status === wanted)
  // On a busy machine the loader may empty the spool between two requests.
  while (having(503).length === 0)
    answers.push(...(await Promise.all(Array.from({ length: 6 }, () => send(large)))))
  const accepted = having(200).length
  const refused = having(503)
  expect(accepted + refused.length).toBe(answers.length)
  expect(refused[0]!.headers.get('retry-after')).toBe('2')
  expect(collector!.status().refused).toBe(refused.length)
  await until(async () => (await count()) === accepted * 4_400)
  // Its file goes a moment after its rows are there.
  await until(async () => (await send(large)).status === 200)
})

test('a nearly full disk refuses', async () => {
  await open({ minFreeDisk: Number.MAX_SAFE_INTEGER })
  expect((await send(spans(1))).status).toBe(503)
  expect(await count()).toBeGreaterThanOrEqual(0)
})

test('a damaged spool file loses only its damaged requests', async () => {
  const dataDir = join(folder, 'corrupt')
  const spool = join(dataDir, 'spool', 'traces')
  mkdirSync(spool, { recursive: true })
  const records = [1, 2, 3].map((traces, index) => ({ body: spans(traces), index }))
  const content = fileOf(1, records)
  content[fileOf(1, records.slice(0, 1)).length + 100]! ^= 1
  writeFileSync(join(spool, '000000000001.spool'), content)
  // The torn last record of the newest file was never acknowledged; that of another was.
  for (const number of [2, 4]) {
    const path = join(spool, `00000000000${number}.spool`)
    writeFileSync(path, fileOf(number, records).subarray(0, -1))
  }
  writeFileSync(join(spool, '000000000003.spool'), '')
  await open({ dataDir, receive: false })
  expect(await count()).toBe((1 + 3 + 1 + 2 + 1 + 2) * 22)
  expect(collector!.status().traces).toMatchObject({ received: 220, stored: 220, quarantined: 3 })
  const kept = readdirSync(join(spool, 'quarantine')).sort()
  const named = (number: number, end: string) =>
    readFileSync(join(spool, 'quarantine', kept.find((name) => name.endsWith(`${number}${end}`))!))
  expect(kept).toHaveLength(6)
  expect(named(1, '.spool')).toEqual(content)
  expect(named(2, '.spool.reason').toString()).toBe('damaged: cut off in its last request\n')
  expect(named(3, '.spool.reason').toString()).toContain('no whole request, and newer files follow')
  expect(readdirSync(spool)).toEqual(['quarantine'])
})

const encode = (signal: Signal, body: object) =>
  jsonToProtobuf(signal, Buffer.from(JSON.stringify(body)))
/** A request of each signal, and its rows. */
const REQUESTS = {
  traces: [spans(1), 22],
  logs: [encode('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{}] }] }] }), 1],
  metrics: [
    encode('metrics', {
      resourceMetrics: [
        { scopeMetrics: [{ metrics: [{ name: 'a', gauge: { dataPoints: [{ asInt: 1 }] } }] }] },
      ],
    }),
    1,
  ],
} as const

const OTHER = '{"progress":{"000000000001":{"at":9,"skip":[]}}}'
const CHANGED = '{"progress":{"000000000001":{"at":1,"skip":[]}},"crc":1}'
const NO_DAY = '{"progress":{"000000000001":{"at":0,"skip":["x"]}}}'

test.each([
  ...['', '{"insert":{"at":0,"sk', '[1]', 'null', '7', '{"insert":{"at":"x"}}'],
  ...[OTHER, NO_DAY, CHANGED, undefined],
])('a journal that is %j is damaged', (content) => {
  const path = join(mkdtempSync(join(folder, 'journal-')), 'loading.json')
  writeJournal(path, content)
  const damaged = vi.fn()
  new Journal(path, false, 1, damaged)
  expect(damaged).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^not a journal, so rows /))
})

function writeJournal(path: string, content: string | undefined): void {
  if (content === undefined) mkdirSync(path)
  else writeFileSync(path, content)
}

test('damaged journals are quarantined, and the rest starts', async () => {
  const contents = ['{"insert":{"at":0,"sk', OTHER, undefined]
  const dataDir = mkdtempSync(join(folder, 'journal-'))
  const signals = ['traces', 'logs', 'metrics'] as const
  for (const [i, signal] of signals.entries()) {
    const spool = join(dataDir, 'spool', signal)
    mkdirSync(spool, { recursive: true })
    const [body] = REQUESTS[signal]
    writeFileSync(join(spool, '000000000001.spool'), fileOf(1, [{ body, index: 0 }]))
    writeJournal(join(spool, 'loading.json'), contents[i])
  }
  await open({ dataDir, receive: false })
  expect(await count()).toBe(22)
  for (const signal of signals) {
    const [, stored] = REQUESTS[signal]
    expect(collector!.status()[signal], signal).toMatchObject({ stored, quarantined: 1 })
  }
})

test('a data directory that was deleted is answered 503', async () => {
  const dataDir = mkdtempSync(join(folder, 'deleted-'))
  await open({ dataDir })
  expect((await send(spans(1))).status).toBe(200)
  // A statement that is still writing may never end once its files are gone.
  await until(() => collector!.status().traces.stored === 22)
  removeFolder(dataDir)
  expect((await send(spans(1))).status).toBe(503)
  const query = '/?query=SELECT%20max(Duration)%20FROM%20otel_traces'
  const ask = () => fetch(`${collector!.addresses.clickhouse}${query}`)
  // A merge under way may write a part once more.
  await until(async () => {
    removeFolder(dataDir)
    return (await ask()).status === 503
  })
  expect(await (await ask()).text()).toContain('Code: ')
  await collector!.stop()
})

test('the files of a store are for this user alone', async () => {
  const dataDir = mkdtempSync(join(folder, 'private-'))
  chmodSync(dataDir, 0o755)
  mkdirSync(join(dataDir, 'clickhouse'), { mode: 0o755 })
  await open({ dataDir })
  await send(spans(1))
  await until(async () => (await count()) === 22)
  await send(spans(1))
  let paths: string[] = []
  // The engine removes folders meanwhile.
  await until(() => {
    try {
      paths = [dataDir, ...readdirSync(dataDir, { recursive: true, encoding: 'utf8' })]
    } catch {}
    return paths.length > 0
  })
  const readable = paths.filter((path, i) => {
    const found = lstatSync(i === 0 ? path : join(dataDir, path), { throwIfNoEntry: false })
    return found && !found.isSymbolicLink() && (found.mode & 0o077) !== 0
  })
  expect(paths.length).toBeGreaterThan(100)
  expect(readable).toEqual([])
})

test('too few open files are refused with their number', () => {
  expect(() => checkOpenFiles(64)).toThrow('at most 64 open files')
  expect(checkOpenFiles(512)).toBeLessThan(512)
})
