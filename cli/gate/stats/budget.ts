/** The budget test: whether too large a share of the calls exceeds the limit. */
import { betaShare, binomialAtLeast, binomialAtMost, bisect } from './distributions.ts'
import { CERTIFY_LEVEL, FAIL_LEVEL, POWER } from './levels.ts'

/** Slices of equal count, in time order, that measure burstiness. */
export const SLICES = 20

/** Calls of one slice of the window, weighted where spans are sampled. */
export interface Slice {
  calls: number
  exceeding: number
}

export interface Counts {
  /** Calls, Σw where spans are sampled. */
  calls: number
  exceeding: number
  /** Σw², which is `calls` where no span is sampled. */
  squares?: number
  slices: Slice[]
}

export interface BudgetResult {
  outcome: 'certified' | 'not certified' | 'exceeded' | 'not enough'
  /** Share of the calls that exceed the limit, 0 to 1. */
  share: number
  /** Limits of that share, 95 % each side (Clopper and Pearson 1934). */
  interval: [number, number]
  /** Design effect of bursts: with that of weights, `effective` independent calls carry the same information. */
  phi: number
  effective: number
  /** Chance of this many exceedances or more where exactly the allowed share exceeds. */
  pValue: number
  /** The smallest true share that fails with a chance of 95 %. */
  smallest: number
  /** Calls without an exceedance that would certify the budget. */
  needed: number
}

/**
 * Exact binomial test on exceedances (methods.md 4.5), with Kish's design effect from time slices.
 * Fails when P(X ≥ x) ≤ 1 %, certifies when P(X ≤ x) ≤ 5 %.
 * @param allowed share of the calls that may exceed the limit: 0.05 for p95
 */
export function testBudget(counts: Counts, allowed: number): BudgetResult {
  const { calls, exceeding } = counts
  // Kish's effect of unequal weights. Slices of weighted calls vary by it, too.
  const ofWeights = counts.squares ? counts.squares / calls : 1
  const weighted = calls / ofWeights
  const share = calls > 0 ? exceeding / calls : 0
  const phi = Math.max(1, designEffect(counts.slices, share) / ofWeights)
  const effective = weighted / phi
  const seen = share * effective
  const needed = callsToCertify(allowed)
  const pValue = binomialAtLeast(seen, effective, allowed)
  const certified = binomialAtMost(seen, effective, allowed) <= CERTIFY_LEVEL
  const outcome =
    pValue <= FAIL_LEVEL
      ? 'exceeded'
      : certified
        ? 'certified'
        : weighted < needed
          ? 'not enough'
          : 'not certified'
  const interval = shareLimits(seen, effective)
  const smallest = smallestShare(effective, allowed)
  return { outcome, share, interval, phi, effective, pValue, smallest, needed }
}

/**
 * φ = variance of the slices' exceedances over the variance of independent calls, m p (1 − p).
 * 1 for too few slices or exceedances.
 */
export function designEffect(slices: Slice[], share: number): number {
  const filled = slices.filter(({ calls }) => calls > 0)
  if (filled.length < 5 || share <= 0 || share >= 1) return 1
  const calls = filled.reduce((sum, slice) => sum + slice.calls, 0) / filled.length
  // Slices differ by a call where the count is not a multiple of their number.
  const deviations = filled.map((slice) => slice.exceeding - slice.calls * share)
  const variance = deviations.reduce((sum, d) => sum + d * d, 0) / (filled.length - 1)
  return variance / (calls * share * (1 - share))
}

/** The fewest calls that can certify: n ≥ ln 0.05 / ln(1 − allowed) (Wilks 1941): 59 for p95. */
export function callsToCertify(allowed: number): number {
  if (allowed <= 0) return 1
  return Math.ceil(Math.log(CERTIFY_LEVEL) / Math.log1p(-allowed) - 1e-9)
}

/** Clopper and Pearson's limits of a share, 95 % each side; x and n may be fractions. */
export function shareLimits(x: number, n: number): [number, number] {
  if (n <= 0) return [0, 1]
  const low = x <= 0 ? 0 : bisect(0, 1, (p) => betaShare(p, x, n - x + 1) >= CERTIFY_LEVEL)
  const high = x >= n ? 1 : bisect(0, 1, (p) => betaShare(p, x + 1, n - x) >= 1 - CERTIFY_LEVEL)
  return [low, high]
}

/** The smallest share above `allowed` that n calls see with a chance of 95 %. */
function smallestShare(n: number, allowed: number): number {
  if (n <= 0) return 1
  // The first count that fails: of whole calls, of which a design effect leaves fewer.
  let [low, high] = [0, Math.ceil(n) + 1]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (binomialAtLeast(middle, n, allowed) <= FAIL_LEVEL) high = middle
    else low = middle
  }
  return shareOfAtLeast(high, n)
}

/** The smallest share with a chance of 95 % for at least `count` of n; 1 where n is too small. */
export function shareOfAtLeast(count: number, n: number): number {
  if (count > n) return 1
  return bisect(0, 1, (p) => binomialAtLeast(count, n, p) >= POWER)
}
