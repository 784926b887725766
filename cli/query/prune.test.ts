/** Unused columns removed from a relation. */
import { describe, expect, it } from 'vitest'
import { prune, resultColumns } from './prune.ts'

const relation = `WITH
  key -> attributes[key] AS attribute, -- SELECT nothing, FROM nowhere
  'a, b' AS text
SELECT
  toTimeZone(raw.at, 'UTC') AS time,
  -- A comment, with a comma.
  code IN ('Error', '2, 3') AS is_error,
  multiIf(is_error, 'error (', 'ok') AS status,
  attribute('größe, \\'x') AS size,
  if((SELECT 1 FROM one) = 1, [1, 2], []) AS list
FROM t AS raw`

const columns = (reader: string) =>
  [...prune(relation, reader).matchAll(/AS (\w+),?$/gm)]
    .map((match) => match[1])
    .filter((name) => !['text'].includes(name!))

describe('prune', () => {
  it('keeps the columns that the reader names, and the columns they use', () => {
    expect(columns('SELECT status FROM spans')).toEqual(['is_error', 'status', 'raw'])
    expect(columns('SELECT max(time), is_error FROM spans')).toEqual(['time', 'is_error', 'raw'])
    expect(columns('SELECT list FROM spans')).toEqual(['list', 'raw'])
  })

  it('keeps no column for a word in a string or in a comment', () => {
    expect(columns("SELECT 'size', time /* list */ FROM spans -- is_error")).toEqual([
      'time',
      'raw',
    ])
    const route = "SELECT 'a' AS route, attribute('http.route') AS path FROM t"
    expect(prune(route, 'SELECT path FROM spans')).not.toContain('AS route')
    expect(columns('SELECT `size` FROM spans')).toContain('size')
  })

  it('keeps one column where none is named', () => {
    expect(columns('SELECT count() FROM spans')).toEqual(['time', 'raw'])
  })

  it.each([
    'SELECT * FROM spans',
    'SELECT s.* FROM spans AS s',
    "SELECT COLUMNS('a') FROM spans",
    'SELECT TOP 1 * FROM spans',
    'SELECT ALL * FROM spans',
    'SELECT DISTINCT ON (size) * FROM spans',
    'SELECT uniqExact(*) FROM spans',
    'SELECT 1, tuple( * ) FROM spans',
    'FROM spans SELECT *',
    'SELECT 1 AS one, * EXCEPT (size) FROM spans',
  ])('keeps everything for %s', (reader) => {
    expect(prune(relation, reader)).toBe(relation)
  })

  it('takes a product for no star, nor a count', () => {
    expect(columns('SELECT (list) * (2), 2*list, count(*), COUNT( * ) FROM spans')).toEqual([
      'list',
      'raw',
    ])
    expect(columns('SELECT 2 * list FROM spans')).toEqual(['list', 'raw'])
  })

  it('keeps the definitions that the columns and the conditions use', () => {
    expect(prune(relation, 'size')).toBe(
      `WITH
  key -> attributes[key] AS attribute
SELECT
  attribute('größe, \\'x') AS size
FROM t AS raw`,
    )
    expect(prune(relation, 'list', 'WHERE text')).toBe(
      `WITH
  -- SELECT nothing, FROM nowhere
  'a, b' AS text
SELECT
  if((SELECT 1 FROM one) = 1, [1, 2], []) AS list
FROM t AS raw`,
    )
    expect(prune(relation, 'list')).toMatch(/^SELECT/)
  })
})

describe('the columns of a result', () => {
  it.each([
    ['WITH 1 AS one SELECT a, f(b, c) AS d, t.e FROM t', ['a', 'd', 'e']],
    ['SELECT count(*) AS n, dimension AS /*+ by_name */service FROM t', ['n', 'service']],
    ['SELECT a, * FROM t', []],
    ['SELECT t.* FROM t', []],
    ['SELECT count() FROM t', []],
    ['SELECT a AS `n`, b FROM t', []],
    ['SELECT a "n" FROM t', []],
  ])('of %s', (sql, names) => {
    expect(resultColumns(sql)).toEqual(names)
  })
})
