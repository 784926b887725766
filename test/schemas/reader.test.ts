/** Every command, for a user with exactly the grants of `otrace schema --reader`. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { temporaryFolder } from '../folder.ts'
import { runHere } from '../otrace.ts'
import { startEngine, store } from './engine.ts'
import { type Front, serve } from './front.ts'
import { makeSpans } from './spans.ts'

const folder = temporaryFolder()
let session: Session
let front: Front
let ddl: string

beforeAll(async () => {
  const owner = await startEngine(folder.path)
  store(owner, 'otel-map', makeSpans())
  owner.close()
  ddl = (await runHere(['schema', '--reader', '--database', 'otel_map'])).stdout
  const rights = [...ddl.matchAll(/^GRANT (.*) TO otrace_reader;?$/gm)].map(([, right]) => right!)
  const granted = rights.flatMap((right) => /ON system\.(\w+)/.exec(right)?.[1] ?? [])
  session = await startEngine(folder.path, rights.join(', '))
  front = await serve(folder.path, { profiles: { reader: ['SET readonly = 2'] }, granted })
})
afterAll(() => {
  front?.stop()
  session?.close()
  folder.remove()
})

const WINDOW = ['--from', '2025-10-09T08:55:23Z', '--to', '2025-10-09T09:55:23Z']
const ask = (...args: string[]) =>
  runHere([...args, '--url', front.url.replace('//', '//reader:secret@'), '--database', 'otel_map'])

it.each([
  ...['services', 'rps', 'errors', 'events', 'top http.route', 'gc', 'top-products'],
  ...['spans', 'attributes', 'trace --slowest', 'flame', 'doctor'],
])('otrace %s', async (command) => {
  const { exit, stdout, stderr } = await ask(...command.split(' '), ...WINDOW)
  expect({ exit, stderr }).toMatchObject({ exit: 0, stderr: expect.not.stringMatching(/grant/i) })
  expect(stdout.split('\n').length).toBeGreaterThan(2)
  expect(stdout).not.toMatch(/may not read|GRANT/)
})

it.each(['storage', 'sql SELECT+count()+FROM+spans'])('otrace %s, of all time', async (command) => {
  const { exit, stdout } = await ask(...command.split(' ').map((word) => word.replaceAll('+', ' ')))
  expect(exit).toBe(0)
  expect(stdout.split('\n').length).toBeGreaterThan(2)
})

it('the user can neither write nor read other tables', async () => {
  for (const sql of [
    'INSERT INTO otel_map.otel_traces (SpanId) VALUES (1)',
    'SELECT 1 FROM system.users',
  ]) {
    const { exit } = await ask('sql', sql)
    expect(exit).toBeGreaterThan(1)
  }
  const wrote = () => session.query("INSERT INTO otel_map.otel_traces (SpanId) VALUES ('1')")
  expect(wrote).toThrow(/ACCESS_DENIED/)
})

it('the password is a new one each time', async () => {
  const password = (text: string) => /BY '([\w-]{24})'/.exec(text)?.[1]
  expect(password(ddl)).toBeDefined()
  expect(password((await runHere(['schema', '--reader'])).stdout)).not.toBe(password(ddl))
  expect(ddl).toMatch(/PROFILE 'otrace_reader';/)
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
