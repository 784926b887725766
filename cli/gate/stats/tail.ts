/** The tail test: growth of a high quantile beyond the tolerance. */
import { bisect, normalBelow, normalQuantile } from './distributions.ts'
import { ALPHA, POWER } from './levels.ts'
import { type LogSample, orderLimits, quantile, quantileError } from './sample.ts'

export interface TailResult {
  /** One-sided p-value for "grew by more than the tolerance". */
  pValue: number
  /** Ratio of the two quantiles: 1.2 is a growth of 20 %. */
  ratio: number
  /** Lower limit of current over upper limit of baseline, and the reverse, 95 % each side. */
  interval: [number, number]
  /** The smallest ratio that the test sees with a chance of 95 %. */
  smallest: number
}

/** Values a side below which an upper 95 % limit of quantile p does not exist (Wilks 1941). */
export function callsForTail(p: number): number {
  return Math.ceil(Math.log(0.05) / Math.log(p) - 1e-9)
}

/**
 * Order-statistic limits of both quantiles do not overlap (methods.md 4.3 and A.6).
 * Two one-sided limits at level a that just touch are a test at level 1 − Φ(√2 z), z of 1 − a:
 * 1 % at the usual 5 %. The p-value is that of the smallest such a, so that Holm can order it.
 * @throws RangeError below `callsForTail(p)` values a side
 */
export function testTail(
  current: LogSample,
  baseline: LogSample,
  p: number,
  tolerance: number,
  alpha = ALPHA,
): TailResult {
  const needed = callsForTail(p)
  if (Math.min(current.length, baseline.length) < needed) {
    throw new RangeError(`a quantile of ${p} needs ${needed} values a side`)
  }
  const allowed = Math.log1p(tolerance)
  const apart = (level: number) => {
    const [low] = orderLimits(current.length, p, level)
    const [, high] = orderLimits(baseline.length, p, level)
    return (
      low !== undefined && high !== undefined && current[low - 1]! > baseline[high - 1]! + allowed
    )
  }
  const level = apart(0.5) ? Math.exp(bisect(-30, Math.log(0.5), (x) => apart(Math.exp(x)))) : 1
  const limits = [current, baseline].map((sample) => {
    const [low, high] = orderLimits(sample.length, p, 0.05)
    return { low: sample[low! - 1]!, high: sample[high! - 1]! }
  })
  const [ours, theirs] = [limits[0]!, limits[1]!]
  const error = Math.hypot(quantileError(current, p)!, quantileError(baseline, p)!)
  const z = normalQuantile(1 - alpha) + normalQuantile(POWER)
  return {
    pValue: level >= 0.5 ? 1 : 1 - normalBelow(Math.SQRT2 * normalQuantile(1 - level)),
    ratio: Math.exp(quantile(current, p) - quantile(baseline, p)),
    interval: [Math.exp(ours.low - theirs.high), Math.exp(ours.high - theirs.low)],
    smallest: Math.exp(allowed + z * error),
  }
}
