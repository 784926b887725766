/** Errors that need a running collector: conditions and typed statements. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Collector, start } from '../collector/main.ts'
import { temporaryFolder } from './folder.ts'
import { otrace, runHere } from './otrace.ts'

const folder = temporaryFolder()
const env = { OTRACE_DATA: join(folder.path, 'store') }
let collector: Collector

beforeAll(async () => {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: env.OTRACE_DATA, ...ports })
})

afterAll(async () => {
  await collector?.stop()
  folder.remove()
})

it('the port that receives spans is named as one', async () => {
  const { exit, stderr } = await runHere(['slow', '--url', collector.addresses.otlpHttp!], { env })
  expect(exit).toBe(3)
  expect(stderr).toMatch(
    /does not answer like ClickHouse: it receives OTLP\n {2}→ .*ClickHouse port/,
  )
})

it('a typed statement is drawn with what its columns allow', async () => {
  const sql = ['sql', "SELECT 'shop' AS service, 1 AS spans"]
  const unknown = await runHere([...sql, '--unit', 'span=ns'], { env })
  expect(unknown).toMatchObject({ exit: 2, stdout: '' })
  expect(unknown.stderr).toBe(
    "otrace: --unit 'span' is not a column of the result\n  → did you mean spans?\n",
  )
  const drawn = async (panel: string) => (await runHere([...sql, '--panel', panel], { env })).stderr
  expect(await drawn('heatmap')).toBe(
    '--panel heatmap needs a column of times and 2 columns of numbers, so this is a table\n',
  )
  expect(await drawn('barchart')).toBe('')
})

describe('--where', () => {
  it.each([
    ['count() > 1', 'aggregate function not allowed: count', 'HAVING'],
    ['1 = sumIf(duration, is_error)', 'aggregate function not allowed: sumIf', 'HAVING'],
    ['row_number() OVER () > 1', 'window function not allowed', 'HAVING'],
    ['arrayJoin([1, 2]) > 1', 'function not allowed: arrayJoin', 'HAVING'],
    ['unnest([1, 2]) > 1', 'function not allowed: unnest', 'HAVING'],
    ['duration >', 'not a SQL condition', "'single quotes'"],
    ["service = 'a' && is_error", 'not a SQL condition', 'AND'],
    ['name', 'not a condition, but LowCardinality(String)', 'AND'],
    [
      'nosuch(duration) > 1',
      'Function with name `nosuch` does not exist',
      'correct or remove the function',
    ],
    ["duration > 'long'", "Cannot convert string 'long' to type UInt64", 'AND'],
    ['durration > 1', 'no such column: durration', 'did you mean duration? '],
    ['foo', 'no such column: foo', "→ write texts in 'single quotes'; columns: "],
    ["file('/etc/passwd') = ''", 'function not allowed: file', '→ remove the function; '],
    ['name IN (SELECT 1)', 'not a single condition', 'AND'],
  ])('%s', async (where, sentence, hint) => {
    for (const command of [['slow'], ['sql', 'SELECT count() FROM spans']]) {
      const run = await runHere([...command, '--where', where], { env })
      expect(run.stderr).toContain(`otrace: --where '${where}': ${sentence}`)
      expect(run.stderr).toContain(hint)
      expect(run.stderr).toMatch(/^otrace: .*\n {2}→ .*\n$/)
      expect([run.stdout, run.exit]).toEqual(['', 2])
    }
  })

  it('is not blamed for the statement', async () => {
    const run = await runHere(['sql', 'SELECT nosuch FROM spans', '--where', 'is_error'], { env })
    expect(run.stderr).toContain('ClickHouse refused the query')
    expect(run.exit).toBe(4)
  })
})

it('a statement with a dotted attribute is told how SQL writes it', async () => {
  const { stderr } = await runHere(['sql', 'SELECT attributes.user.id FROM spans'], { env })
  expect(stderr).toContain("→ in SQL write attributes['user.id']")
})

it.each([
  "duration >= 0 # it's 5ms",
  "duration >= 0 #! it's 5ms",
  "duration >= 0 // it's 5ms",
  "/* it's */ duration >= 5ms -- it's",
  'name != $$it\'s "5ms"$$ AND name != ‘5ms’',
])('a condition and a statement may have %s', async (where) => {
  const sql = `#!/usr/bin/env otrace sql\nSELECT count() AS n FROM spans WHERE (${where}\n)`
  for (const args of [
    ['SELECT count() AS n FROM spans', '--where', where],
    [sql.replace('5ms', '5')],
  ]) {
    const run = await runHere(['sql', ...args, '--json'], { env })
    expect(run).toMatchObject({ exit: 0, stderr: '' })
    expect(JSON.parse(run.stdout)).toEqual([{ n: 0 }])
  }
})

describe('otrace sql', () => {
  it.each(['DESCRIBE spans', 'desc spans;', 'DESCRIBE TABLE spans', 'SHOW COLUMNS FROM spans'])(
    '%s',
    async (sql) => {
      const { stdout, stderr, exit } = await runHere(['sql', sql, '--json'], { env })
      const columns = JSON.parse(stdout)
      expect(columns).toContainEqual({ name: 'duration', type: 'UInt64' })
      expect(columns).toContainEqual({ name: 'attributes', type: expect.stringMatching(/^Map/) })
      expect(stderr).toContain('spans is not a table: otrace reads it from otel.otel_traces')
      expect(exit).toBe(0)
    },
  )

  it('describes every column in the help, with its type', async () => {
    const described = await runHere(['sql', 'DESCRIBE spans', '-o', 'csv'], { env })
    const names = described.stdout.trim().split('\r\n').slice(1)
    const help = (await runHere(['help', 'sql'])).stdout.replace(/\s+/g, ' ')
    const listed = /shows with their types: ([\w, ]+)\./.exec(help)?.[1]?.split(', ') ?? []
    expect(names.map((line) => line.split(',')[0]).sort()).toEqual([...listed].sort())
    expect(listed.length).toBeGreaterThan(40)
  })

  it('passes on SETTINGS after a statement with its own WITH', async () => {
    const sql = `WITH a AS (SELECT count() AS n FROM spans)
      SELECT n, getSetting('join_use_nulls') AS nulls FROM a SETTINGS join_use_nulls = 1`
    const run = await runHere(['sql', sql, '--json'], { env })
    expect(JSON.parse(run.stdout)).toEqual([{ n: 0, nulls: true }])
    const refused = await runHere(['sql', 'SELECT 1 FROM spans SETTINGS readonly = 0'], { env })
    expect([refused.exit, refused.stderr]).toEqual([4, expect.stringContaining('readonly')])
  })
})

it('a storage.sql of the user is a query like any other', async () => {
  const queries = join(folder.path, 'queries')
  mkdirSync(queries)
  const sql = '-- Mine\n-- @window all\n\nSELECT count() AS spans FROM spans\n'
  writeFileSync(join(queries, 'storage.sql'), sql)
  const own = await runHere(['storage', '--queries', queries, '--json'], { env })
  expect(JSON.parse(own.stdout)).toEqual([{ spans: 0 }])
  expect(own.stderr).toContain('replaces')
  expect(own.stderr).not.toContain('keeps the last')
  const builtIn = await runHere(['storage', '--json'], { env })
  expect(builtIn.stderr).toContain('keeps the last')
})

it('storage says so in a sentence when the collector is gone before both of its answers', async () => {
  const gone = createServer(async (request, response) => {
    const sql = String(await buffer(request))
    if (sql.includes('AS lookups')) return request.socket.destroy()
    // Later than the other one, which no one awaits yet.
    if (sql.includes('bytes_per_span')) return setTimeout(() => request.socket.destroy(), 300)
    const to = new URL(request.url!, collector.addresses.clickhouse)
    const answer = await fetch(to, { method: 'POST', body: sql })
    response.writeHead(answer.status, { 'x-otrace-retention': '{}' })
    return response.end(await answer.text())
  })
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', () => resolve()))
  const clickhouse = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`
  const data = join(folder.path, 'gone')
  mkdirSync(data)
  writeFileSync(join(data, 'otrace.json'), JSON.stringify({ pid: process.pid, clickhouse }))
  const run = await otrace(['storage'], { env: { OTRACE_DATA: data } })
  gone.close()
  expect([run.exit, run.stderr]).toEqual([
    3,
    expect.stringMatching(/^otrace: [^\n]*\n {2}→ [^\n]*\n$/),
  ])
})

it.each([
  'DELETE FROM x',
  'UPDATE x SET a = 1',
  'TRUNCATE x',
  'SELECT (1',
  'EXPLAIN DELETE FROM x',
])('no wire format shows in the error of %s', async (sql) => {
  const run = await runHere(['sql', sql], { env })
  expect(run.stderr).not.toMatch(/JSONCompact|FORMAT/)
  expect([run.stdout, run.exit]).toEqual(['', 4])
})

it.each([
  ['SELECT sleep(1)', 'function sleep is not allowed here', 'remove the function: the local store'],
  ["SELECT * FROM file('x')", 'function file is not allowed here', 'remove the function: '],
  [
    'SELECT * FROM system.users',
    'system.users is not allowed here',
    'allows only reads of its own',
  ],
])('the refusal of %s says what to remove', async (sql, sentence, hint) => {
  const { stderr, exit } = await runHere(['sql', sql], { env })
  expect(stderr).toContain(sentence)
  expect(stderr).toContain(`→ ${hint}`.replace('→ allows', 'allows'))
  expect(exit).toBe(4)
})

it('an unknown table is named alone, without the schemas', async () => {
  const { stderr, exit } = await runHere(['slow', '--table', 'nope'], { env })
  expect(stderr).toMatch(/^otrace: no spans table: (?:\w+\.)?nope in \S.*\n {2}→ list the tables: /)
  expect(stderr).toContain('otrace sql "SHOW TABLES')
  expect(stderr).not.toContain('signoz')
  expect(exit).toBe(3)
})

it('otrace doctor --explain lists its reads', async () => {
  const run = await runHere(['doctor', '--explain'], { env })
  expect(run.stderr).toMatch(/would read/)
  expect(run.stdout).toContain('connection')
  expect(run.exit).toBe(0)
})
