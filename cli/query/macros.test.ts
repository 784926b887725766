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

it('refuses a macro that there is not', () => {
  expect(() => expandMacros('$__tiemFilter(x)')).toThrow('there is no macro $__tiemFilter(x)')
})
