/** Typed SQL stays read-only on a server without limits of its own. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../folder.ts'
import { runHere } from '../otrace.ts'
import { startEngine, store } from './engine.ts'
import { type Front, type FrontOptions, serve } from './front.ts'
import { makeSpans } from './spans.ts'

const folder = temporaryFolder()
let session: Session
let front: Front

beforeAll(async () => {
  session = await startEngine(folder.path)
  store(session, 'otel-map', makeSpans())
  session.query('CREATE TABLE otel_map.kept (a UInt8) ENGINE = MergeTree ORDER BY a')
  front = await serve(folder.path, {
    profiles: { asks: ['SET readonly = 1'], sets: ['SET readonly = 2'] },
  })
})
afterAll(() => {
  front.stop()
  session.close()
  folder.remove()
})

const as = (user: string, ...args: string[]) =>
  runHere([
    ...args,
    '--url',
    front.url.replace('//', `//${user}:secret@`),
    '--database',
    'otel_map',
  ])

const USERS = ['writes', 'sets', 'asks']
/** Who may write tries every statement, the others, whom the server refuses too, half each. OTRACE_LONG=1: all. */
const tries = (user: string, i: number) =>
  user === 'writes' || i % 2 === USERS.indexOf(user) - 1 || process.env.OTRACE_LONG
/** Each command is asked by one of them, in turns. OTRACE_LONG=1: by each. */
const asks = (user: string, i: number) =>
  i % USERS.length === USERS.indexOf(user) || process.env.OTRACE_LONG
const STATEMENTS = [
  'DROP TABLE otel_map.kept',
  'DROP TABLE otel_map.kept SETTINGS max_threads = 1',
  'CREATE TABLE otel_map.made (a UInt8) ENGINE = Memory SETTINGS max_threads = 1',
  'INSERT INTO otel_map.kept SETTINGS max_threads = 1 VALUES (1)',
  'ALTER TABLE otel_map.kept DELETE WHERE 1 SETTINGS readonly = 0',
  'SELECT 1 SETTINGS readonly = 0',
  'KILL QUERY WHERE 1',
  "SELECT 1 INTO OUTFILE 'written.txt'",
]
const COMMANDS = ['trace --slowest', 'flame', 'attributes', 'doctor', 'spans', 'storage']

describe.each(USERS)('a user who %s', (user) => {
  it.each(STATEMENTS.filter((_, i) => tries(user, i)))(
    'cannot leave read-only: %s',
    async (sql) => {
      const { exit, stderr } = await as(user, 'sql', sql)
      expect(stderr).toMatch(
        /^otrace: (?:ClickHouse refused the query|read-only: statement not allowed|INTO OUTFILE is not supported).*\n {2}→ .*\n$/,
      )
      expect(exit).not.toBe(0)
      const tables = session.query(
        "SELECT name FROM system.tables WHERE database = 'otel_map'",
        'TSV',
      )
      expect(tables).toContain('kept\n')
      expect(tables).not.toContain('made\n')
    },
  )

  it('gets the same results as in other stores', async () => {
    const asked = ['services', '--from', '2025-10-01', '-o', 'csv']
    const { exit, stdout, stderr } = await as(user, ...asked)
    expect({ exit, stderr }).toEqual({
      exit: 0,
      stderr: expect.stringMatching(/^counts extra.*\n$/),
    })
    expect(stdout.split('\n').length).toBeGreaterThan(2)
  })

  it.each(COMMANDS.filter((_, i) => asks(user, i)))('may ask otrace %s', async (command) => {
    const window = /doctor|storage/.test(command) ? [] : ['--from', '2025-10-01']
    const { exit, stdout } = await as(user, ...command.split(' '), ...window)
    expect(exit).toBe(0)
    expect(stdout.split('\n').length).toBeGreaterThan(4)
  })

  it('may filter spans with --where', async () => {
    const where = ['services', '--from', '2025-10-01', '--where']
    const some = await as(user, ...where, "http_status >= 500 OR name = 'nothing'", '--json')
    expect(some).toMatchObject({ exit: 0 })
    const none = await as(user, ...where, 'http_status >=')
    expect(none.stderr).toMatch(/^otrace: --where 'http_status >=': not a SQL condition/)
    expect(none.exit).toBe(2)
    const text = await as(user, ...where, "http_status >= 'abc'")
    expect(text.stderr).toMatch(/^otrace: --where 'http_status >= 'abc'': /)
    expect(text.exit).toBe(2)
  })
})

describe('settings in transit', () => {
  const through = async (options: FrontOptions, ...args: string[]) => {
    const other = await serve(folder.path, options)
    const run = await runHere([...args, '--url', other.url, '--database', 'otel_map'])
    other.stop()
    return run
  }

  it('that are lost keep typed SQL from running', async () => {
    const { stderr, exit } = await through({ deaf: true }, 'sql', 'SELECT 1')
    expect(stderr).toMatch(/ ignores readonly=1 for this user: .* write access\n {2}→ use/)
    expect(exit).toBe(4)
  })

  it.each([['max_rows_to_sort'], ['max_memory_usage'], ['use_statistics', 'max_execution_time']])(
    'that are not ours to set are left out: %s',
    async (...fixed) => {
      const asked = ['trace', '--slowest', '--from', '2025-10-01']
      const { stdout, exit } = await through({ fixed }, ...asked)
      expect(stdout).toMatch(/spans/)
      expect(exit).toBe(0)
    },
  )
})
