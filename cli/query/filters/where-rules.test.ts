/** The syntax tree of a `--where` condition, and its errors. */
import { describe, expect, it } from 'vitest'
import { verdictOnTyped } from '../../../collector/clickhouse/check/function-verdict.ts'
import { checkWhereTree, whereRefused } from './where-rules.ts'

/** A tree as `EXPLAIN AST SELECT (…)` prints it. */
const tree = (...inner: string[]) => [
  'SelectWithUnionQuery (children 1)',
  ' ExpressionList (children 1)',
  '  SelectQuery (children 1)',
  '   ExpressionList (children 1)',
  ...inner.map((line) => `    ${line}`),
]

/** `argument -> body` */
const lambda = (argument: string, body: string) => [
  'Function lambda (children 1)',
  ' ExpressionList (children 2)',
  '  Function tuple (children 1)',
  '   ExpressionList (children 1)',
  `    Identifier ${argument}`,
  `  Identifier ${body}`,
]

describe('checkWhereTree', () => {
  it.each([
    ['   ExpressionList (children 1)', '    Literal UInt64_1', '   Literal UInt64_1'],
    ['   ExpressionList (children 2)', '    Literal UInt64_1', '    Literal UInt64_2'],
  ])('refuses what closes its parenthesis', (...inner) => {
    const more = inner.length === 3 && inner[2]!.startsWith('   L') ? 2 : 1
    const lines = [
      'SelectWithUnionQuery (children 1)',
      ' ExpressionList (children 1)',
      `  SelectQuery (children ${more})`,
      ...inner,
    ]
    expect(() => checkWhereTree('1) LIMIT (1', lines, verdictOnTyped)).toThrow(
      /not a single condition/,
    )
  })

  it('accepts functions of columns and literals, lambdas included', () => {
    const lines = [
      'Function and (children 1)',
      ' ExpressionList (children 2)',
      '  Function equals (children 1)',
      '   ExpressionList (children 2)',
      '    Identifier http_status',
      '    Literal UInt64_500',
      '  Function arrayExists (children 1)',
      '   ExpressionList (children 2)',
      '    Function lambda (children 1)',
      '     ExpressionList (children 2)',
      '      Function tuple (children 1)',
      '       ExpressionList (children 1)',
      '        Identifier a',
      '      Function equals (children 1)',
      '       ExpressionList (children 2)',
      '        Identifier a',
      "        Literal 'x\\nSubquery'",
      '    Identifier event_name',
    ]
    expect(() => checkWhereTree('…', tree(...lines), verdictOnTyped)).not.toThrow()
  })

  it.each([
    ['an unknown column', ['Identifier password'], 'no such column: password'],
    ['a column of a table', ['Identifier otel.name'], 'no such column: otel.name'],
    [
      'a subquery',
      ['Subquery (children 1)', ' SelectWithUnionQuery (children 1)'],
      'not a single condition',
    ],
    ['a file', ['Function file (children 1)'], 'function not allowed: '],
    ['a dictionary', ['Function dictGetOrDefault (children 1)'], 'function not allowed: '],
    ['a file by name', ['Identifier file'], 'function not allowed: '],
    ['symbols', ['Function addressToLine (children 1)'], 'function not allowed: '],
    ['a template', ['Function formatRow (children 1)'], 'function not allowed: '],
    ['a certificate', ['Function showCertificate (children 1)'], 'function not allowed: '],
    ['the log', ['Function logTrace (children 1)'], 'function not allowed: '],
    ['a name to look up', ['Function demangle (children 1)'], 'function not allowed: '],
    ['a column in a lambda', lambda('x', 'password'), 'no such column: password'],
    ['an unlisted function', ['Function brandNew (children 1)'], 'not allowed: brandNew'],
    [
      'an aggregate',
      ['Function sumIfOrNull (children 1)'],
      'aggregate function not allowed: sumIfOrNull',
    ],
    [
      'an argument of another lambda',
      [
        ...lambda('brandNew', 'brandNew'),
        'Function arrayMap (children 1)',
        ' ExpressionList (children 1)',
        '  Identifier brandNew',
      ],
      'no such column: brandNew',
    ],
    ['a file as a lambda argument', lambda('file', 'file'), 'function not allowed: '],
    ['settings', ['Set'], 'not a single condition'],
    ['a parameter', ['QueryParameter x_String'], 'not a single condition'],
    ['a table', ['TableIdentifier system.one'], 'not a single condition'],
    ['a window', ['Function f (children 2)', ' WindowDefinition'], 'window function not allowed'],
    ['what makes rows', ['Function unnest (children 1)'], 'unnest makes several rows of a span'],
  ])('refuses %s', (_, lines, message) => {
    expect(() => checkWhereTree('…', tree(...lines), verdictOnTyped)).toThrow(message)
    expect(() => checkWhereTree('…', tree(...lines), verdictOnTyped)).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(/columns: otrace sql "DESCRIBE spans"$/),
      }),
    )
  })

  it('explains an attribute written as a column', () => {
    expect(() => checkWhereTree('…', tree('Identifier user.id'), verdictOnTyped)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("attributes['user.id']") }),
    )
  })

  it('refuses a FROM smuggled out of the parentheses', () => {
    const smuggled = [...tree('Literal UInt64_1'), '   TablesInSelectQuery (children 1)']
    expect(() =>
      checkWhereTree('1) FROM system.tables WHERE (1', smuggled, verdictOnTyped),
    ).toThrow('not a single condition')
  })
})

describe('whereRefused', () => {
  const refusalOf = (message: string) =>
    whereRefused('c', `ClickHouse refused the query: ${message}`)

  it.each([
    [
      'Aggregate function count() is found in WHERE in query. (ILLEGAL_AGGREGATION 184)',
      'aggregate function not allowed: count()',
    ],
    [
      'Invalid type for filter in WHERE: Map(String, String). In query  spans. (X 59)',
      'but Map(String, String)',
    ],
    [
      'Function with name `f` does not exist. In scope  spans. (UNKNOWN_FUNCTION 46)',
      '`f` does not exist',
    ],
    ['Syntax error: failed at\nposition 3 (FORMAT 62)', 'not a SQL condition'],
  ])('%s', (message, sentence) => {
    expect(refusalOf(message)?.message).toMatch(/^--where 'c': .*/)
    expect(refusalOf(message)?.message).toContain(sentence)
  })

  it('leaves errors that are not about the condition unchanged', () => {
    expect(refusalOf('Not enough privileges. (ACCESS_DENIED 497)')).toBeUndefined()
  })
})

it.each([
  ["duration > '100ms'", 'write durations and sizes without quotes: 100ms'],
  ["attributes['n'] > 5", "attributes are texts: toFloat64OrNull(attributes['…']) > 5"],
])('explains the types of %s', (expression, hint) => {
  expect(whereRefused(expression, 'Types (NO_COMMON_TYPE 386)')?.hint).toContain(`${hint}; `)
})
