/** Values of ClickHouse's JSON formats, exact beyond 2^53. */
import { expect, it } from 'vitest'
import { rowReader } from './decode.ts'

const read = (type: string, json: string) => rowReader([{ name: 'x', type }])(`[${json}]`).x

it('keeps a column with the name of a prototype', () => {
  const [name, type] = ['__proto__', 'UInt8']
  expect(JSON.stringify(rowReader([{ name, type }])('[1]'))).toBe('{"__proto__":1}')
})

it.each([
  ['UInt64', '18446744073709551615', 18446744073709551615n],
  ['UInt64', '"18446744073709551615"', 18446744073709551615n],
  ['UInt64', '42', 42],
  ['UInt64', '"42"', 42],
  ['Int64', '-9007199254740993', -9007199254740993n],
  ['Nullable(UInt64)', 'null', null],
  ['Array(UInt64)', '[1,9007199254740993]', [1, 9007199254740993n]],
  ['String', '"1234567890123456789"', '1234567890123456789'],
  ['String', '"say \\"1234567890123456789\\""', 'say "1234567890123456789"'],
  ['Float64', '0.12345678901234566', 0.12345678901234566],
  ['Float64', '1234567890123456.5', 1234567890123456.5],
  ['Float64', '12345678901234568', 12345678901234568],
  ["DateTime64(9, 'UTC')", '"2026-11-22 12:00:00.123456789"', '2026-11-22T12:00:00.123456789Z'],
  ['DateTime64(3)', '"2026-11-22T12:00:00.123Z"', '2026-11-22T12:00:00.123000000Z'],
  ["DateTime('UTC')", '"2026-11-22 12:00:00"', '2026-11-22T12:00:00.000000000Z'],
  ["Array(DateTime64(9, 'UTC'))", '["2026-11-22 12:00:00.5"]', ['2026-11-22T12:00:00.500000000Z']],
  ['DateTime', '"2026-11-22 12:00:00"', '2026-11-22 12:00:00'],
  ['SimpleAggregateFunction(sum, UInt64)', '"9007199254740993"', 9007199254740993n],
  ['Map(LowCardinality(String), String)', '{"a":"1"}', { a: '1' }],
])('reads %s %s', (type, json, value) => {
  expect(read(type, json)).toEqual(value)
})
