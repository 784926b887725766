/** Every command, for a user with exactly the grants of `otrace schema --reader`. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readQueryFiles } from '../../cli/query/files.ts'
import { temporaryFolder } from '../folder.ts'
import { listening } from '../listening.ts'
import { runHere } from '../otrace.ts'
import { distribute, startEngine, store } from './engine.ts'
import { type Front, serve } from './front.ts'
import { makeSpans } from './spans.ts'

const spans = makeSpans()
/** As the exporter makes it, without its indexes. */
const LOGS = readFileSync(
  new URL('../../collector/schema/otel_logs.sql', import.meta.url),
  'utf8',
).replace('otel.otel_logs', 'otel_map.otel_logs')
const folder = temporaryFolder()
let session: Session
let front: Front
let ddl: string

/** Where `otrace copy` sends spans. */
const receiver = createServer((request, response) =>
  request.resume().once('end', () => response.end('{}')),
)
let into: Awaited<ReturnType<typeof listening>>

beforeAll(async () => {
  const owner = await startEngine(folder.path)
  store(owner, 'otel-map', spans)
  owner.query(LOGS)
  owner.query(
    "INSERT INTO otel_map.otel_logs (Timestamp, Body) VALUES (toDateTime64('2025-10-09 09:30:00', 9, 'UTC'), 'one')",
  )
  const views = (await runHere(['schema', '--views', '--database', 'otel_map'])).stdout
  for (const statement of views.split(';\n').filter((text) => text.trim())) owner.query(statement)
  owner.close()
  ddl = (await runHere(['schema', '--reader', '--database', 'otel_map'])).stdout
  await open(ddl)
  into = await listening(receiver)
})
/** Starts the engine with the rights and the settings that are printed, and nothing else. */
async function open(printed: string): Promise<void> {
  const grants = printed.matchAll(/^GRANT(?: ON CLUSTER \w+)? (.*) TO otrace_reader;?$/gm)
  const rights = [...grants].map(([, right]) => right!)
  const granted = rights.flatMap((right) => /ON system\.(\w+)/.exec(right)?.[1] ?? [])
  session = await startEngine(folder.path, rights.join(', '))
  const settings = [...printed.matchAll(/^ {2}(\w+) = (\d+)(?: MAX (\d+))?[,;]$/gm)]
  expect(settings.map(([, name]) => name)).toContain('readonly')
  const set = (readonly: string) =>
    settings.map(([, name, value]) => `SET ${name} = ${name === 'readonly' ? readonly : value}`)
  // Of readonly the last: nothing may be set after it.
  const profiles = { reader: set('2').reverse(), strict: set('1').reverse() }
  const most = Object.fromEntries(
    settings.flatMap(([, name, , max]) => (max ? [[name!, +max]] : [])),
  )
  expect(Object.keys(most)).toEqual(['max_execution_time', 'max_memory_usage'])
  front = await serve(folder.path, { profiles, granted, most, alone: ['strict'] })
}

afterAll(() => {
  into?.stop()
  front?.stop()
  session?.close()
  folder.remove()
})

const WINDOW = ['--from', '2025-10-09T08:55:23Z', '--to', '2025-10-09T09:55:23Z']
const ask = (user: string, ...args: string[]) => {
  const url = front.url.replace('//', `//${user}:secret@`)
  const place = { OTRACE_URL: url, OTRACE_DATABASE: 'otel_map' }
  return runHere(args, { env: { ...place, OTRACE_NOW: '2025-10-09T09:55:23Z' } })
}

/** Commands that ask no server, or one of their own. */
const ELSEWHERE = [
  ...['run', 'demo', 'up', 'shop', 'send', 'schema', 'grafana', 'config', 'queries'],
  ...['completion', 'help'],
]
/** Arguments of a command other than the window. */
const ARGUMENTS: Record<string, string[]> = {
  buyers: ['product-2'],
  check: ['count > 10'],
  copy: ['--into', 'RECEIVER'],
  dashboard: [],
  diff: ['--error'],
  journey: ['user-5'],
  sql: ['SELECT service, count() FROM spans GROUP BY service'],
  tail: ['--for', '1ms'],
  top: ['http.route'],
  trace: ['--slowest'],
  wait: [spans[0]!.traceId, '--quiet', '1ms'],
  watch: ['--count', '1', 'services'],
}
const WINDOWLESS = ['tail', 'storage']
const help = (await runHere(['--help'])).stdout
const commands = [...help.matchAll(/^ {2}([a-z][\w-]+) +[[<A-Z]/gm)].map(([, name]) => name!)
const asking = commands.filter((name) => !ELSEWHERE.includes(name))
const queries = readQueryFiles([], { flags: new Set(), commands: new Set() }).queries.map(
  ({ name }) => name,
)

/** Each command that is only a query for one of the two, since queries are sent alike; all others for both. */
const share = (nth: number) =>
  asking.filter((name, i) => i % 2 === nth || !queries.includes(name) || process.env.OTRACE_LONG)

describe.each([
  ['reader', 'readonly = 2', share(0)],
  ['strict', 'readonly = 1, and one statement at a time', share(1)],
])('%s, with %s', (user, _, commands) => {
  it.each(commands)('otrace %s', async (name) => {
    const given = (ARGUMENTS[name] ?? []).map((word) => (word === 'RECEIVER' ? into.url : word))
    const window = WINDOWLESS.includes(name) ? [] : WINDOW
    const { exit, stdout, stderr } = await ask(user, name, ...given, ...window)
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: expect.any(String) })
    expect(stdout + stderr).not.toMatch(/may not read|GRANT|ACCESS_DENIED|privileges|READONLY/i)
    if (!['tail', 'repeats', 'wait'].includes(name)) expect(stdout).not.toBe('')
  })
})

it('the user may read the views and call the functions', async () => {
  for (const user of ['reader', 'strict']) {
    const sql =
      'SELECT (SELECT otrace_stable_sum(1) FROM otrace.spans) AS spans, sum(samples) AS rows FROM otrace.red'
    const { stdout, stderr } = await ask(user, 'sql', sql, '--json')
    expect(JSON.parse(stdout), stderr).toEqual([{ spans: spans.length, rows: spans.length }])
  }
})

it('all commands together ask a tenth of the quota', () => {
  const most = Number(/MAX queries = (\d+)/.exec(ddl)![1])
  expect(front.asked.length).toBeGreaterThan(asking.length)
  expect(front.asked.length).toBeLessThan(most / 10)
})

it('the user can neither write nor read other tables', async () => {
  for (const sql of [
    'INSERT INTO otel_map.otel_traces (SpanId) VALUES (1)',
    'SELECT 1 FROM system.users',
  ]) {
    const { exit } = await ask('reader', 'sql', sql)
    expect(exit).toBeGreaterThan(1)
  }
  const wrote = () => session.query("INSERT INTO otel_map.otel_traces (SpanId) VALUES ('1')")
  expect(wrote).toThrow(/ACCESS_DENIED/)
})

it('the password is a new one each time', async () => {
  const password = (text: string) => /BY '([\w-]{24})'/.exec(text)?.[1]
  expect(password(ddl)).toBeDefined()
  expect(password((await runHere(['schema', '--reader'])).stdout)).not.toBe(password(ddl))
  const nameless = await runHere(['schema', '--reader', ''])
  expect(nameless).toEqual({
    exit: 2,
    stdout: '',
    stderr: 'otrace: --reader is empty\n  → name one: --reader otrace_reader\n',
  })
  expect(ddl).toMatch(/PROFILE 'otrace_reader';/)
})

it('the page about production has what is printed', async () => {
  const page = readFileSync(new URL('../../docs/production.md', import.meta.url), 'utf8')
  const [, block] = /```sql\n([\s\S]*?)```/.exec(page)!
  const { stdout } = await runHere(['schema', '--reader'])
  expect(block!.trim()).toBe(stdout.replace(/BY '[^']*'/, "BY '…'").trim())
})

it('all statements are ones that ClickHouse parses', () => {
  const statements = ddl.split(/;\n/).filter((text) => text.trim())
  expect(statements.length).toBeGreaterThan(8)
  for (const statement of statements) {
    const text = statement.replace(/^(?:--.*\n|\s)*/, '')
    const sql = `SELECT formatQuery('${text.replace(/[\\']/g, '\\$&')}')`
    expect(session.query(sql, 'TSV')).toMatch(/^(?:CREATE|ALTER|GRANT) /)
  }
})

it('with --cluster, the user may read a Distributed table', async () => {
  const { stdout } = await runHere([
    'schema',
    '--reader',
    '--database',
    'otel_map',
    '--cluster',
    'alone',
  ])
  front.stop()
  session.close()
  const owner = await startEngine(folder.path)
  const table = distribute(owner, 'otel-map')
  owner.close()
  await open(stdout)
  for (const name of ['services', 'doctor', 'storage']) {
    const window = WINDOWLESS.includes(name) ? [] : WINDOW
    const run = await ask('reader', name, '--table', table, ...window)
    expect(run).toMatchObject({ exit: 0, stdout: expect.stringMatching(/\S/) })
    expect(run.stdout + run.stderr).not.toMatch(/may not read|GRANT|ACCESS_DENIED|privileges/i)
  }
})
