import { describe, expect, it } from 'vitest'
import { judgeWhere, whereRefused } from './where.ts'

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

describe('judgeWhere', () => {
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
    expect(() => judgeWhere('1) LIMIT (1', lines)).toThrow(/holds more than a condition/)
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
    expect(() => judgeWhere('…', tree(...lines))).not.toThrow()
  })

  it.each([
    ['an unknown column', ['Identifier password'], "there is no column 'password'"],
    ['a column of a table', ['Identifier otel.name'], "there is no column 'otel'"],
    [
      'a subquery',
      ['Subquery (children 1)', ' SelectWithUnionQuery (children 1)'],
      'more than a condition',
    ],
    ['a file', ['Function file (children 1)'], 'looks outside the span'],
    ['a dictionary', ['Function dictGetOrDefault (children 1)'], 'looks outside the span'],
    ['a file by name', ['Identifier file'], 'looks outside the span'],
    ['symbols', ['Function addressToLine (children 1)'], 'looks outside the span'],
    ['a template', ['Function formatRow (children 1)'], 'looks outside the span'],
    ['a certificate', ['Function showCertificate (children 1)'], 'looks outside the span'],
    ['the log', ['Function logTrace (children 1)'], 'looks outside the span'],
    ['a name to look up', ['Function demangle (children 1)'], 'looks outside the span'],
    ['a column in a lambda', lambda('x', 'password'), "there is no column 'password'"],
    ['a file as a lambda argument', lambda('file', 'file'), 'looks outside the span'],
    ['settings', ['Set'], 'more than a condition'],
    ['a parameter', ['QueryParameter x_String'], 'more than a condition'],
    ['a table', ['TableIdentifier system.one'], 'more than a condition'],
    ['a window', ['Function f (children 2)', ' WindowDefinition'], 'one span at a time'],
    ['what makes rows', ['Function unnest (children 1)'], 'unnest makes several rows of one'],
  ])('refuses %s', (_, lines, message) => {
    expect(() => judgeWhere('…', tree(...lines))).toThrow(message)
    expect(() => judgeWhere('…', tree(...lines))).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/the columns are time, .*, weight$/) }),
    )
  })

  it('refuses a FROM smuggled out of the parentheses', () => {
    const smuggled = [...tree('Literal UInt64_1'), '   TablesInSelectQuery (children 1)']
    expect(() => judgeWhere('1) FROM system.tables WHERE (1', smuggled)).toThrow(
      'more than a condition',
    )
  })
})

describe('whereRefused', () => {
  const told = (message: string) => whereRefused('c', `ClickHouse refused the query: ${message}`)

  it.each([
    [
      'Aggregate function count() is found in WHERE in query. (ILLEGAL_AGGREGATION 184)',
      'count() is about many',
    ],
    [
      'Invalid type for filter in WHERE: Map(String, String). In query  spans. (X 59)',
      'but Map(String, String)',
    ],
    [
      'Function with name `f` does not exist. In scope  spans. (UNKNOWN_FUNCTION 46)',
      '`f` does not exist',
    ],
    ['Syntax error: failed at\nposition 3 (FORMAT 62)', 'it is no SQL condition'],
  ])('%s', (message, sentence) => {
    expect(told(message)?.message).toMatch(/^--where 'c': .*/)
    expect(told(message)?.message).toContain(sentence)
  })

  it('leaves alone what is not about the condition', () => {
    expect(told('Not enough privileges. (ACCESS_DENIED 497)')).toBeUndefined()
  })
})
