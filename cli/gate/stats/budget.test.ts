/** Verdicts on shares and quantiles against a limit. */
import { expect, test } from 'vitest'
import { callsToCertify, designEffect, shareLimits, testBudget } from './budget.ts'

const steady = (calls: number, exceeding: number) => ({ calls, exceeding, slices: [] })

/** The first count that fails and the last one that certifies, from tables of the binomial. */
test.each([
  [0.1, 30, 8, 0],
  [0.1, 500, 67, 38],
  [0.05, 59, 8, 0],
  [0.05, 100, 12, 1],
  [0.05, 500, 38, 16],
  [0.05, 5000, 287, 224],
  [0.01, 299, 9, 0],
  [0.01, 1000, 19, 4],
])(
  'a share of %s over %i calls fails from %i and certifies to %i',
  (share, n, fails, certifies) => {
    expect(testBudget(steady(n, fails), share).outcome).toBe('exceeded')
    expect(testBudget(steady(n, fails - 1), share).outcome).toBe('not certified')
    expect(testBudget(steady(n, certifies), share).outcome).toBe('certified')
    expect(testBudget(steady(n, certifies + 1), share).outcome).toBe('not certified')
  },
)

test('too few calls certify nothing, but enough of them slow still fail', () => {
  expect(testBudget(steady(3, 0), 0.01)).toMatchObject({ outcome: 'not enough', needed: 299 })
  expect(testBudget(steady(3, 3), 0.01).outcome).toBe('exceeded')
  expect(testBudget(steady(0, 0), 0.05).outcome).toBe('not enough')
  expect([0.1, 0.05, 0.01].map(callsToCertify)).toEqual([29, 59, 299])
})

test('calls in bursts count for fewer, so that one bad slice does not fail a budget', () => {
  const slices = Array.from({ length: 20 }, (_, i) => ({ calls: 25, exceeding: i === 7 ? 25 : 1 }))
  const counts = { calls: 500, exceeding: 44, slices }
  expect(testBudget({ ...counts, slices: [] }, 0.05).outcome).toBe('exceeded')
  const corrected = testBudget(counts, 0.05)
  expect(corrected.outcome).toBe('not certified')
  expect(corrected.phi).toBeGreaterThan(10)
  expect(corrected.effective).toBeCloseTo(500 / corrected.phi)
})

test('the design effect of independent calls is about 1, and 1 where it cannot be measured', () => {
  const slices = Array.from({ length: 20 }, (_, i) => ({ calls: 100, exceeding: 3 + (i % 5) }))
  expect(designEffect(slices, 0.05)).toBeLessThan(1)
  expect(testBudget({ calls: 2000, exceeding: 100, slices }, 0.05).phi).toBe(1)
  expect(designEffect(slices.slice(0, 4), 0.05)).toBe(1)
})

test('sampled spans count as the calls that they inform about', () => {
  const sampled = testBudget({ calls: 5000, exceeding: 0, squares: 50_000, slices: [] }, 0.05)
  expect(sampled.effective).toBe(500)
  expect(testBudget({ calls: 500, exceeding: 0, squares: 5000, slices: [] }, 0.05).outcome).toBe(
    'not enough',
  )
})

test('weights alone are not bursts', () => {
  // 25 spans of weight 10 in each slice, of which 1, 2 or 3 exceed.
  const slices = Array.from({ length: 20 }, (_, i) => ({
    calls: 250,
    exceeding: 10 * (1 + (i % 3)),
  }))
  const exceeding = slices.reduce((sum, slice) => sum + slice.exceeding, 0)
  const result = testBudget({ calls: 5000, exceeding, squares: 50_000, slices }, 0.2)
  expect(result).toMatchObject({ phi: 1, effective: 500, outcome: 'certified' })
})

test('the interval of a share has the exact limits', () => {
  const [low, high] = shareLimits(5, 100)
  expect(low).toBeCloseTo(0.0199, 4)
  expect(high).toBeCloseTo(0.1023, 4)
  expect(shareLimits(0, 59)[1]).toBeCloseTo(1 - 0.05 ** (1 / 59), 8)
})

test('the smallest share that is seen shrinks with the calls', () => {
  const of = (n: number) => testBudget(steady(n, 0), 0.05).smallest
  expect(of(500)).toBeGreaterThan(0.09)
  expect(of(500)).toBeLessThan(0.11)
  expect(of(50_000)).toBeLessThan(0.055)
})
