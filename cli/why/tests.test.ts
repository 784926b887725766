/** Limits of claims, and differences of short times. */
import { expect, test } from 'vitest'
import { claimLimit, ratioZ } from './tests.ts'

test('a claim needs more where more is compared', () => {
  // Two-sided quantiles of 1 %, and of 1 % over a hundred comparisons.
  expect(claimLimit(1)).toBeCloseTo(2.5758, 3)
  expect(claimLimit(100)).toBeCloseTo(3.8906, 3)
})

test('a time of 0 is not infinitely shorter than another', () => {
  const few = [0, 0, 0, 0, 50_000]
  expect(ratioZ([few, few.map((time) => 1000 + time)])).toBeLessThan(1)
  const many = [1e6, 1.1e6, 1.2e6, 1.3e6, 1.4e6]
  expect(ratioZ([many, many.map((time) => 2 * time)])).toBeGreaterThan(3)
})
