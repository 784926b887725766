/** The A/B test: base and head in alternating blocks, compared in pairs. */
import { studentBelow, studentQuantile } from './distributions.ts'
import { ALPHA, POWER } from './levels.ts'
import { type LogSample, quantile } from './sample.ts'

export interface PairedResult {
  pValue: number
  /** Geometric mean of head over base. */
  ratio: number
  /** Its limits, 95 % each side. */
  interval: [number, number]
  /** The smallest ratio that the test sees with a chance of 95 %. */
  smallest: number
  pairs: number
}

/**
 * One-sided paired t over the blocks' differences of a log quantile (methods.md 4.3).
 * What slows a machine for both halves of a pair cancels.
 * @param blocks base and head of each pair, each with at least one value
 * @param p 0.5 for the median, 0.95 for p95
 */
export function testPairs(
  blocks: { base: LogSample; head: LogSample }[],
  p: number,
  tolerance: number,
  alpha = ALPHA,
): PairedResult {
  const pairs = blocks.length
  const differences = blocks.map(({ base, head }) => quantile(head, p) - quantile(base, p))
  const mean = differences.reduce((sum, d) => sum + d, 0) / pairs
  const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (pairs - 1)
  const error = Math.sqrt(variance / pairs)
  const allowed = Math.log1p(tolerance)
  const t = (level: number) => studentQuantile(level, pairs - 1)
  const excess = mean - allowed
  const statistic = error > 0 ? excess / error : excess > 0 ? Infinity : -Infinity
  const half = t(0.95) * error
  return {
    pValue: Number.isFinite(statistic)
      ? 1 - studentBelow(statistic, pairs - 1)
      : Number(statistic < 0),
    ratio: Math.exp(mean),
    interval: [Math.exp(mean - half), Math.exp(mean + half)],
    smallest: Math.exp(allowed + (t(1 - alpha) + t(POWER)) * error),
    pairs,
  }
}
