/** Sorted samples of durations: logarithms, quantiles and order-statistic limits. */
import { binomialAtMost } from './distributions.ts'

/** Natural logarithms in ascending order; a duration of 0 counts as 1 ns. */
export type LogSample = Float64Array

/** @param durations in any one unit above 0, in any order */
export function logSample(durations: Iterable<number>): LogSample {
  return Float64Array.from(durations, (value) => Math.log(Math.max(value, 1))).sort()
}

/** Linear interpolation between order statistics (Hyndman and Fan 1996, type 7). */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  const at = (sorted.length - 1) * p
  const low = Math.floor(at)
  const from = sorted[low]!
  return from + (sorted[Math.min(low + 1, sorted.length - 1)]! - from) * (at - low)
}

/**
 * One-sided limits of a quantile by order statistics (Wilks 1941; methods.md A.6), as ranks from 1.
 * Lower: the largest l with P(X ≤ l − 1) ≤ α. Upper: the smallest u with P(X ≤ u − 1) ≥ 1 − α.
 * A rank that does not exist is undefined: the upper one of p95 needs 59 values at α = 5 %.
 */
export function orderLimits(n: number, p: number, alpha: number): [number?, number?] {
  const below = (rank: number) => binomialAtMost(rank - 1, n, p)
  const lower = lastRank(n, (rank) => below(rank) <= alpha)
  // All n values lie below the quantile with chance p^n, which binomialAtMost(n − 1) leaves out.
  const upper = lastRank(n, (rank) => below(rank) < 1 - alpha) + 1
  return [lower >= 1 ? lower : undefined, upper <= n ? upper : undefined]
}

/** The largest rank from 1 to n that `holds`, 0 for none; `holds` is true, then false. */
function lastRank(n: number, holds: (rank: number) => boolean): number {
  let [low, high] = [0, n + 1]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) low = middle
    else high = middle
  }
  return low
}

/** Standard error of a log quantile, from its two-sided order limits (methods.md A.6). */
export function quantileError(sorted: LogSample, p: number): number | undefined {
  const z = 1.6448536269514722
  const [lower, upper] = orderLimits(sorted.length, p, 0.05)
  if (lower === undefined || upper === undefined) return undefined
  return (sorted[upper - 1]! - sorted[lower - 1]!) / (2 * z)
}
