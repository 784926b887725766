/** Query files: what is read, and errors with file and line. */
import { describe, expect, it } from 'vitest'
import type { OtraceError } from '../errors.ts'
import { parseQueryFile } from './query-file.ts'

const FILE = `-- Slow requests
--
-- Server spans slower than a threshold.
--
-- @panel  table
-- @param  over ns = 100ms   - only requests slower than this
-- @param  user_id           - whose
-- @param  by = a in a, b    - one line for each
-- @param  contains = ''     - a text
-- @column duration ns

SELECT duration, {by:Identifier} FROM spans -- not {this:one}
WHERE duration > {over:UInt64} AND u = {user_id:String} AND c = {contains:String} AND s = '{nor:this}'
  AND time < {to:DateTime64(9, 'UTC')};
`

const parse = (text: string, path = 'queries/slow.sql') =>
  parseQueryFile(path, text, new Set(['since']))

function failure(text: string, path?: string): OtraceError {
  try {
    parse(text, path)
  } catch (error) {
    return error as OtraceError
  }
  throw new Error('it was accepted')
}

describe('parseQueryFile', () => {
  it('reads title, description, panel, units and parameters', () => {
    const query = parse(FILE)
    expect(query).toMatchObject({
      name: 'slow',
      title: 'Slow requests',
      description: 'Server spans slower than a threshold.',
      panel: 'table',
      units: { duration: 'ns' },
      allTime: false,
    })
    expect(query.params).toEqual([
      {
        name: 'over',
        type: 'UInt64',
        unit: 'ns',
        default: '100ms',
        help: 'only requests slower than this',
      },
      { name: 'user_id', type: 'String', help: 'whose' },
      {
        name: 'by',
        type: 'Identifier',
        default: 'a',
        choices: ['a', 'b'],
        help: 'one line for each',
      },
      { name: 'contains', type: 'String', default: '', help: 'a text' },
    ])
    expect(query.sql).toMatch(/^SELECT[\s\S]*'UTC'\)\}$/)
  })

  it.each([
    ['SELECT 1', 'queries/x.sql:1: no title'],
    ['-- @panel table\n\nSELECT 1', 'queries/x.sql:1: no title'],
    ['-- T\n', 'queries/x.sql: no SQL'],
    ['\n\n', 'queries/x.sql:1: an empty file'],
    ['-- T\n\nSELECT 1;\n  SELECT 2', 'queries/x.sql:4:3: a second statement'],
    ["-- T\nSELECT 1; 'x'", 'queries/x.sql:2:11: a second statement'],
    [
      '-- T\n\nSELECT 1 FORMAT CSV',
      "queries/x.sql:3:10: FORMAT CSV can't be used in the statement",
    ],
    ['-- T\n\n DESC spans', 'queries/x.sql:3:1: spans is not a table'],
    ['-- T\n\nSELEC 1', "queries/x.sql:3:1: not a statement: 'SELEC'"],
    ['-- T\n-- @pannel table\n\nSELECT 1', 'queries/x.sql:2: unknown tag @pannel'],
    ['-- T\n-- @panel pie\n\nSELECT 1', "queries/x.sql:2: @panel cannot be 'pie'"],
    [
      '-- T\n-- @example otrace y\n\nSELECT 1',
      'queries/x.sql:2: not a command line of this query: otrace y',
    ],
    [
      '-- T\n-- @column a furlong\n\nSELECT 1',
      "queries/x.sql:2: the unit of @column a cannot be 'furlong'",
    ],
    ['-- T\n-- @param a - x\n\nSELECT 1', 'queries/x.sql:2: @param a is not in the SQL'],
    ['-- T\n\nSELECT {a:UInt8}', 'queries/x.sql: {a:UInt8} has no @param'],
    [
      '-- T\n-- @param since - x\n\nSELECT {since:UInt8}',
      'queries/x.sql:2: every query has --since',
    ],
    [
      '-- T\n-- @param a = z in b, c - x\n\nSELECT {a:String}',
      "queries/x.sql:2: the default of @param a cannot be 'z'",
    ],
    [
      '-- T\n-- @param a - x\n\nSELECT {a:Identifier}',
      'queries/x.sql:2: @param a is an Identifier and could name anything',
    ],
    [
      '-- T\n-- @param a furlong = 1 - x\n\nSELECT {a:UInt8}',
      "queries/x.sql:2: the unit of @param a cannot be 'furlong'",
    ],
  ])('refuses %j', (text, message) => {
    const error = failure(text, 'queries/x.sql')
    expect(error.message).toBe(message)
    expect(error.hint).toBeTruthy()
    expect(error.exit).toBe(2)
  })

  it('refuses a statement that writes, at its place', () => {
    const { message, exit } = failure('-- T\n\n/* x */\nINSERT INTO a SELECT 1', 'queries/x.sql')
    expect([message, exit]).toEqual([
      'queries/x.sql:4:1: read-only: statement not allowed: INSERT',
      4,
    ])
  })

  it('shows a whole statement where one is a word', () => {
    const { message, hint } = failure('-- T\n\nSELECT', 'queries/x.sql')
    expect(message).toBe('queries/x.sql:3:1: incomplete statement: SELECT')
    expect(hint).toContain('SELECT * FROM spans')
  })

  it('takes a comment behind the semicolon', () => {
    expect(parse('-- T\n\nSELECT 1; -- end\n').sql).toBe('SELECT 1')
  })

  it.each([
    ['@pannel table', 'did you mean @panel?'],
    ['@panel tabel', 'did you mean table?'],
    ['@column a secnds', 'did you mean s?'],
    ['@nothing', expect.stringMatching(/^the tags are @panel, /)],
  ])('names the nearest word: %s', (line, hint) => {
    expect(failure(`-- T\n-- ${line}\n\nSELECT 1`, 'queries/x.sql').hint).toEqual(hint)
  })

  it('refuses a file whose name cannot be a command', () => {
    expect(failure('-- T\n\nSELECT 1', 'queries/Slow one.sql').message).toContain("'Slow one'")
  })
})
