/**
 * Every command, over what a real Collector's ClickHouse exporter stores and over our store.
 *
 * One file: every case reads what was sent once.
 */
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WRITTEN } from '../../cli/catalogue.ts'
import { readQueryFiles } from '../../cli/query/files.ts'
import { temporaryFolder } from '../folder.ts'
import { runHere, start } from '../otrace.ts'
import { startEngine } from '../schemas/engine.ts'
import { type Front, serve } from '../schemas/front.ts'
import { exporting, send, signalsOf } from './exporting.ts'
import { BUILT, freePort, otelcol, startOtelcol } from './otelcol.ts'
import { serveWriter, type Writer, type Written } from './writer.ts'

const read = (name: string) =>
  JSON.parse(gunzipSync(readFileSync(new URL(name, import.meta.url))).toString())
const recorded: Written[] = read('recorded.json.gz')
/** OTLP by mode. */
const sampled: Record<string, string> = read('sampled.json.gz')
const binary = await otelcol()
const sent = signalsOf()
const folder = temporaryFolder()
const data = join(folder.path, 'own')
let own: ChildProcess
let session: Session
let writer: Writer
let front: Front

/** Starts a collector over a data directory. */
async function up(directory: string): Promise<ChildProcess> {
  const ports = ['--otlp-http-port', '0', '--otlp-grpc-port', '0', '--clickhouse-port', '0']
  // The recorded minute does not get younger.
  const kept = ['--retention', '3650d']
  const running = start(['up', ...ports, ...kept], { env: { OTRACE_DATA: directory } })
  await new Promise<void>((resolve) => {
    let said = ''
    running.stdout!.setEncoding('utf8').on('data', (text) => {
      said += text
      if (said.includes('Ctrl-C')) resolve()
    })
  })
  return running
}

beforeAll(async () => {
  own = await up(data)
  const { otlpHttp } = JSON.parse(readFileSync(join(data, 'otrace.json'), 'utf8'))
  await send(sent, otlpHttp)
  session = await startEngine(folder.path)
  writer = await serveWriter(folder.path)
  front = await serve(folder.path)
})
afterAll(() => {
  front?.stop()
  writer?.stop()
  session?.close()
  own?.kill('SIGKILL')
  folder.remove()
})

/** A statement or DDL for the database `otel`, for another one. */
const inDatabase = (sql: string, database: string) =>
  sql.replaceAll(/(["`']?)\botel\1(?=[.;,]|\s*$| ON)/gm, `$1${database}$1`)

/** Sends the recorded requests of the exporter, which are for the database `otel`. */
async function replay(database = 'otel'): Promise<void> {
  for (const { path, body } of recorded) {
    const url = new URL(path, writer.url)
    const query = url.searchParams.get('query')
    let sent = Buffer.from(body, 'base64')
    // What is inserted is in the body, else the statement.
    if (query) url.searchParams.set('query', inDatabase(query, database))
    else sent = Buffer.from(inDatabase(`${sent}`, database))
    const answer = await fetch(url, { method: 'POST', body: new Uint8Array(sent) })
    expect([answer.status, await answer.text()]).toEqual([200, expect.anything()])
  }
}

/** Once, in the database `otel`. */
let replayed: Promise<void> | undefined
const replayedOnce = () => (replayed ??= replay())

/** Sends the same signals through the Collector itself. */
async function throughCollector(database: string): Promise<void> {
  const port = await freePort()
  const config = exporting(port, writer.url, database)
  const running = await startOtelcol(binary!, config, folder.path)
  await send(sent, `http://127.0.0.1:${port}`)
  expect(await running.stop()).toBe(0)
  expect(running.log()).not.toMatch(/\terror\t|dropped/i)
}

const { queries } = readQueryFiles([], { flags: new Set(), commands: new Set() })
const ARGUMENTS: Record<string, string> = {
  top: 'top http.route',
  journey: 'journey {user.id}',
  buyers: 'buyers {product.id}',
  repeats: 'repeats --most 0',
}
const COMMANDS = [
  ...queries
    .map(({ name }) => ARGUMENTS[name] ?? name)
    // Its figures are of the tables themselves.
    .filter((name) => name !== 'storage')
    // test/schemas has expected results of each over both tables, and all columns are below. OTRACE_LONG=1: all.
    .filter((_, i) => i % 12 === 0 || process.env.OTRACE_LONG),
  ...['spans --attr user.id', 'attributes http.route', 'logs', 'trace --slowest', 'map'],
  ...['why --slow', 'services --dedupe'],
  ...['sql SELECT+*+FROM+spans+ORDER+BY+trace_id,span_id -o json'],
]
/** Commands that read spans alone, all of whose columns are in COMMANDS. OTRACE_LONG=1: they are asked too. */
const OF_SPANS = [
  ...['flame', 'critical', 'diff --error --against --kind server', 'dashboard'],
  ...['watch --count 1 services', 'check error_rate<50%'],
]

describe.each([
  ['the recorded requests of', 'otel', true],
  [`a real Collector (${BUILT}) with`, 'live', binary !== undefined],
])('after %s the exporter', (_, database, isHere) => {
  beforeAll(() =>
    !isHere ? undefined : database === 'otel' ? replayedOnce() : throughCollector(database),
  )
  /** The most frequent value of an attribute. */
  const mostFrequent = async (key: string) => {
    const { stdout } = await runHere(['top', key, '--json', ...window, '--data', data])
    return String(JSON.parse(stdout)[0].value)
  }
  const now = { OTRACE_NOW: '2026-11-22T16:12:00Z' }
  const window = ['--from', '2026-11-22T16:00:00Z', '--to', '2026-11-22T16:20:00Z']

  it.skipIf(!isHere).each(process.env.OTRACE_LONG ? [...COMMANDS, ...OF_SPANS] : COMMANDS)(
    'otrace %s',
    async (command) => {
      const [, key] = /\{(.*)\}/.exec(command) ?? []
      const full =
        key === undefined ? command : command.replace(`{${key}}`, await mostFrequent(key))
      const args = full.split(' ').map((word) => word.replaceAll('+', ' '))
      const env = { COLUMNS: '120', ...now }
      const theirs = await runHere(
        [...args, ...window, '--url', front.url, '--database', database],
        {
          env,
        },
      )
      const ours = await runHere([...args, ...window, '--data', data], { env })
      expect(theirs).toEqual(ours)
      expect(theirs.stdout.split('\n').length).toBeGreaterThan(2)
    },
  )

  /** The rows of both, as JSON. */
  const both = async <T>(...args: string[]): Promise<[theirs: T, ours: T]> => {
    const ask = async (...from: string[]) =>
      JSON.parse((await runHere([...args, '--json', ...from], { env: now })).stdout) as T
    return [await ask(...theirStore()), await ask('--data', data)]
  }
  const theirStore = (of = database) => ['--url', front.url, '--database', of]

  it.skipIf(!isHere).each(['otel_metrics_sum', 'otel_metrics_gauge', 'otel_traces_trace_id_ts'])(
    'the exporter fills %s beside the spans',
    async (table) => {
      const sql = (text: string) => runHere(['sql', text, '-o', 'tsv', ...theirStore()])
      expect((await sql('SHOW TABLES')).stdout.split('\n')).toContain(table)
      const { stdout } = await sql(`SELECT count() > 0 FROM ${database}.${table}`)
      expect(stdout.trim().split('\n').at(-1)).toBe('1')
    },
  )

  it.skipIf(!isHere)('otrace storage: the same rows, of another size', async () => {
    const [[theirs], [ours]] = await both<Record<string, unknown>[]>('storage')
    for (const same of ['rows', 'oldest_span', 'newest_span'])
      expect(theirs![same], same).toEqual(ours![same])
    expect(theirs).toMatchObject({ table: `${database}.otel_traces` })
    expect(theirs!.disk).toBeGreaterThan(1000)
  })

  it.skipIf(!isHere)(
    'otrace doctor: the same about the spans, its own about the table',
    async () => {
      const [theirs, ours] = await both<{ about: string; found: string }[]>('doctor', ...window)
      const ofTable = [
        'connection',
        'server',
        'collector',
        'table',
        'schema',
        'retention',
        'indexes',
      ]
      const ofSpans = (all: typeof ours) => all.filter(({ about }) => !ofTable.includes(about))
      expect(ofSpans(theirs)).toEqual(ofSpans(ours))
      expect(ofSpans(ours).length).toBeGreaterThan(4)
      const found = (of: string) => theirs.find(({ about }) => about === of)?.found
      expect(found('schema')).toMatch(/^otel-map .*: all \d+ required columns and indexes exist$/)
      expect(found('table')).toMatch(`${database}.otel_traces (MergeTree): 514 rows`)
      expect(found('indexes')).toContain('TraceId bloom_filter(0.001)')
      expect(found('retention')).toBe('unlimited: no TTL drops old spans')
      expect(found('collector')).toBeUndefined()
    },
  )

  it.skipIf(!isHere)('otrace wait', async () => {
    const brief = ['--quiet', '50ms', '--timeout', '200ms']
    const [theirs, ours] = await both<{ seconds: number }>('wait', ...brief, ...window)
    expect({ ...theirs, seconds: 0 }).toEqual({ ...ours, seconds: 0 })
    expect(theirs).toMatchObject({ spans: 514, traces: 29, verdict: 'half-arrived' })
  })

  it.skipIf(!isHere)('otrace tail prints what the exporter inserts meanwhile', async () => {
    const own = `${database}_tailed`
    session.query(`CREATE DATABASE ${own}`)
    session.query(`CREATE TABLE ${own}.otel_traces AS ${database}.otel_traces`)
    const running = runHere(['tail', '--max', '1', '-o', 'ndjson', ...theirStore(own)])
    let ended = false
    running.finally(() => (ended = true))
    for (let i = 0; !ended; i++) {
      session.query(
        `INSERT INTO ${own}.otel_traces SELECT * REPLACE(now64(9) AS Timestamp, 'span ${i}' AS SpanName) FROM ${database}.otel_traces WHERE SpanKind = 'Server' ORDER BY SpanId LIMIT 1`,
      )
      await sleep(100)
    }
    const [row] = (await running).stdout.split('\n').filter(Boolean)
    expect(JSON.parse(row!)).toMatchObject({
      service: 'shop',
      name: expect.stringMatching(/^span \d/),
      kind: 'server',
    })
  })

  it.skipIf(!isHere)('otrace copy brings all of it into another store', async () => {
    const into = join(folder.path, `${database}-copied`)
    const other = await up(into)
    onTestFinished(() => void other.kill('SIGKILL'))
    const copied = await runHere(['copy', '--into', into, ...theirStore(), ...window])
    expect(copied).toMatchObject({ exit: 0, stderr: expect.stringContaining('514 spans') })
    const sql = 'SELECT * FROM spans ORDER BY trace_id, span_id'
    const ask = (from: string) => runHere(['sql', sql, '--json', ...window, '--data', from])
    await expect.poll(() => ask(into)).toEqual(await ask(data))
  })
})

// The others set up, send, or ask no store.
const ASK_NOTHING = ['demo', 'up', 'shop', 'run', 'send', 'schema', 'grafana', 'config', 'queries']
it('every command is asked', () => {
  const asked = [...COMMANDS, ...OF_SPANS].map((command) => command.split(' ')[0])
  const apart = ['tail', 'wait', 'doctor', 'copy', ...ASK_NOTHING, 'completion', '__complete']
  expect(
    WRITTEN.map(({ name }) => name).filter((name) => ![...asked, ...apart].includes(name)),
  ).toEqual([])
})

describe.each([
  ['clickhouse/init.sql', 'made', ''],
  ['cluster/init.sql', 'made_on_cluster', '_local'],
])('after the DDL of compose/%s', (file, database, local) => {
  const all = (sql: string) => JSON.parse(session.query(sql, 'JSONCompact')).data
  beforeAll(async () => {
    const ddl = readFileSync(new URL(`../../compose/${file}`, import.meta.url), 'utf8')
      .replaceAll(' ON CLUSTER otrace', '')
      .replaceAll(/ENGINE = Replicated(\w*MergeTree)/g, 'ENGINE = $1')
      .replaceAll("Distributed('otrace'", "Distributed('alone'")
      // What was recorded is older.
      .replaceAll(/^TTL [^;\n]*/gm, '')
    const [tables = ''] = inDatabase(ddl, database).split('CREATE DATABASE IF NOT EXISTS otrace')
    for (const statement of tables.split(';\n'))
      if (statement.trim() !== '') session.query(statement)
    await replay(database)
    await replayedOnce()
  })

  it.each(['otel_traces', 'otel_logs'])('%s takes what the exporter inserts', (table) => {
    const columns = (database: string, name: string) =>
      all(
        `SELECT name, type, compression_codec FROM system.columns WHERE database = '${database}' AND table = '${name}' AND default_kind = '' ORDER BY position`,
      )
    const made = columns(database, `${table}${local}`)
    // T64 stores only the bits that the durations of a part have.
    const shorter = ([name, type, codec]: string[]) => [name, type, codec!.replace('T64, ', '')]
    expect(made.map(shorter)).toEqual(columns('otel', table))
    const names = made.map(([name]: string[]) => `\`${name}\``).join(', ')
    const content = (of: string) => all(`SELECT count(), sum(cityHash64(${names})) FROM ${of}`)
    expect(content(`${database}.${table}`)).toEqual(content(`otel.${table}`))
    expect(Number(content(`otel.${table}`)[0][0])).toBeGreaterThan(1)
  })
})

it.each([
  ['hash_seed', 224],
  ['proportional', 252],
])('of 1,000 spans that its sampler %s saw, each of %d counts four times', async (mode, kept) => {
  const body = sampled[mode]!
  const { otlpHttp } = JSON.parse(readFileSync(join(data, 'otrace.json'), 'utf8'))
  await send([{ signal: 'traces', type: 'application/json', body: Buffer.from(body) }], otlpHttp)
  const window = ['--from', '2026-11-26T15:40:00Z', '--to', '2026-11-26T15:45:00Z']
  const requests = async (...flags: string[]) => {
    const args = ['services', '--service', mode, '--json', ...window, '--data', data]
    const { stdout } = await runHere([...args, ...flags])
    return JSON.parse(stdout)[0]?.requests
  }
  await expect.poll(() => requests('--no-weight')).toBe(kept)
  expect(await requests()).toBe(4 * kept)
})
