/** Query files of a checkout, on a server that checks nothing itself. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Session } from 'chdb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { runHere } from './otrace.ts'
import { startEngine, store } from './schemas/engine.ts'
import { type Front, serve } from './schemas/front.ts'
import { makeSpans } from './schemas/spans.ts'

const folder = temporaryFolder()
const queries = join(folder.path, '.otrace', 'queries')
const dashboards = join(folder.path, '.otrace', 'dashboards')
/** A user who was told of no query yet. */
const newUser = () => ({ XDG_CACHE_HOME: mkdtempSync(join(folder.path, 'cache-')) })
const WINDOW = ['--from', '2025-10-09T08:00:00Z', '--to', '2025-10-09T11:00:00Z']
const from = process.cwd()
let session: Session
let front: Front

beforeAll(async () => {
  for (const path of [queries, dashboards]) mkdirSync(path, { recursive: true })
  session = await startEngine(folder.path)
  store(session, 'otel-map', makeSpans())
  front = await serve(folder.path)
  process.chdir(folder.path)
})

afterAll(() => {
  process.chdir(from)
  front.stop()
  session.close()
  folder.remove()
})

const write = (name: string, sql: string, into = queries) =>
  writeFileSync(join(into, `${name}.sql`), `-- A title\n\n${sql}\n`)
const place = () => ['--url', front.url, '--database', 'otel_map', '--json']
const ask = (args: string[], env = {}) => runHere([...args, ...place()], { env })

const HOSTILE = {
  file: "SELECT file('/etc/hostname') AS a",
  'file-as-table': "SELECT * FROM file('/etc/hostname', 'LineAsString')",
  url: "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
  'in-a-name': "SELECT arrayReduce('groupConcat((SELECT 1))', ['a']) FROM spans LIMIT 1",
  'in-a-type': "SELECT defaultValueOfTypeName('AggregateFunction(sum, UInt8)')",
  'in-set': "SELECT 1 IN file('/etc/hostname', 'LineAsString', 'a UInt8')",
  zone: "SELECT toString(toDateTime(0), 'file:/etc/hostname')",
  settings: 'SELECT * FROM (SELECT 1 SETTINGS max_threads = 1)',
  'other-database': 'SELECT * FROM elsewhere.secrets',
  users: 'SELECT * FROM system.users',
  sleep: 'SELECT sleep(3)',
  'two-statements': 'SELECT 1; SELECT 2',
}

it.each(Object.entries(HOSTILE))('%s is refused before it is sent', async (name, sql) => {
  write(name, sql)
  front.asked.length = 0
  const run = await ask([name])
  expect([run.stdout, run.exit]).toEqual(['', name === 'two-statements' ? 2 : 4])
  const sent = front.asked.filter((text) => text.includes(sql) && !/^\s*EXPLAIN AST/.test(text))
  expect(sent).toEqual([])
})

it('a harmless one runs, and says once where it comes from', async () => {
  write('mine', 'SELECT service, count() AS spans, max(duration) AS most FROM spans GROUP BY 1')
  const env = newUser()
  const first = await ask(['mine', ...WINDOW], env)
  expect(first.stderr).toBe(
    'mine is a query of this folder, not of otrace: .otrace/queries/mine.sql\n',
  )
  expect(JSON.parse(first.stdout).length).toBeGreaterThan(1)
  expect((await ask(['mine', ...WINDOW], env)).stderr).toBe('')
  write('mine', 'SELECT count() AS spans FROM spans')
  expect((await ask(['mine', ...WINDOW], env)).stderr).toContain('a query of this folder')
})

it('a replaced query is said each time', async () => {
  write('slow', 'SELECT count() AS spans FROM spans')
  const env = newUser()
  for (let i = 0; i < 2; i++) {
    const { stderr } = await ask(['slow', ...WINDOW], env)
    expect(stderr).toBe('.otrace/queries/slow.sql replaces the query slow\n')
  }
})

it('a query beside the dashboards can do no more, and says where it comes from', async () => {
  writeFileSync(join(dashboards, 'overview.yaml'), 'panels:\n- run: spy\n')
  write('spy', HOSTILE.file, dashboards)
  front.asked.length = 0
  const hostile = await ask(['dashboard'], newUser())
  expect([hostile.stdout, hostile.exit]).toEqual(['', 4])
  expect(hostile.stderr).toContain('.otrace/dashboards/spy.sql does more than a checkout')
  expect(hostile.stderr).toContain('spy is a query of this folder, not of otrace')
  expect(hostile.stderr).toContain('.otrace/dashboards/overview.yaml replaces the dashboard over')
  const sent = front.asked.filter((text) => /^SELECT file/.test(text))
  expect(sent).toEqual([])
})

it('a folder that the user names is left to the server', async () => {
  write('sleep', 'SELECT 1 + sleep(0) AS a')
  const run = await ask(['sleep', '--queries', '.otrace/queries'])
  expect([run.stderr.replace(/.*replaces.*\n/g, ''), run.exit]).toEqual(['', 0])
})
