/** The tests of a check file: for each key its JSON schema and its reader. */
import { usage } from '../../errors.ts'
import { DEPRECATED_ATTRIBUTES } from '../deprecated.ts'
import { EXPECTATION_PATTERN, readExpectation, readTolerance } from './expectation.ts'
import type { CheckTest } from './model.ts'
import { placeOf, readQueryTest } from './query-test.ts'
import { isTrue, readExcept, readExceptions, readShare, valuesOf } from './ready-values.ts'
import { readThan, THAN } from './than.ts'
import {
  type Entries,
  mapOf,
  oneOrMany,
  type Placed,
  SOME_TEXTS,
  textOf,
  textsOf,
  wholeOf,
} from './yaml.ts'

export const TEST_KEYS = [
  'expect',
  'slower',
  'tail_growth',
  'no_n_plus_one',
  'no_exceptions',
  'attributes',
  'no_deprecated_attributes',
  'operations',
  'complete_traces',
] as const

/** Tests whose value may be true. */
export const BARE_TESTS = [
  'no_n_plus_one',
  'no_exceptions',
  'no_deprecated_attributes',
  'complete_traces',
] as const satisfies (typeof TEST_KEYS)[number][]

/** Keys that belong to one test. */
export const EXTRA_KEYS = ['query', 'params', 'share'] as const

interface FileTest {
  kind: CheckTest['kind']
  schema: object
  read(value: Placed, entries: Entries): CheckTest
}

const TOLERANCE = {
  description: 'growth that is allowed, such as 10%',
  anyOf: [
    { type: 'string', pattern: '^\\d+(\\.\\d+)?%$' },
    { type: 'number', minimum: 0, exclusiveMaximum: 1 },
  ],
}
export const FILE_TESTS: Record<(typeof TEST_KEYS)[number], FileTest> = {
  expect: {
    kind: 'expect',
    schema: {
      ...oneOrMany({ type: 'string', pattern: EXPECTATION_PATTERN }),
      description: 'such as p(95) < 300ms, error_rate < 1%, count >= 100',
    },
    read: (value) => ({
      kind: 'expect',
      expectations: textsOf(value, 'expect').map((one) => ({
        ...placeOf(one),
        expectation: readExpectation(String(one.value), one.at),
      })),
    }),
  },
  slower: {
    kind: 'slower',
    schema: {
      description: 'the whole distribution against a baseline',
      type: 'object',
      additionalProperties: false,
      required: ['than'],
      properties: { than: THAN, tolerance: TOLERANCE },
    },
    read: (value) => {
      const keys = mapOf(value, 'slower', ['than', 'tolerance'], '{ than: base.json }')
      const tolerance = keys.get('tolerance')?.value
      return {
        kind: 'slower',
        than: readThan(keys.get('than')?.value, value),
        ...(tolerance
          ? { tolerance: readTolerance(textOf(tolerance, 'tolerance'), tolerance.at) }
          : {}),
      }
    },
  },
  tail_growth: {
    kind: 'tail',
    schema: {
      description: 'a high percentile against a baseline',
      type: 'object',
      additionalProperties: false,
      required: ['than'],
      properties: {
        than: THAN,
        tolerance: TOLERANCE,
        p: { type: 'number', minimum: 50, exclusiveMaximum: 100 },
      },
    },
    read: (value) => {
      const keys = mapOf(value, 'tail_growth', ['p', 'than', 'tolerance'], '{ than: base.json }')
      const p = keys.get('p')?.value
      const tolerance = keys.get('tolerance')?.value
      const percent = p ? p.value : 95
      if (typeof percent !== 'number' || !(percent >= 50 && percent < 100)) {
        throw usage(`${p!.at}: not a percentile of a tail: ${percent}`, 'write p: 95')
      }
      return {
        kind: 'tail',
        quantile: Number((percent / 100).toFixed(8)),
        than: readThan(keys.get('than')?.value, value),
        tolerance: tolerance ? readTolerance(textOf(tolerance, 'tolerance'), tolerance.at) : 0.2,
      }
    },
  },
  no_n_plus_one: {
    kind: 'n-plus-one',
    schema: {
      description: 'maximum repetitions of a statement in one call; true is 10',
      anyOf: [{ const: true }, { type: 'integer', minimum: 1 }],
    },
    read: (value) => ({
      kind: 'n-plus-one',
      most: value.value === true ? 10 : wholeOf(value, 'no_n_plus_one', 1, 10),
    }),
  },
  no_exceptions: {
    kind: 'exceptions',
    schema: {
      description: 'no exception of these types; true is any',
      anyOf: [{ const: true }, oneOrMany({ type: 'string', minLength: 1 })],
    },
    read: (value) => ({ kind: 'exceptions', types: readExceptions(value) }),
  },
  attributes: {
    kind: 'attributes',
    schema: { ...SOME_TEXTS, description: 'attributes that each span has; see share' },
    read: (value, entries) => ({
      kind: 'attributes',
      keys: valuesOf(textsOf(value, 'attributes')),
      share: readShare(entries),
    }),
  },
  no_deprecated_attributes: {
    kind: 'deprecated',
    schema: {
      description: 'no attribute name that OpenTelemetry has replaced',
      anyOf: [
        { const: true },
        {
          type: 'object',
          additionalProperties: false,
          required: ['except'],
          properties: { except: oneOrMany({ enum: Object.keys(DEPRECATED_ATTRIBUTES) }) },
        },
      ],
    },
    read: (value) => ({ kind: 'deprecated', except: readExcept(value) }),
  },
  operations: {
    kind: 'operations',
    schema: { ...SOME_TEXTS, description: 'operations that must be there' },
    read: (value) => ({ kind: 'operations', names: valuesOf(textsOf(value, 'operations')) }),
  },
  complete_traces: {
    kind: 'complete',
    schema: { const: true, description: 'each trace has a root and every parent; see share' },
    read: (value, entries) => {
      if (!isTrue(value, 'complete_traces')) {
        const share = /%$/.test(String(value.value)) ? value.value : '99%'
        throw usage(
          `${value.at}: complete_traces is not true: ${value.value ?? ''}`.replace(/: $/, ''),
          `write complete_traces: true, or with a share: { complete_traces: true, share: ${share} }`,
        )
      }
      return { kind: 'complete', share: readShare(entries) }
    },
  },
}

/** @throws OtraceError (exit 2) with the nearest valid word */
export function readTest(entries: Entries, item: Placed): CheckTest {
  const found = TEST_KEYS.filter((key) => entries.has(key))
  const [key] = found
  if (!key) {
    throw usage(`${item.at}: this check expects nothing`, `add one of ${TEST_KEYS.join(', ')}`)
  }
  const { key: where, value } = entries.get(key)!
  if (found.length > 1) {
    throw usage(`${where.at}: a check has one test, not ${found.join(' and ')}`, 'write two checks')
  }
  const query = entries.get('query')?.value
  if (query && key !== 'expect') {
    throw usage(`${where.at}: a query takes expect, not ${key}`, "write expect: 'rows == 0'")
  }
  refuseStray(entries, 'params', query !== undefined, 'belongs to a query')
  refuseStray(
    entries,
    'share',
    key === 'attributes' || key === 'complete_traces',
    'belongs to attributes and complete_traces',
  )
  return query ? readQueryTest(query, entries, value) : FILE_TESTS[key].read(value, entries)
}

function refuseStray(entries: Entries, name: string, fits: boolean, why: string): void {
  const stray = entries.get(name)
  if (stray && !fits) throw usage(`${stray.key.at}: ${name} ${why}`, 'remove it')
}
