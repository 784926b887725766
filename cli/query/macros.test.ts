/** Grafana's macros in typed SQL. */
import { expect, it } from 'vitest'
import { expandMacros } from './macros.ts'

it.each([
  [
    '$__timeFilter(Timestamp)',
    "(Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')})",
  ],
  [
    '$__timeInterval(toDateTime(t))',
    'toStartOfInterval(toDateTime(toDateTime(t)), toIntervalSecond({bucket:UInt32}))',
  ],
  ['count() / $__interval_s', 'count() / {bucket:UInt32}'],
  ['x > $__fromTime', "x > toDateTime({from:DateTime64(9, 'UTC')})"],
])('expands %s', (sql, expected) => {
  expect(expandMacros(sql)).toBe(expected)
})

const INTERVAL = 'toStartOfInterval(toDateTime(t), toIntervalSecond({bucket:UInt32}))'

it.each([
  [
    'SELECT $__timeInterval(t), count() FROM spans GROUP BY $__timeInterval(t)',
    `SELECT ${INTERVAL} AS "$__timeInterval(t)", count() FROM spans GROUP BY ${INTERVAL}`,
  ],
  [
    'SELECT f(1, $__interval_s), [1, $__interval_s, 2],\n  $__interval_s\nFROM spans',
    'SELECT f(1, {bucket:UInt32}), [1, {bucket:UInt32}, 2],\n  {bucket:UInt32} AS "$__interval_s"\nFROM spans',
  ],
  [
    'WITH a AS (SELECT DISTINCT $__interval_s) SELECT (SELECT 1 FROM a), $__interval_s',
    'WITH a AS (SELECT DISTINCT {bucket:UInt32} AS "$__interval_s") SELECT (SELECT 1 FROM a), {bucket:UInt32} AS "$__interval_s"',
  ],
  [
    `SELECT $__timeInterval( a["x"] ) FROM spans`,
    `SELECT toStartOfInterval(toDateTime(a["x"]), toIntervalSecond({bucket:UInt32})) AS "$__timeInterval( a[\\"x\\"] )" FROM spans`,
  ],
  [
    'SELECT $__timeInterval(t) AS time FROM spans ORDER BY a, $__timeInterval(t)',
    `SELECT ${INTERVAL} AS time FROM spans ORDER BY a, ${INTERVAL}`,
  ],
  ['SELECT $__interval_s "n" FROM spans', 'SELECT {bucket:UInt32} "n" FROM spans'],
  [
    'SELECT count() / $__interval_s, $__interval_s s FROM spans',
    'SELECT count() / {bucket:UInt32}, {bucket:UInt32} s FROM spans',
  ],
])('calls a column that is nothing but a macro as it was written: %s', (sql, expected) => {
  expect(expandMacros(sql)).toBe(expected)
})

it('leaves comments and quotes alone', () => {
  const sql = `SELECT '$__interval_s' AS "$__x" -- $__y`
  expect(expandMacros(sql)).toBe(sql)
})

it('refuses an unknown macro', () => {
  expect(() => expandMacros('$__tiemFilter(x)')).toThrow('unknown macro: $__tiemFilter(x)')
})

it.each(['$__timeFilter(Timestamp', 'SELECT $__timeInterval()'])('wants a column: %s', (sql) => {
  expect(() => expandMacros(sql)).toThrow('needs a column')
})
