/** The lines on what changed. */
import { expect, it } from 'vitest'
import { changedLines } from './sentences.ts'

it('an empty baseline has no durations and no share of failures', () => {
  const measured = { value: 13_200_000, low: 12_000_000, high: 14_000_000 }
  const lines = changedLines(
    {
      requests: [0, 50],
      errors: [0, 1],
      failuresFrom: 'status',
      errorDifference: [-0.1, 0.2],
      quantiles: [{ level: 0.5, before: { value: 0 }, after: measured }],
      mean: [0, 13_200_000],
      meanDifference: [0, 0],
      certain: true,
      worse: true,
      newTypes: [],
      goneTypes: [],
    },
    ['1h', '1h'],
  )
  expect(lines).toEqual([
    'requests  0 in 1h → 50 in 1h',
    'failing   – → 2.0%',
    'p50       – → 13.2 ms (12.0 ms to 14.0 ms)',
  ])
})
