/** The order of a panel over time, by a column whose name is quoted or missing. */
import { expect, it } from 'vitest'
import { parseQueryFile } from '../../query/query-file.ts'
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
