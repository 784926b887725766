/** Distribution functions against published values. */
import { expect, test } from 'vitest'
import {
  betaShare,
  binomialAtLeast,
  binomialAtMost,
  lnGamma,
  normalBelow,
  normalQuantile,
  studentBelow,
  studentQuantile,
} from './distributions.ts'

test('the gamma function of whole and half numbers', () => {
  expect(lnGamma(1)).toBeCloseTo(0, 12)
  expect(lnGamma(11)).toBeCloseTo(Math.log(3_628_800), 11)
  expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12)
})

test.each([
  [0, 0.5],
  [1.6448536269514722, 0.95],
  [-2.3263478740408408, 0.01],
  [-5, 2.866515718791933e-7],
])('the normal distribution at %s', (z, p) => {
  expect(normalBelow(z) / p).toBeCloseTo(1, 10)
  expect(normalQuantile(p)).toBeCloseTo(z, 8)
})

test("Student's distribution: table values of 4 and 19 degrees of freedom", () => {
  expect(studentQuantile(0.99, 4)).toBeCloseTo(3.746947, 5)
  expect(studentQuantile(0.95, 19)).toBeCloseTo(1.729133, 5)
  expect(studentBelow(-3.746947388, 4)).toBeCloseTo(0.01, 8)
})

test('binomial tails are the sums of their terms', () => {
  for (const [n, p] of [
    [20, 0.05],
    [100, 0.5],
    [7, 0.99],
  ] as const) {
    let below = 0
    for (let x = 0; x <= n; x++) {
      expect(binomialAtLeast(x, n, p)).toBeCloseTo(1 - below, 10)
      const choose = lnGamma(n + 1) - lnGamma(x + 1) - lnGamma(n - x + 1)
      below += Math.exp(choose + x * Math.log(p) + (n - x) * Math.log1p(-p))
      expect(binomialAtMost(x, n, p)).toBeCloseTo(below, 10)
    }
  }
})

test('the incomplete beta function takes fractions and large numbers', () => {
  expect(betaShare(0.5, 2.5, 2.5)).toBeCloseTo(0.5, 12)
  expect(betaShare(0.3, 2.5, 4.5) + betaShare(0.7, 4.5, 2.5)).toBeCloseTo(1, 12)
  expect(binomialAtLeast(50_000, 1_000_000, 0.05)).toBeCloseTo(0.5, 2)
})
