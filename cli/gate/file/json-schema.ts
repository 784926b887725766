/** The JSON schema of check files, from the tables of their reader. */
import { FILTER_LIST, filterName, takesValue } from '../../query/filters/list.ts'
import { CONFIGURABLE } from '../verdict.ts'
import { EXIT_CODES, WINDOW_KEYS } from './check-file.ts'
import { FILTER_KEYS, fileKey, WHOLE_TRACE_FILTERS } from './filters.ts'
import { FILE_TESTS, TEST_KEYS } from './tests.ts'
import { ANY_TEXT, oneOrMany } from './yaml.ts'

type Schema = Record<string, unknown>

/**
 * The schema of `.otrace/checks.yaml` (draft 7), for editors. Names of spans, columns and limits are
 * left to the reader, which knows the store.
 */
export function checkFileSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Checks of otrace',
    ...closed({
      window: {
        description: 'the time of the spans (default: the last hour)',
        ...closed(Object.fromEntries(WINDOW_KEYS.map((key) => [key, ANY_TEXT]))),
        not: { required: ['since', 'from'] },
      },
      spans: { description: 'filters of all checks', ...closed(filterSchemas()) },
      exit: {
        description: 'exit codes of verdicts',
        ...closed(
          Object.fromEntries(Object.keys(CONFIGURABLE).map((key) => [key, { enum: EXIT_CODES }])),
        ),
      },
      checks: { type: 'array', minItems: 1, items: checkSchema() },
    }),
    required: ['checks'],
  }
}

const closed = (properties: Schema): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
})

function checkSchema(): Schema {
  const tests = TEST_KEYS.map((key) => [key, FILE_TESTS[key].schema])
  return {
    ...closed({
      name: { ...ANY_TEXT, description: 'its name in reports' },
      ...filterSchemas(),
      ...Object.fromEntries(tests),
      query: { ...ANY_TEXT, description: 'a query of otrace, or a .sql file' },
      params: {
        description: 'parameters of the query',
        type: 'object',
        additionalProperties: ANY_TEXT,
      },
      share: {
        ...ANY_TEXT,
        description: 'share of the spans or traces that must comply, such as 99%',
      },
    }),
    oneOf: TEST_KEYS.map((key) => ({ required: [key] })),
    dependencies: {
      query: ['expect'],
      params: ['query'],
      share: { anyOf: [{ required: ['attributes'] }, { required: ['complete_traces'] }] },
      ...Object.fromEntries(TEST_KEYS.flatMap(wholeTraceRule)),
    },
  }
}

/** Filters that choose single spans do not fit a check of whole traces. */
function wholeTraceRule(key: (typeof TEST_KEYS)[number]): [string, Schema][] {
  const fitting = WHOLE_TRACE_FILTERS[FILE_TESTS[key].kind]
  if (!fitting) return []
  const stray = FILTER_KEYS.filter((one) => !fitting.map(fileKey).includes(one))
  return [[key, { not: { anyOf: stray.map((one) => ({ required: [one] })) } }]]
}

function filterSchemas(): Schema {
  const listed = FILTER_LIST.map((filter) => {
    const items = filter.choices ? { enum: [...filter.choices] } : ANY_TEXT
    const schema = !takesValue(filter)
      ? { type: 'boolean' }
      : filter.repeatable
        ? oneOrMany(items)
        : items
    return [fileKey(filterName(filter)), { ...schema, description: filter.help }]
  })
  return {
    ...Object.fromEntries(listed),
    where: { ...ANY_TEXT, description: 'a SQL condition over the columns of `spans`' },
    root: { type: 'boolean', description: 'root spans only' },
  }
}
