/** `otrace schema --cluster` on a cluster of one shard, through Distributed tables. */
import { readFileSync } from 'node:fs'
import type { Session } from 'chdb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { packageRoot } from '../../package.ts'
import { temporaryFolder } from '../folder.ts'
import { runHere } from '../otrace.ts'
import { startEngine, store } from './engine.ts'
import { type Front, serve } from './front.ts'
import { makeSpans, TO } from './spans.ts'

const spans = makeSpans()
/** Seconds that move the spans into the last hour, as the tables keep 30 days. */
const LATER = Math.floor(Date.now() / 1000) - Number(TO / 1_000_000_000n)
const folder = temporaryFolder()
let session: Session
let front: Front
let window: string[]

beforeAll(async () => {
  session = await startEngine(folder.path)
  front = await serve(folder.path)
  store(session, 'otel-map', spans)
  const to = new Date()
  const from = new Date(to.getTime() - 7_200_000)
  window = ['--from', from.toISOString(), '--to', to.toISOString()]
})

afterAll(() => {
  front.stop()
  session.close()
  folder.remove()
})

const ask = async (args: string[], table = 'otel_traces') => {
  const run = await runHere([...args, '--url', front.url, '--database', 'otel', '--table', table])
  expect([run.exit, run.stdout], run.stderr).toEqual([0, expect.stringMatching(/./)])
  return run
}

it('the DDL runs without ON CLUSTER, which needs a queue that the engine in process lacks', async () => {
  const args = ['schema', '--cluster', 'alone', '--engine', 'MergeTree', '--ttl', '30d']
  const { stdout } = await runHere(args)
  expect(stdout.match(/ ON CLUSTER alone\b/g)).toHaveLength(8)
  for (const statement of stdout.replaceAll(' ON CLUSTER alone', '').split(';\n')) {
    if (statement.trim() !== '') session.query(statement)
  }
  session.query(
    `INSERT INTO otel.otel_traces SELECT * REPLACE (Timestamp + toIntervalSecond(${LATER}) AS Timestamp) FROM otel_map.otel_traces`,
  )
  const count = (table: string) => session.query(`SELECT count() FROM otel.${table}`, 'TSV').trim()
  expect(count('otel_traces_local')).toBe(String(spans.length))
  expect(count('otel_traces')).toBe(String(spans.length))
  session.query(
    `INSERT INTO otel.otel_logs (Timestamp, TraceId, ServiceName, Body)
      SELECT now64(9) - number, if(number < 10, '', hex(number)), 'shop', 'said' FROM numbers(20)
      SETTINGS distributed_foreground_insert = 1`,
  )
  expect(count('otel_logs_local')).toBe('20')
  const logs = await ask(['logs', '-o', 'ndjson', '--since', '1h'])
  expect(logs.stdout.match(/"body":"said"/g)).toHaveLength(20)
  const ids = new Set(spans.map(({ traceId }) => traceId)).size
  expect(session.query('SELECT uniqExact(TraceId) FROM otel.otel_traces_trace_id_ts', 'TSV')).toBe(
    `${ids}\n`,
  )
})

it('the Distributed and the local table have the same services', async () => {
  const through = await ask(['services', '--json', ...window])
  const local = await ask(['services', '--json', ...window], 'otel_traces_local')
  const rows = JSON.parse(through.stdout) as { requests: number }[]
  expect(rows).toEqual(JSON.parse(local.stdout))
  expect(rows.reduce((all, { requests }) => all + requests, 0)).toBeGreaterThan(400)
})

it.each(['services', 'operations', 'latency', 'rps'])(
  '%s: shards send sums of whole hours, which give the same counts',
  async (name) => {
    const to = new Date()
    const from = new Date(to.getTime() - 6 * 3_600_000)
    const hours = ['--from', from.toISOString(), '--to', to.toISOString()]
    const steps = name === 'latency' || name === 'rps' ? ['--bucket', '1h'] : []
    const asked = front.asked.length
    const args = [name, '--json', '--no-weight', ...hours, ...steps]
    const rows = async (more: string[] = [], table?: string) =>
      (JSON.parse((await ask([...args, ...more], table)).stdout) as Record<string, unknown>[]).map(
        ({ p50, p95, p99, ...counts }) => counts,
      )

    const sums = await rows()
    expect(front.asked.slice(asked).some((sql) => sql.includes('GROUP BY ALL'))).toBe(true)
    expect(sums.length).toBeGreaterThan(0)
    expect(sums).toEqual(await rows(['--exact']))
    expect(sums).toEqual(await rows([], 'otel_traces_local'))
  },
)

it('the lookup table finds every span of a trace', async () => {
  const { traceId } = spans[40]!
  const { stdout } = await ask(['trace', traceId, '--json'])
  const trace = JSON.parse(stdout) as { trace_id: string; spans: unknown[] }
  const ids = new Set(spans.filter((span) => span.traceId === traceId).map((span) => span.spanId))
  expect([trace.trace_id, trace.spans.length]).toEqual([traceId, ids.size])
  expect(front.asked.some((sql) => sql.includes('{lookup:Identifier}'))).toBe(true)
})

it('doctor and storage count the rows on the shards', async () => {
  const { stdout } = await ask(['doctor', '--json', ...window])
  const findings = JSON.parse(stdout) as { about: string; state: string; found: string }[]
  const of = (about: string) => findings.filter((each) => each.about === about)
  expect(of('table')[0]).toMatchObject({
    state: 'ok',
    found: expect.stringMatching(
      /^otel\.otel_traces \(Distributed over otel\.otel_traces_local on the cluster alone\): [\d.]+ K rows, [\d.]+ KiB on one replica of its shard, compressed [\d.]+ times$/,
    ),
  })
  expect(of('retention')).toEqual([
    expect.objectContaining({ state: 'ok', found: 'toDateTime(Timestamp) + toIntervalDay(30)' }),
  ])
  expect(of('trace ids')).toEqual([])
  expect(of('indexes').map(({ state }) => state)).toEqual(['ok'])
  const storage = await ask(['storage', '--json'])
  const [through] = JSON.parse(storage.stdout)
  const [local] = JSON.parse((await ask(['storage', '--json'], 'otel_traces_local')).stdout)
  expect(through).toEqual({ ...local, table: 'otel.otel_traces' })
  expect(through.rows).toBe(spans.length)
  expect(through.disk).toBeGreaterThan(spans.length)
  expect(storage.stderr).toContain(
    'the size of otel.otel_traces_local on the cluster alone, one replica of its shard',
  )
})

it.each([
  ['clickhouse/init.sql', 'otel_traces'],
  ['cluster/init.sql', 'otel_traces_local'],
])(
  'the DDL of compose/%s runs, its views show the spans, and the questions for Metabase have answers',
  (file, table) => {
    for (const database of ['otel', 'otrace'])
      session.query(`DROP DATABASE IF EXISTS ${database} SYNC`)
    // Replicas and the queue of ON CLUSTER need a Keeper.
    const ddl = readFileSync(new URL(`compose/${file}`, packageRoot), 'utf8')
      .replaceAll(' ON CLUSTER otrace', '')
      .replaceAll(/ENGINE = Replicated(\w*MergeTree)/g, 'ENGINE = $1')
      .replaceAll("Distributed('otrace'", "Distributed('alone'")
    expect(ddl).not.toMatch(/ON CLUSTER|Replicated/)
    for (const statement of ddl.split(';\n')) if (statement.trim() !== '') session.query(statement)
    session.query(
      `INSERT INTO otel.otel_traces SELECT * REPLACE (Timestamp + toIntervalSecond(${LATER}) AS Timestamp) FROM otel_map.otel_traces`,
    )
    const count = (sql: string) => Number(session.query(`SELECT ${sql}`, 'TSV'))
    expect(count(`count() FROM otel.${table}`)).toBe(spans.length)
    expect(count('count() FROM otrace.spans')).toBe(spans.length)
    expect(count('sum(samples) FROM otrace.red')).toBe(spans.length)
    expect(count('uniqExact(TraceId) FROM otel.otel_traces_trace_id_ts')).toBeGreaterThan(100)
    const page = readFileSync(new URL('docs/metabase.md', packageRoot), 'utf8')
    const questions = [...page.matchAll(/^```sql\n([\s\S]*?)^```/gm)]
    expect(questions).toHaveLength(3)
    for (const [, sql = ''] of questions) {
      const [first] = JSON.parse(session.query(sql, 'JSONCompact')).data
      expect(first, sql).not.toContain('')
      expect(Number(first[1]), sql).toBeGreaterThan(0)
    }
  },
)
