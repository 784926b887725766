/** The order of a panel over time, by a column that may be quoted or missing, and its limit. */
import { expect, it } from 'vitest'
import { parseQueryFile } from '../../query/query-file.ts'
import { panelOf } from './panel.ts'
import { grafanaSql } from './sql.ts'

it.each([
  ['toStartOfMinute(time) AS at, service', 'at'],
  ['service, toStartOfMinute(time) AS "t"', '"t"'],
  ['*, toStartOfMinute(time) AS "t"', '"t"'],
  ['service, toStartOfMinute(time) AS `a t`', '`a t`'],
  ['service, concat(service, \', x\') AS "a b", toStartOfMinute(time)', '3'],
  ['service, name', '1'],
  ['1 AS one, *', 'time', '(SELECT toStartOfMinute(time) AS time FROM spans)'],
])('SELECT %s is ordered by %s', (columns, by, from = 'spans') => {
  const text = `-- Spans\n-- @panel timeseries\nSELECT ${columns}, count() AS n\nFROM ${from}\nGROUP BY ALL\nORDER BY n`
  const query = parseQueryFile('a.sql', text, new Set())
  for (const views of [true, false]) {
    const sql = grafanaSql(query, { database: 'otel', table: 'otel_traces', views })
    expect(sql.split('\n').at(-1)).toBe(`ORDER BY ${by}`)
  }
})

it('a panel says how many rows it has at most', () => {
  const tables = { database: 'otel', table: 'otel_traces', views: true }
  const described = (head: string, end: string) => {
    const text = `-- Spans\n--\n-- Their names.\n--\n-- @panel table\n${head}SELECT name FROM spans${end}`
    return panelOf(parseQueryFile('a.sql', text, new Set()), tables).description
  }
  const limited = described('-- @param limit = 7 - rows to show\n', ' LIMIT {limit:UInt32}')
  expect(limited).toBe('Their names.\n\nAt most 7 rows.')
  expect(described('', '')).toBe('Their names.')
})
