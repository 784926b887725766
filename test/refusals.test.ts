/** What only a store can judge gets one sentence and one hint, too: conditions and typed statements, asked of a running collector. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Collector, start } from '../collector/main.ts'
import { otrace, temporaryFolder } from './otrace.ts'

const folder = temporaryFolder()
const env = { OTRACE_DATA: join(folder.path, 'store') }
let collector: Collector

beforeAll(async () => {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: env.OTRACE_DATA, ...ports })
}, 60_000)

afterAll(async () => {
  await collector?.stop()
  folder.remove()
})

describe('--where', () => {
  const MANY = '--where judges one span at a time'
  it.each([
    ['count() > 1', MANY, 'HAVING'],
    ['1 = sumIf(duration, is_error)', MANY, 'HAVING'],
    ['row_number() OVER () > 1', MANY, 'HAVING'],
    ['arrayJoin([1, 2]) > 1', MANY, 'HAVING'],
    ['unnest([1, 2]) > 1', MANY, 'HAVING'],
    ['duration >', 'it is no SQL condition', "'single quotes'"],
    ["service = 'a' && is_error", 'it is no SQL condition', 'AND'],
    ['name', 'it is neither true nor false, but LowCardinality(String)', 'AND'],
    ['nosuch(duration) > 1', 'Function with name `nosuch` does not exist', 'AND'],
    ["duration > 'long'", "Cannot convert string 'long' to type UInt64", 'AND'],
    ['durration > 1', "there is no column 'durration'", 'did you mean duration?'],
    ['name IN (SELECT 1)', 'it holds more than a condition', 'AND'],
  ])('%s', async (where, sentence, hint) => {
    for (const command of [['slow'], ['sql', 'SELECT count() FROM spans']]) {
      const run = await otrace([...command, '--where', where], { env })
      expect(run.stderr).toContain(`otrace: --where '${where}': ${sentence}`)
      expect(run.stderr).toContain(hint)
      expect(run.stderr).toMatch(/^otrace: .*\n {2}→ .*\n$/)
      expect([run.stdout, run.exit]).toEqual(['', 2])
    }
  })

  it('is not blamed for the statement', async () => {
    const run = await otrace(['sql', 'SELECT nosuch FROM spans', '--where', 'is_error'], { env })
    expect(run.stderr).toContain('ClickHouse refused the query')
    expect(run.exit).toBe(4)
  })
})

describe('otrace sql', () => {
  it.each(['DESCRIBE spans', 'desc spans;', 'DESCRIBE TABLE spans', 'SHOW COLUMNS FROM spans'])(
    '%s',
    async (sql) => {
      const { stdout, stderr, exit } = await otrace(['sql', sql, '--json'], { env })
      const columns = JSON.parse(stdout)
      expect(columns).toContainEqual({ name: 'duration', type: 'UInt64' })
      expect(columns).toContainEqual({ name: 'attributes', type: expect.stringMatching(/^Map/) })
      expect(stderr).toContain('spans is no table: otrace reads it from otel.otel_traces')
      expect(exit).toBe(0)
    },
  )

  it('describes every column that help names, of the types that it selects', async () => {
    const described = await otrace(['sql', 'DESCRIBE spans', '-o', 'csv'], { env })
    const names = described.stdout.trim().split('\r\n').slice(1)
    const help = (await otrace(['help', 'sql'])).stdout.replace(/\s+/g, ' ')
    const listed = /shows with their types: ([\w, ]+)\./.exec(help)?.[1]?.split(', ') ?? []
    expect(names.map((line) => line.split(',')[0]).sort()).toEqual([...listed].sort())
    expect(listed.length).toBeGreaterThan(40)
  })

  it('passes SETTINGS on from behind a statement with a WITH of its own', async () => {
    const sql = `WITH a AS (SELECT count() AS n FROM spans)
      SELECT n, getSetting('join_use_nulls') AS nulls FROM a SETTINGS join_use_nulls = 1`
    const run = await otrace(['sql', sql, '--json'], { env })
    expect(JSON.parse(run.stdout)).toEqual([{ n: 0, nulls: true }])
    const refused = await otrace(['sql', 'SELECT 1 FROM spans SETTINGS readonly = 0'], { env })
    expect([refused.exit, refused.stderr]).toEqual([4, expect.stringContaining('readonly')])
  })
})

it('otrace doctor --explain says what it reads', async () => {
  const run = await otrace(['doctor', '--explain'], { env })
  expect(run.stderr).toMatch(/would read/)
  expect(run.stdout).toContain('connection')
  expect(run.exit).toBe(0)
})
