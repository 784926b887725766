/** The "slower than" test: a shift of the whole duration distribution. */
import { bisect, normalBelow, normalQuantile, studentBelow } from './distributions.ts'
import { ALPHA, POWER } from './levels.ts'
import { type LogSample, quantile, quantileError } from './sample.ts'

export interface ShiftResult {
  /** One-sided p-value for "slower by more than the tolerance". */
  pValue: number
  /** Hodges–Lehmann ratio of current to baseline: 1.2 is 20 % slower. */
  ratio: number
  /** Its limits, 95 % each side. */
  interval: [number, number]
  /** The smallest ratio that the test sees with a chance of 95 %. */
  smallest: number
}

/**
 * Mann–Whitney test on durations with a tolerance (Mann and Whitney 1947, tie correction of A.5).
 * The samples hold one span a trace, so that values are independent.
 * @param tolerance 0.1 allows the current durations to be 10 % longer
 * @param alpha level of the smallest effect: the test's share of α under Holm
 */
export function testShift(
  current: LogSample,
  baseline: LogSample,
  tolerance: number,
  alpha = ALPHA,
): ShiftResult {
  const allowed = Math.log1p(tolerance)
  const [n, m] = [current.length, baseline.length]
  const { greater, ties } = comparePairs(current, baseline, allowed)
  const all = n + m
  const variance = ((n * m) / 12) * (all + 1 - ties / (all * (all - 1)))
  const z = variance > 0 ? (greater - (n * m) / 2 - 0.5) / Math.sqrt(variance) : 0
  const half = normalQuantile(1 - 0.05) * Math.sqrt((n * m * (all + 1)) / 12)
  const at = (pairs: number) => Math.exp(pairDifference(current, baseline, pairs))
  return {
    pValue: 1 - normalBelow(z),
    ratio: at((n * m) / 2),
    interval: [at((n * m) / 2 - half), at((n * m) / 2 + half)],
    smallest: Math.exp(allowed + smallestShift(baseline, n, m, alpha)),
  }
}

/**
 * Pairs in which the current value, less the tolerance, is greater (ties count a half),
 * and Σ(t³ − t) over the groups of equal values.
 */
function comparePairs(current: LogSample, baseline: LogSample, allowed: number) {
  let greater = 0
  let ties = 0
  let [i, j] = [0, 0]
  while (i < current.length || j < baseline.length) {
    const next = Math.min((current[i] ?? Infinity) - allowed, baseline[j] ?? Infinity)
    let [a, b] = [0, 0]
    for (; i < current.length && current[i]! - allowed === next; i++) a++
    for (; j < baseline.length && baseline[j] === next; j++) b++
    greater += a * (j - b + b / 2)
    ties += (a + b) ** 3 - (a + b)
  }
  return { greater, ties }
}

/** How many pairs have current − baseline ≤ difference. */
function pairsWithin(current: LogSample, baseline: LogSample, difference: number): number {
  let pairs = 0
  let j = 0
  // The baseline values that are far enough below grow in number from the last one down.
  for (let i = 0; i < current.length; i++) {
    while (j < baseline.length && current[i]! - baseline[j]! > difference) j++
    pairs += baseline.length - j
  }
  return pairs
}

/** The difference current − baseline that `pairs` pairs do not exceed (Hodges and Lehmann 1963). */
function pairDifference(current: LogSample, baseline: LogSample, pairs: number): number {
  const low = current[0]! - baseline[baseline.length - 1]!
  const high = current[current.length - 1]! - baseline[0]!
  const target = Math.min(Math.max(pairs, 1), current.length * baseline.length)
  return bisect(low, high, (x) => pairsWithin(current, baseline, x) >= target)
}

/**
 * The shift of logs that the test sees: Noether (1987) gives the P(current > baseline) that is needed,
 * and the baseline's own values, moved against themselves, give the shift.
 */
function smallestShift(baseline: LogSample, n: number, m: number, alpha: number): number {
  const z = normalQuantile(1 - alpha) + normalQuantile(POWER)
  const needed = 0.5 + z * Math.sqrt((n + m + 1) / (12 * n * m))
  if (needed >= 1) return Infinity
  const pairs = baseline.length ** 2
  const spread = baseline[baseline.length - 1]! - baseline[0]!
  return bisect(0, spread, (x) => pairsWithin(baseline, baseline, x) >= needed * pairs)
}

export interface RunResult {
  pValue: number
  /** Ratio of the current run to the mean of the baseline runs. */
  ratio: number
  /** Standard deviation of the baseline runs' logs: 0.05 is 5 % of noise between runs. */
  noise: number
}

/**
 * Prediction test of the current run's log median against the runs of the baseline (methods.md A.7):
 * t = (ℓ − m) / (s √(1 + 1/R)) with R − 1 degrees of freedom.
 * @param runs one sample for each baseline run, at least two
 */
export function testRun(current: LogSample, runs: LogSample[], tolerance: number): RunResult {
  const medians = runs.map((run) => quantile(run, 0.5))
  const mean = medians.reduce((sum, value) => sum + value, 0) / runs.length
  const variance = medians.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (runs.length - 1)
  // Two runs that happen to be equal have no noise, but their medians have an error.
  const errors = [current, ...runs].map((run) => quantileError(run, 0.5) ?? 0)
  const floor = Math.max(errors[0]!, errors.slice(1).reduce((sum, e) => sum + e, 0) / runs.length)
  const noise = Math.max(Math.sqrt(variance), floor)
  const difference = quantile(current, 0.5) - mean
  const t = difference / (noise * Math.sqrt(1 + 1 / runs.length))
  const beyond = difference > Math.log1p(tolerance)
  return {
    pValue: beyond ? 1 - studentBelow(t, runs.length - 1) : 1,
    ratio: Math.exp(difference),
    noise: Math.sqrt(variance),
  }
}
