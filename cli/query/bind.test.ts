/** Parameter values bound to the types of their placeholders. */
import { expect, test } from 'vitest'
import { bindParam, refuseBadDefaults } from './bind.ts'
import { type Param, parseQueryFile } from './query-file.ts'

const param = (type: string, more: Partial<Param> = {}) =>
  ({ name: 'n', type, ...more }) as unknown as Param

test.each([
  ['UInt8', '255', '255'],
  ['Int8', '-128', '-128'],
  ['UInt64', '9007199254740991', '9007199254740991'],
  ['UInt64', '9007199254740993', '9007199254740993'],
  ['UInt64', '18446744073709551615', '18446744073709551615'],
  ['Int64', '-9223372036854775808', '-9223372036854775808'],
  ['UInt32', '14,405', '14405'],
  ['UInt32', '1.50 K', '1500'],
  ['Float64', '0.5', 0.5],
  ['String', '300', '300'],
])('%s of %s', (type, text, value) => {
  expect(bindParam(param(type), '--n', text)).toBe(value)
})

test.each([
  ['UInt8', '300', "--n '300' is out of range", 'UInt8 is from 0 to 255'],
  ['Int8', '-129', "--n '-129' is out of range", 'Int8 is from -128 to 127'],
  ['UInt8', '-1', "--n '-1' is not a whole number", 'write it like'],
])('refuses %s of %s', (type, text, message, hint) => {
  expect(() => bindParam(param(type), '--n', text)).toThrow(
    expect.objectContaining({ message, hint: expect.stringContaining(hint) }),
  )
})

test('a duration has a unit', () => {
  const over = param('UInt64', { unit: 'ns', default: '100ms' })
  expect(bindParam(over, '--over', '2ms')).toBe('2000000')
  expect(bindParam(over, '--over', '9007199254740993ns')).toBe('9007199254740993')
  expect(() => bindParam(over, '--over', '500')).toThrow(
    expect.objectContaining({ hint: 'add a unit: 500ms or 500s' }),
  )
  expect(() => bindParam(over, '--over', '500')).toThrow("--over '500' is not a duration")
})

test('a parameter with choices takes one of them', () => {
  const by = param('Identifier', { choices: ['service', 'name'] })
  expect(bindParam(by, '--by', 'name')).toBe('name')
  expect(() => bindParam(by, '--by', 'colour')).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/^--by .*'?colour'?/),
      hint: expect.stringContaining('service, name'),
    }),
  )
})

test.each([
  ['over ns = 1x - h', 'over:UInt64', "q.sql:3: the default of @param over '1x' is not a duration"],
  ['n = many - h', 'n:UInt32', "q.sql:3: the default of @param n 'many' is not a whole number"],
  ['n = -1 - h', 'n:UInt32', "q.sql:3: the default of @param n '-1' is not a whole number"],
])('refuses a default: @param %s', (tag, placeholder, message) => {
  const text = `-- T\n--\n-- @param ${tag}\n\nSELECT {${placeholder}}`
  const query = parseQueryFile('q.sql', text, new Set())
  expect(() => refuseBadDefaults(query, text)).toThrow(message)
})
