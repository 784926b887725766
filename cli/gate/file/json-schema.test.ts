/** The JSON schema of check files, against their reader. */
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { OtraceError } from '../../errors.ts'
import { readCheckFile } from './check-file.ts'
import { checkFileSchema } from './json-schema.ts'

type Schema = Record<string, unknown>
const isMap = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const typeOf = (value: unknown) =>
  Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value

/** The keywords that the schema uses; https://json-schema.org/draft-07 */
const KEYWORDS: Record<string, (rule: never, value: unknown, schema: Schema) => boolean> = {
  type: (rule: string | string[], value) =>
    [rule]
      .flat()
      .some((type) => (type === 'integer' ? Number.isInteger(value) : typeOf(value) === type)),
  enum: (rule: unknown[], value) => rule.includes(value),
  const: (rule: unknown, value) => rule === value,
  minLength: (rule: number, value) => typeof value !== 'string' || value.length >= rule,
  pattern: (rule: string, value) => typeof value !== 'string' || new RegExp(rule).test(value),
  minimum: (rule: number, value) => typeof value !== 'number' || value >= rule,
  exclusiveMaximum: (rule: number, value) => typeof value !== 'number' || value < rule,
  minItems: (rule: number, value) => !Array.isArray(value) || value.length >= rule,
  items: (rule: Schema, value) => !Array.isArray(value) || value.every((one) => valid(rule, one)),
  required: (rule: string[], value) => !isMap(value) || rule.every((key) => key in value),
  properties: (rule: Record<string, Schema>, value) =>
    !isMap(value) ||
    Object.keys(rule).every((key) => !(key in value) || valid(rule[key]!, value[key])),
  additionalProperties: (rule: false | Schema, value, { properties = {} }) =>
    !isMap(value) ||
    Object.keys(value).every(
      (key) => key in (properties as Schema) || (rule && valid(rule, value[key])),
    ),
  dependencies: (rule: Record<string, Schema | string[]>, value) =>
    !isMap(value) ||
    Object.entries(rule).every(([key, then]) => {
      if (!(key in value)) return true
      return Array.isArray(then) ? then.every((one) => one in value) : valid(then, value)
    }),
  anyOf: (rule: Schema[], value) => rule.some((one) => valid(one, value)),
  oneOf: (rule: Schema[], value) => rule.filter((one) => valid(one, value)).length === 1,
  not: (rule: Schema, value) => !valid(rule, value),
  description: () => true,
  title: () => true,
  $schema: () => true,
}

function valid(schema: Schema, value: unknown): boolean {
  return Object.entries(schema).every(([name, rule]) => {
    const keyword = KEYWORDS[name]
    if (!keyword) throw new Error(`unknown keyword: ${name}`)
    return keyword(rule as never, value, schema)
  })
}

const schema = checkFileSchema()
const readable = (yaml: string) => {
  try {
    readCheckFile('checks.yaml', yaml)
    return true
  } catch (error) {
    if (error instanceof OtraceError) return false
    throw error
  }
}
const both = (yaml: string) => ({ reader: readable(yaml), schema: valid(schema, parse(yaml)) })
const one = (check: string) => `checks:\n  - ${check}\n`

describe('the schema and the reader accept', () => {
  it.each([
    'window: { since: 10m }\nexit: { no_data: 0, unstable: 1 }\nchecks: [{ expect: count > 1 }]',
    'spans: { service: shop, root: true, attr: [a=1, b] }\nchecks: [{ expect: p95 < 1s }]',
    ...[
      '{ name: a, operation: [x, y], kind: server, expect: [p(99.9) <= 2s, error_rate < 0.01] }',
      '{ event: e, error: true, min_duration: 1ms, max_duration: 2ms, expect: count == 0 }',
      '{ trace_attr: a=1, resource: b=2, where: is_error, expect: median < 1s }',
      "{ query: slow, params: { over: 1s, limit: 3 }, expect: ['rows == 0', 'max(duration) < 1s'] }",
      '{ slower: { than: ab, tolerance: 10% } }',
      '{ slower: { than: ab, tolerance: 0 } }',
      '{ slower: { than: { profile: prod, window: 7d } } }',
      '{ slower: { than: { resource: service.version=1, attr: a=1 } } }',
      '{ slower: { than: { file: base.json } } }',
      '{ tail_growth: { than: base.json, p: 99, tolerance: 0.5 } }',
      'no_n_plus_one: true',
      '{ service: a, resource: b=1, no_n_plus_one: 3 }',
      'no_exceptions: true',
      'no_exceptions: [A, B]',
      '{ attributes: [user.id], share: 99% }',
      'no_deprecated_attributes: true',
      'no_deprecated_attributes: { except: [http.method] }',
      'operations: [a]',
      '{ complete_traces: true, share: 0.9 }',
    ].map(one),
  ])('%s', (yaml) => {
    expect(both(yaml)).toEqual({ reader: true, schema: true })
  })
})

describe('the schema and the reader refuse', () => {
  it.each([
    'checks: []',
    'checks: { expect: count > 1 }',
    'check: [{ expect: count > 1 }]',
    'window: { sinc: 1h }\nchecks: [{ expect: count > 1 }]',
    'exit: { no_data: 3 }\nchecks: [{ expect: count > 1 }]',
    'spans: { servic: a }\nchecks: [{ expect: count > 1 }]',
    ...[
      'operation: x',
      '{ opperation: x, expect: count > 1 }',
      '{ operation: "", expect: count > 1 }',
      '{ operation: [], expect: count > 1 }',
      '{ expect: count > 1, slower: { than: ab } }',
      'expect: fast',
      'expect: []',
      '{ kind: sever, expect: count > 1 }',
      '{ error: maybe, expect: count > 1 }',
      'slower: { tolerance: 10% }',
      'slower: { than: ab, tolerance: 10 }',
      'slower: { than: {} }',
      'slower: { than: 3 }',
      'slower: { than: { windo: 7d } }',
      'slower: { than: { file: a, window: 7d } }',
      'slower: { than: { from: 2h, window: 7d } }',
      'tail_growth: { than: ab, p: 100 }',
      'tail_growth: { than: ab, p: "95" }',
      'no_n_plus_one: 0',
      'no_n_plus_one: false',
      'no_exceptions: false',
      'no_deprecated_attributes: false',
      'no_deprecated_attributes: { except: [a] }',
      'complete_traces: false',
      '{ operation: x, complete_traces: true }',
      '{ operation: x, no_n_plus_one: 5 }',
      '{ share: 10%, expect: count > 1 }',
      '{ params: { a: 1 }, expect: count > 1 }',
      '{ query: slow, no_n_plus_one: 3 }',
    ].map(one),
  ])('%s', (yaml) => {
    expect(both(yaml)).toEqual({ reader: false, schema: false })
  })
})

it('what the schema leaves to the reader: limits and names', () => {
  for (const check of ['expect: p95 < 3', 'expect: cuont > 1', '{ attr: =1, expect: count > 1 }']) {
    expect(both(one(check))).toEqual({ reader: false, schema: true })
  }
})
