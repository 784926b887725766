/** Verdicts on two samples of durations: power and false alarms. */
import { expect, test } from 'vitest'
import { alarmOf, falseAlarms, UNSTABLE_FROM } from '../evaluate/regression.ts'
import { normalQuantile } from './distributions.ts'
import { histogram, mergeHistograms, spread } from './histogram.ts'
import { holm } from './holm.ts'
import { testPairs } from './paired.ts'
import { uniform } from './random.ts'
import { logSample, orderLimits, quantile } from './sample.ts'
import { testRun, testShift } from './slower.ts'
import { callsForTail, testTail } from './tail.ts'

/** n log-normal durations at the quantiles of the distribution: a sample without noise. */
const smooth = (n: number, sd: number, factor = 1) =>
  Array.from({ length: n }, (_, i) => 1e6 * factor * Math.exp(sd * normalQuantile((i + 0.5) / n)))

test.each([
  [0.9, 30, 24, 30],
  [0.95, 20, 17, undefined],
  [0.95, 59, 53, 59],
  [0.95, 500, 467, 484],
  [0.99, 100, 97, undefined],
  [0.99, 5000, 4938, 4962],
])('the limits of the %s quantile of %i values are ranks %i and %s', (p, n, low, high) => {
  expect(orderLimits(n, p, 0.05)).toEqual([low, high])
})

test('the rank sum agrees with a count over all pairs, ties included', () => {
  const current = [3, 5, 5, 8, 13].map((x) => x * 100)
  const baseline = [2, 3, 5, 7].map((x) => x * 100)
  const { pValue, ratio } = testShift(logSample(current), logSample(baseline), 0)
  // U = 2·5 + … counted by hand: 14.5 of 20 pairs, groups of two 3s and three 5s.
  const variance = (20 / 12) * (10 - (6 + 24) / (9 * 8))
  const z = (14.5 - 10 - 0.5) / Math.sqrt(variance)
  expect(normalQuantile(1 - pValue)).toBeCloseTo(z, 6)
  const ratios = current.flatMap((x) => baseline.map((y) => x / y)).sort((a, b) => a - b)
  expect(ratio).toBeCloseTo(ratios[9]!, 6)
})

test('a shift is measured, seen beyond its tolerance, and not seen within it', () => {
  const base = logSample(smooth(500, 0.5))
  const slow = logSample(smooth(500, 0.5, 1.2))
  const plain = testShift(slow, base, 0)
  expect(plain.ratio).toBeCloseTo(1.2, 2)
  expect(plain.interval[0]).toBeLessThan(1.2)
  expect(plain.interval[1]).toBeGreaterThan(1.2)
  expect(plain.pValue).toBeLessThan(0.01)
  expect(testShift(slow, base, 0.25).pValue).toBeGreaterThan(0.5)
  expect(testShift(base, base, 0).pValue).toBeGreaterThan(0.4)
})

test('the smallest shift is that of the power formula for a log-normal', () => {
  // Φ(δ / √2 σ) = 0.5 + (2.326 + 1.645) √(1001 / (12 · 500²)) gives 29.7 % at σ = 1.
  const one = testShift(logSample(smooth(500, 1)), logSample(smooth(500, 1)), 0)
  expect(one.smallest).toBeGreaterThan(1.27)
  expect(one.smallest).toBeLessThan(1.32)
})

test('a run as noisy as the baseline runs is not slower, whatever its spans say', () => {
  const runs = [1, 1.05, 0.96, 1.08, 0.93].map((factor) => logSample(smooth(1000, 0.5, factor)))
  const current = logSample(smooth(1000, 0.5, 1.12))
  expect(testShift(current, runs[0]!, 0).pValue).toBeLessThan(0.001)
  expect(testRun(current, runs, 0).pValue).toBeGreaterThan(0.01)
  expect(testRun(logSample(smooth(1000, 0.5, 1.5)), runs, 0).pValue).toBeLessThan(0.01)
  expect(testRun(current, runs, 0).noise).toBeCloseTo(0.062, 2)
})

test('equal baseline runs still have the error of their medians', () => {
  const runs = Array.from({ length: 5 }, () => logSample(smooth(200, 0.5)))
  expect(testRun(logSample(smooth(200, 0.5, 1.03)), runs, 0).pValue).toBeGreaterThan(0.01)
})

test('a tail that grew is seen, and too few calls are refused', () => {
  const base = logSample(smooth(1000, 0.5))
  const grown = testTail(logSample(smooth(1000, 0.5, 1.5)), base, 0.95, 0)
  expect(grown.pValue).toBeLessThan(0.001)
  expect(grown.ratio).toBeCloseTo(1.5, 2)
  expect(testTail(base, base, 0.95, 0).pValue).toBe(1)
  // √(0.0475 / n) / (0.1031 / 0.5) · √2 · 3.971 at n = 1,000: 21 %.
  expect(testTail(base, base, 0.95, 0).smallest).toBeGreaterThan(1.17)
  expect(testTail(base, base, 0.95, 0).smallest).toBeLessThan(1.25)
  expect([0.9, 0.95, 0.99].map(callsForTail)).toEqual([29, 59, 299])
  expect(() => testTail(logSample(smooth(58, 0.5)), base, 0.95, 0)).toThrow(RangeError)
})

test('limits that just touch are a test at one percent', () => {
  const base = logSample(smooth(1000, 0.5))
  const [low, high] = orderLimits(1000, 0.95, 0.05)
  const factor = Math.exp(base[high! - 1]! - base[low! - 1]!) * 1.0001
  expect(testTail(logSample(smooth(1000, 0.5, factor)), base, 0.95, 0).pValue).toBeLessThan(0.0105)
})

test('pairs cancel what slows both of their halves', () => {
  const blocks = Array.from({ length: 20 }, (_, i) => {
    const machine = 1 + (i % 7) / 10
    const jitter = 1 + ((i % 3) - 1) / 100
    return {
      base: logSample(smooth(50, 0.5, machine)),
      head: logSample(smooth(50, 0.5, machine * 1.1 * jitter)),
    }
  })
  const { pValue, ratio, interval, smallest } = testPairs(blocks, 0.5, 0)
  expect(pValue).toBeLessThan(1e-6)
  expect(ratio).toBeCloseTo(1.1, 2)
  expect(interval[0]).toBeGreaterThan(1.09)
  expect(smallest).toBeLessThan(1.02)
  expect(testPairs(blocks, 0.5, 0.15).pValue).toBeGreaterThan(0.99)
})

test("Holm's steps", () => {
  const adjusted = holm([0.01, 0.04, 0.03, 0.005])
  for (const [i, p] of [0.03, 0.06, 0.06, 0.02].entries()) expect(adjusted[i]).toBeCloseTo(p, 12)
  expect(holm([])).toEqual([])
})

test('a histogram keeps every quantile within its two percent, merged and thinned', () => {
  const values = smooth(20_000, 1)
  const halves = [values.filter((_, i) => i % 2), values.filter((_, i) => !(i % 2))]
  const merged = mergeHistograms(halves.map(histogram))
  const back = logSample(spread(merged, 5000))
  expect(back.length).toBeGreaterThan(4990)
  expect(back.length).toBeLessThanOrEqual(5000)
  for (const p of [0.05, 0.5, 0.95, 0.99]) {
    const difference = quantile(back, p) - quantile(logSample(values), p)
    expect(Math.abs(difference)).toBeLessThan(0.02)
  }
  expect(spread(histogram([5, 5, 5]), 5000)).toHaveLength(3)
})

test('a run of which a baseline file keeps the histogram does not alarm against itself', () => {
  const run = spread(histogram(smooth(2000, 1)), 800)
  const alarm = alarmOf({ kind: 'slower' }, 0.1)
  expect(falseAlarms(run, alarm, uniform(1))).toBeLessThan(UNSTABLE_FROM)
})
