/** The two differences that together tell the selected spans apart best. */
import type { Both } from '../finding.ts'
import { type Difference, nameOf } from './difference.ts'
import { type Combinations, hasBit } from './together.ts'

export interface Pair {
  names: Both<string>
  /** Share of the selected spans with both. */
  coverage: number
  /** Share of the spans with both that are selected. */
  precision: number
}

/** A pair is worth a line if it tells so many times as much as the better single difference. */
const BETTER = 1.1

/**
 * The best pair, by the harmonic mean of coverage and precision; undefined where a single difference is about as good.
 * @param differences with the bit of each in the masks
 */
export function bestPair(
  differences: readonly { one: Difference; bit: number }[],
  combinations: Combinations,
): Pair | undefined {
  // Absent attributes and values that are rarer on the selected spans choose nothing that could be typed.
  const more = differences.filter(({ one }) => one.difference > 0)
  const selected = combinations.reduce((sum, { counts }) => sum + counts[0], 0)
  const judged = (bits: number[]) => {
    let [a, b] = [0, 0]
    for (const { mask, counts } of combinations) {
      if (!bits.every((bit) => hasBit(mask, bit))) continue
      a += counts[0]
      b += counts[1]
    }
    const [coverage, precision] = [a / Math.max(1, selected), a / Math.max(1, a + b)]
    const mean = a === 0 ? 0 : (2 * coverage * precision) / (coverage + precision)
    return { coverage, precision, mean }
  }
  const alone = Math.max(0, ...more.map(({ bit }) => judged([bit]).mean))
  let best: (Pair & { mean: number }) | undefined
  for (const [i, first] of more.entries()) {
    for (const second of more.slice(i + 1)) {
      const found = judged([first.bit, second.bit])
      if (found.mean <= Math.max(alone * BETTER, best?.mean ?? 0)) continue
      best = { names: [nameOf(first.one), nameOf(second.one)], ...found }
    }
  }
  return best && { names: best.names, coverage: best.coverage, precision: best.precision }
}
