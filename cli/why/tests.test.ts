/** Limits of claims, and differences of short times. */
import { expect, test } from 'vitest'
import { normalQuantile } from '../gate/stats/distributions.ts'
import {
  claimLimit,
  claimLimitOf,
  leastOfOrder,
  leastOfShares,
  proportionZ,
  ratioZ,
  shiftZ,
} from './tests.ts'

test('a claim needs more where more is compared', () => {
  // Quantiles of 1 % over three families, and over a hundred comparisons in each.
  expect(claimLimit(1)).toBeCloseTo(2.7131, 3)
  expect(claimLimit(100)).toBeCloseTo(3.9879, 3)
})

test('what cannot show anything does not count as compared', () => {
  const never = leastOfShares([0, 0], [50, 50])
  expect(never).toBe(1)
  expect(claimLimitOf([0, 0, ...Array<number>(500).fill(never)])).toBe(claimLimit(2))
  expect(claimLimitOf(Array<number>(100).fill(0))).toBe(claimLimit(100))
  // Of 0.01 / 3 / 2 and less, two.
  expect(claimLimitOf([0.5, 0.001, 0.0015, 0.003])).toBe(claimLimit(2))
  // A test gives its least p where all that it counts is after, or greater after.
  const z = (p: number) => normalQuantile(1 - p)
  expect(proportionZ([0, 6], [40, 50])).toBeCloseTo(z(leastOfShares([2, 4], [40, 50])), 6)
  expect(leastOfOrder([[1, 1], [1]])).toBe(1)
  const apart: [number[], number[]] = [
    [1, 2, 3, 4, 5, 6, 7, 8],
    [9, 10, 11, 12, 13, 14, 15, 16],
  ]
  expect(Math.abs(shiftZ(apart) - z(leastOfOrder(apart)))).toBeLessThan(0.5)
})

test('a time of 0 is not infinitely shorter than another', () => {
  const few = [0, 0, 0, 0, 50_000]
  expect(ratioZ([few, few.map((time) => 1000 + time)])).toBeLessThan(1)
  const many = [1e6, 1.1e6, 1.2e6, 1.3e6, 1.4e6]
  expect(ratioZ([many, many.map((time) => 2 * time)])).toBeGreaterThan(3)
})

test.each([1e7, 123_456_789, 1e10])(
  'equal times of %d ns do not differ by their rounding',
  (ns) => {
    const [few, many] = [50, 950].map((n) => new Array<number>(n).fill(ns)) as [number[], number[]]
    expect(ratioZ([few, many])).toBe(0)
    expect(ratioZ([many, few.map((time) => 2 * time)])).toBeLessThan(1)
  },
)
