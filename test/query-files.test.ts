/** `otrace queries new` and `check`, and errors of the server with places in a query file. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Collector, start } from '../collector/main.ts'
import { packageRoot } from '../package.ts'
import { temporaryFolder } from './folder.ts'
import { otlpSpans } from './live/spans.ts'
import { runHere } from './otrace.ts'

const folder = temporaryFolder()
const queries = join(folder.path, '.otrace', 'queries')
let collector: Collector
let env: Record<string, string>

beforeAll(async () => {
  mkdirSync(queries, { recursive: true })
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: join(folder.path, 'data'), ...ports })
  env = { OTRACE_URL: collector.addresses.clickhouse }
})
afterAll(async () => {
  await collector.stop()
  folder.remove()
})

const ask = (...args: string[]) => runHere(args, { env, cwd: folder.path })
const write = (name: string, text: string) => writeFileSync(join(queries, `${name}.sql`), text)

it('writes a commented query that runs and passes its check', async () => {
  const made = await ask('queries', 'new', 'big-spans')
  expect(made).toMatchObject({ exit: 0, stderr: '' })
  expect(readFileSync(join(queries, 'big-spans.sql'), 'utf8')).toContain(
    '-- @param   over ns = 100ms',
  )
  const listed = await ask('queries', '--columns', 'query,panel', '--no-header')
  expect(listed.stdout).toMatch(/^big-spans +table$/m)
  expect((await ask('big-spans', '--over', '1ms', '--json')).stdout.trim()).toBe('[]')
  const checked = await ask('queries', 'check', 'big-spans')
  expect(checked).toMatchObject({ exit: 0, stderr: '' })
  expect(checked.stdout).toMatch(
    /^\.otrace\/queries\/big-spans\.sql: ok, 5 columns: time DateTime64/,
  )
  expect((await ask('queries', 'new', 'big-spans')).stderr).toContain('exists already')
  expect((await ask('queries', 'new', 'up')).stderr).toContain("a command 'up' of its own")
  expect((await ask('queries', 'new', '../up')).exit).toBe(2)
  expect(await ask('queries', 'new', 'a'.repeat(300))).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('ENAMETOOLONG\n  → choose a shorter name'),
  })
  const elsewhere = temporaryFolder()
  writeFileSync(join(elsewhere.path, '.otrace'), '')
  const refused = await runHere(['queries', 'new', 'big-spans'], { env, cwd: elsewhere.path })
  expect(refused.stderr).toMatch(/: E(EXIST|NOTDIR)\n {2}→ run it in another folder$/m)
  const panels = await ask('grafana', '--out', join(elsewhere.path, '.otrace'))
  expect(panels.stderr).toMatch(/: E(EXIST|NOTDIR)\n {2}→ name another folder with --out$/m)
  elsewhere.remove()
})

it.each([
  ['a misspelt keyword', 'SELECT service\nFORM spans', '4:6: Syntax error'],
  ['a misspelt column', 'SELECT\n  service,\n  servce\nFROM spans', '5:3: Unknown expression'],
  [
    'a column below a comment and a text',
    "-- servce\nSELECT 'servce', servce\nFROM spans",
    '4:18: Unknown',
  ],
  ['a missing bracket', 'SELECT count(service\nFROM spans', '3:13: Syntax error'],
  ['an extra bracket', 'SELECT service)\nFROM spans', '3:15: Syntax error'],
  ['an unknown function', 'SELECT\n  sercice(service)\nFROM spans', '4:3: Function with name'],
  ['an unknown table', 'SELECT 1\nFROM\n  spams', '5:3: Unknown table'],
  ['a type', 'SELECT service + 1\nFROM spans', '3:1: Illegal types'],
])('places %s in the file, when it runs and when it is checked', async (_, sql, place) => {
  write('mistake', `-- A title\n\n${sql}\n`)
  const expected = `.otrace/queries/mistake.sql:${place}`
  const ran = await ask('mistake')
  expect(ran.exit).toBe(4)
  expect(ran.stderr).toContain(`otrace: ${expected}`)
  const checked = await ask('queries', 'check', 'mistake')
  expect(checked.exit).toBe(1)
  expect(checked.stdout.startsWith(expected), checked.stdout).toBe(true)
})

it('compares units and panels with the columns, and reads heads', async () => {
  write(
    'mistake',
    '-- A title\n-- @panel heatmap\n-- @column servic ns\n-- @column service ns\n\nSELECT service, 1 AS n FROM spans\n',
  )
  write('typo', '-- A title\n-- @pannel table\n\nSELECT 1\n')
  write('nameless', '-- A title\n\nSELECT 1\nLIMIT {most:UInt8}\n')
  write('unfit', '-- A title\n-- @param most = many - rows\n\nSELECT 1 LIMIT {most:UInt8}\n')
  const { exit, stdout } = await ask('queries', 'check')
  expect(exit).toBe(1)
  expect(stdout.split('\n').filter((line) => !line.startsWith('  →'))).toEqual([
    '.otrace/queries/nameless.sql:4:7: {most:UInt8} has no @param',
    '.otrace/queries/typo.sql:2:4: unknown tag @pannel',
    ".otrace/queries/unfit.sql:2:4: the default of @param most 'many' is not a whole number",
    expect.stringContaining('.otrace/queries/big-spans.sql: ok, '),
    ".otrace/queries/mistake.sql:3:12: the result has no column 'servic'",
    '.otrace/queries/mistake.sql:4:12: @column service is not a number but LowCardinality(String)',
    '.otrace/queries/mistake.sql:2:4: @panel heatmap needs a column of times and 2 columns of numbers',
    '',
  ])
})

it.each([
  'SELECT service FROM spans SETTINGS max_threads = 1',
  'SHOW TABLES',
  'DESCRIBE otel_traces',
  'FROM spans SELECT service',
  '(SELECT 1) UNION ALL (SELECT 2)',
])('runs and checks %s', async (sql) => {
  write('other', `-- A title\n\n${sql}\n`)
  expect(await ask('other', '--json')).toMatchObject({ exit: 0 })
  expect(await ask('queries', 'check', 'other')).toMatchObject({ exit: 0 })
})

it('says of a bad default where it is, whatever asks for the query', async () => {
  write('unfit', '-- A title\n-- @param most = many - rows\n\nSELECT 1 LIMIT {most:UInt8}\n')
  // A check of an empty store reads no query.
  await fetch(`${collector.addresses.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: otlpSpans([{ service: 'shop', name: 'buy', took: 5, trace: 't', id: 's' }], Date.now()),
  })
  await vi.waitFor(() => expect(collector.status().traces.stored).toBeGreaterThan(0), 60_000)
  const refused = ".otrace/queries/unfit.sql:2: the default of @param most 'many' is not a whole"
  for (const args of [
    ['unfit', '--most', '3'],
    ['check', "{ query: unfit, expect: 'rows == 0' }"],
    ['grafana', '--out', 'panels'],
  ]) {
    const { exit, stderr } = await ask(...args)
    expect([exit, stderr], args[0]).toEqual([2, expect.stringContaining(refused)])
  }
})

it('gives every argument of a built-in query a value, and finds no mistake', async () => {
  const folders = ['queries/', 'queries/shop/'].flatMap((path) => [
    '--queries',
    fileURLToPath(new URL(path, packageRoot)),
  ])
  const { stdout, exit } = await runHere(['queries', 'check', ...folders], { env })
  const lines = stdout.trimEnd().split('\n')
  expect(lines.length).toBeGreaterThan(15)
  expect(lines.filter((line) => !/: ok, \d+ columns/.test(line))).toEqual([])
  expect(exit).toBe(0)
})
