/** Tests of two samples: shares, means and order. */
import { normalBelow, normalQuantile, studentBelow } from '../gate/stats/distributions.ts'
import { type Both, mean } from './finding.ts'

const Z = 1.96
/** Values of a sample that tell a mean, and a tail. */
const FEWEST = 5
const FEWEST_OF_TAIL = 10
/** ns that keep the logarithm of very short times from mattering. */
const FLOOR = 100_000
/** One false claim in a hundred comparisons, over all findings together. */
const FALSE_CLAIMS = 0.01
/**
 * Times, calls, new calls, shapes, error lines and requests are each tested for all they have. They tell of the same
 * requests, so that six such families count as three.
 */
const FAMILIES = 3

/** The z that a finding must exceed, where `tested` findings of a family are possible. Bonferroni, one-sided. */
export const claimLimit = (tested: number): number =>
  normalQuantile(1 - FALSE_CLAIMS / (FAMILIES * Math.max(1, tested)))

/**
 * The same for tests of which some cannot show anything, as those of an operation that never fails: these don't count.
 * Tarone, Biometrics 46 (1990).
 * @param least the least p that each test can give
 */
export function claimLimitOf(least: readonly number[]): number {
  const sorted = least.toSorted((a, b) => a - b)
  let able = sorted.length
  for (let tested = 1; ; tested++) {
    const most = FALSE_CLAIMS / FAMILIES / tested
    while (able > 0 && sorted[able - 1]! > most) able--
    if (able <= tested) return claimLimit(tested)
  }
}

/** The least p of Fisher's test with these sums: all that it can be after is after. */
export function leastOfShares(counts: Both<number>, [n, m]: Both<number>): number {
  const successes = counts[0] + counts[1]
  const after = Math.min(m, successes)
  return n === 0 || m === 0 ? 1 : hypergeometric(after, successes - after, n, m)
}

/** The least p of the Mann–Whitney test: all values after are greater. 1 where all are the same. */
export function leastOfOrder([before, after]: Both<readonly number[]>): number {
  const [first] = before
  const isVaried = before.some((one) => one !== first) || after.some((one) => one !== first)
  return isVaried ? hypergeometric(after.length, 0, before.length, after.length) : 1
}

/** The least p of each of the three tests of times: of their order, their ratio and their tail. */
export function leastOfTimes(times: Both<readonly number[]>): number[] {
  const [n, m] = [times[0].length, times[1].length]
  const [ratio, tail] = [n >= FEWEST && m >= FEWEST, n >= FEWEST_OF_TAIL && m >= FEWEST]
  return [leastOfOrder(times), ratio ? 0 : 1, tail ? 0 : 1]
}

/** P(so many successes after and before) with the margins fixed. */
function hypergeometric(after: number, before: number, n: number, m: number): number {
  const logs = logFactorials(n + m)
  const choose = (of: number, take: number) => logs[of]! - logs[take]! - logs[of - take]!
  return Math.exp(choose(m, after) + choose(n, before) - choose(n + m, after + before))
}

/** Wilson limits of `count` of `total`. Wilson, JASA 22 (1927). */
function wilson(count: number, total: number, z: number): Both<number> {
  if (total === 0) return [0, 1]
  const share = count / total
  const spread = (z * z) / total
  const centre = (share + spread / 2) / (1 + spread)
  const half = (z / (1 + spread)) * Math.sqrt((share * (1 - share) + spread / 4) / total)
  return [Math.max(0, centre - half), Math.min(1, centre + half)]
}

/**
 * Limits of the difference of two shares, after − before.
 * Newcombe, Statistics in Medicine 17 (1998), method 10.
 */
export function shareDifference(counts: Both<number>, totals: Both<number>, z = Z): Both<number> {
  const [before, after] = counts.map((count, i) =>
    totals[i] === 0 ? 0 : count / totals[i]!,
  ) as Both<number>
  const [lowBefore, highBefore] = wilson(counts[0], totals[0], z)
  const [low, high] = wilson(counts[1], totals[1], z)
  const difference = after - before
  return [
    difference - Math.hypot(after - low, highBefore - before),
    difference + Math.hypot(high - after, before - lowBefore),
  ]
}

/** 95 % limits of the difference of two means, after − before, by their standard errors. */
export function meanDifference([before, after]: Both<readonly number[]>): Both<number> {
  const difference = mean(after) - mean(before)
  const error = Math.sqrt(squaredError(before) + squaredError(after))
  return [difference - Z * error, difference + Z * error]
}

function squaredError(values: readonly number[]): number {
  if (values.length < 2) return 0
  const middle = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0)
  return squares / (values.length - 1) / values.length
}

/** Values as a test of their order takes them: sorted already, if they are a Float64Array. */
type Sample = readonly number[] | Float64Array

/** Sorted values, the least first. The same ones, if they are sorted already. */
export const sortedOf = (values: Sample): Float64Array =>
  values instanceof Float64Array ? values : Float64Array.from(values).sort()

/**
 * z of the Mann–Whitney test that values after are greater; positive if they are. Ties count half.
 * 0 for samples of fewer than three.
 */
export function shiftZ([before, after]: Both<Sample>): number {
  const [n, m] = [before.length, after.length]
  if (n < 3 || m < 3) return 0
  const [early, late] = [sortedOf(before), sortedOf(after)]
  let ranks = 0
  let ties = 0
  for (let i = 0, j = 0; j < m || i < n; ) {
    const value = i < n && (j >= m || early[i]! <= late[j]!) ? early[i]! : late[j]!
    const [from, lateFrom] = [i + j, j]
    while (i < n && early[i] === value) i++
    while (j < m && late[j] === value) j++
    ranks += ((j - lateFrom) * (from + i + j + 1)) / 2
    const tied = i + j - from
    ties += tied ** 3 - tied
  }
  const u = ranks - (m * (m + 1)) / 2
  const total = n + m
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)))
  return variance <= 0 ? 0 : (u - (n * m) / 2) / Math.sqrt(variance)
}

/** Above the square of what rounding adds to a logarithm, below that of a nanosecond in a minute. */
const ROUNDING = 1e-26

/**
 * z of Welch's test of the logarithms, one-sided: positive if values after are greater. It sees what a
 * test of ranks cannot in few values: by how much. 0 for samples of fewer than five.
 */
export function ratioZ([before, after]: Both<readonly number[]>): number {
  if (before.length < FEWEST || after.length < FEWEST) return 0
  const logs = [before, after].map((values) => values.map((value) => Math.log(value + FLOOR)))
  const [error, errorAfter] = logs.map(squaredError) as Both<number>
  const errors = error + errorAfter
  // Equal values differ by their rounding.
  if (errors < ROUNDING) return 0
  const degrees =
    errors ** 2 / (error ** 2 / (before.length - 1) + errorAfter ** 2 / (after.length - 1))
  const t = (mean(logs[1]!) - mean(logs[0]!)) / Math.sqrt(errors)
  return t <= 0 ? 0 : zOf(1 - studentBelow(t, degrees))
}

/** z of the test that more values are above the 90th percentile of those before: a heavier tail. */
export function tailZ([before, after]: Both<Sample>): number {
  if (before.length < FEWEST_OF_TAIL || after.length < FEWEST) return 0
  const sorted = sortedOf(before)
  const limit = 1.5 * sorted[Math.ceil(0.9 * sorted.length) - 1]!
  const above = (values: Sample) => {
    let count = 0
    for (let i = 0; i < values.length; i++) if (values[i]! > limit) count++
    return count
  }
  return proportionZ([above(before), above(after)], [before.length, after.length])
}

/** z of Fisher's exact test of two shares, one-sided: positive if the share after is greater. */
export function proportionZ(counts: Both<number>, totals: Both<number>): number {
  const [a, b] = counts
  const [n, m] = totals
  if (n === 0 || m === 0) return 0
  const successes = a + b
  // P(as many after, or more).
  let p = 0
  for (let k = b; k <= Math.min(m, successes); k++)
    if (successes - k <= n) p += hypergeometric(k, successes - k, n, m)
  return p >= 0.5 ? 0 : zOf(p)
}

const factorials = [0]
function logFactorials(upTo: number): number[] {
  for (let i = factorials.length; i <= upTo; i++) factorials.push(factorials[i - 1]! + Math.log(i))
  return factorials
}

/** The z of a one-sided p, at most 8. */
function zOf(p: number): number {
  let [low, high] = [0, 8]
  for (let i = 0; i < 40; i++) {
    const z = (low + high) / 2
    if (1 - normalBelow(z) > p) low = z
    else high = z
  }
  return low
}
