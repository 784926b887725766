/** Expectations of check files, and their mistakes. */
import { describe, expect, it } from 'vitest'
import { looksLikeCheck, readArguments } from './check-file.ts'
import { compare, readExpectation, readRowsExpectation } from './expectation.ts'
import { refusal } from './fixture.ts'

describe('expectations', () => {
  it.each([
    ['p(95) < 300ms', { test: 'duration', quantile: 0.95, orEqual: false, limit: 3e8 }],
    ['p95<=1.5s', { test: 'duration', quantile: 0.95, orEqual: true, limit: 1.5e9 }],
    ['p(99.9) < 2s', { test: 'duration', quantile: 0.999, limit: 2e9 }],
    ['median < 10us', { test: 'duration', quantile: 0.5, limit: 1e4 }],
    ['error_rate < 1%', { test: 'errors', share: 0.01 }],
    ['error_rate<0.01', { test: 'errors', share: 0.01 }],
    ['count >= 1k', { test: 'count', comparison: '>=', limit: 1000 }],
  ])('%s', (text, expected) => {
    expect(readExpectation(text, 'here')).toMatchObject(expected)
  })

  it.each([
    ['p(95) > 300ms', 'upper limit'],
    ['p(95) < 300', 'not a limit: 300'],
    ['p(0) < 1s', 'between 0 and 100'],
    ['p(100) < 1s', 'between 0 and 100'],
    ['error_rate < 0%', 'count == 0'],
    ['error_rat < 1%', 'did you mean error_rate?'],
    ['cuont > 1', 'did you mean count?'],
    ['fast', 'not an expectation: fast'],
    ['p(0.95) < 1s', 'p(0.95) is the fastest 0.95 % of the calls → write p(95)'],
    [
      'rows == 0',
      "rows are those of a query: rows == 0 → write { query: slow, expect: 'rows == 0' }",
    ],
    ['avg < 1s', 'unknown metric: avg →'],
  ])('refuses %s', (text, sentence) => {
    expect(refusal(() => readExpectation(text, 'here'))).toContain(sentence)
  })

  it('reads aggregates over rows', () => {
    expect(readRowsExpectation('max( duration ) < 1s', 'x')).toMatchObject({
      aggregate: 'max',
      column: 'duration',
      value: '1s',
    })
    expect(refusal(() => readRowsExpectation('row == 0', 'x'))).toContain('did you mean rows?')
    expect(refusal(() => readRowsExpectation('max < 1', 'x'))).toContain('needs a column')
    expect(refusal(() => readRowsExpectation('rows(x) < 1', 'x'))).toContain('takes no column')
    expect(compare(1, '!=', 1)).toBe(false)
  })

  it('distinguishes an expectation from a file', () => {
    expect(['p(95)<1s', 'count == 1'].every(looksLikeCheck)).toBe(true)
    expect(['.otrace/checks.yaml', 'c=d.yaml'].some(looksLikeCheck)).toBe(false)
    expect(readArguments(['count > 1']).checks[0]?.test).toMatchObject({ kind: 'expect' })
  })
})
