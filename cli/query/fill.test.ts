import { expect, test } from 'vitest'
import { fill } from './fill.ts'
import type { Param } from './parse.ts'

const param = (type: string, more: Partial<Param> = {}) =>
  ({ name: 'n', type, ...more }) as unknown as Param

test.each([
  ['UInt8', '255', '255'],
  ['Int8', '-128', '-128'],
  ['UInt64', '9007199254740991', '9007199254740991'],
  ['Float64', '0.5', 0.5],
  ['String', '300', '300'],
])('%s of %s', (type, text, value) => {
  expect(fill(param(type), '--n', text)).toBe(value)
})

test.each([
  ['UInt8', '300', "--n '300' is beyond what it can be", 'UInt8 is from 0 to 255'],
  ['Int8', '-129', "--n '-129' is beyond what it can be", 'Int8 is from -128 to 127'],
  ['UInt8', '-1', "--n '-1' is not a whole number", 'write it like'],
])('refuses %s of %s', (type, text, message, hint) => {
  expect(() => fill(param(type), '--n', text)).toThrow(
    expect.objectContaining({ message, hint: expect.stringContaining(hint) }),
  )
})

test('a duration has a unit', () => {
  const over = param('UInt64', { unit: 'ns', default: '100ms' })
  expect(fill(over, '--over', '2ms')).toBe('2000000')
  expect(() => fill(over, '--over', '500')).toThrow("--over '500' is not a duration")
})
