/** Holm's correction for several regression checks. */

/**
 * Adjusted p-values in the order given (Holm 1979): reject where one is at most α.
 * The i-th smallest of m is multiplied by m − i + 1, and never falls below one before it.
 */
export function holm(pValues: number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!)
  const adjusted: number[] = new Array(pValues.length)
  let most = 0
  for (const [rank, i] of order.entries()) {
    most = Math.max(most, Math.min(1, pValues[i]! * (pValues.length - rank)))
    adjusted[i] = most
  }
  return adjusted
}
