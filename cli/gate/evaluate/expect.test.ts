/** Verdicts and notes of counts and budgets over sampled spans. */
import { expect, test } from 'vitest'
import { readExpectation } from '../file/expectation.ts'
import { judgeExpectation, type SpanCounts } from './expect.ts'

const counts = (some: Partial<SpanCounts>): SpanCounts => ({
  ...{ calls: 0, squares: 0, spans: 0, errors: 0 },
  ...{ bins: [], over: [0], quantiles: [0] },
  ...some,
})
const judge = (expectation: string, some: Partial<SpanCounts>) =>
  judgeExpectation(readExpectation(expectation, 'check'), counts(some), 0)

/** One span in 16 was kept. */
const SAMPLED = { spans: 25, calls: 400, squares: 6400 }
const NOTE = 'sampled: 25 spans represent 400 calls'

test.each([
  ['count > 300', SAMPLED, 'uncertified', [NOTE]],
  ['count > 100', SAMPLED, 'pass', [NOTE]],
  ['count < 100', SAMPLED, 'fail', [NOTE]],
  ['count < 350', SAMPLED, 'insufficient', [NOTE]],
  ['count == 0', SAMPLED, 'insufficient', [NOTE]],
  ['count > 300', { spans: 400, calls: 400, squares: 400 }, 'pass', []],
  ['error_rate < 1%', SAMPLED, 'insufficient', [NOTE]],
  [
    'error_rate < 1%',
    { spans: 1, calls: 16, squares: 256 },
    'insufficient',
    ['sampled: 1 span represents 16 calls'],
  ],
])('%s of %j: %s', (expectation, some, verdict, notes) => {
  const judged = judge(expectation, some)
  expect(judged).toMatchObject({ verdict })
  expect(judged.notes.filter((text) => text.startsWith('sampled'))).toEqual(notes)
})

test('a budget without spans is empty', () => {
  expect(judge('error_rate < 1%', {})).toMatchObject({ verdict: 'empty' })
})
