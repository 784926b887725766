/** Finds differences that belong together: twins, and those that another explains. */
import type { Both } from '../finding.ts'
import { type Difference, nameOf } from './difference.ts'

/** Combinations of differences as bits, with the selected and other spans that have them. */
export type Combinations = { mask: number; counts: Both<number> }[]

/** Twins say the same about so many of the spans of either group. */
const SAME = 0.98
/** An explained difference keeps less than this part of the logarithm of its odds ratio. */
const KEPT = 0.35
/** What explains it keeps more than this part. */
const STAYS = 0.6

/**
 * Merges twins into the first of them, and marks what an earlier difference explains. Bit i of a mask is
 * `differences[i]`.
 * @returns the merged differences, those with their bits, and the share of selected spans without any more frequent one
 */
export function relate(
  differences: readonly Difference[],
  combinations: Combinations,
): { merged: Difference[]; kept: { one: Difference; bit: number }[]; unexplained?: number } {
  const related = differences.map((one, bit) => ({ one: { ...one, twins: [] as string[] }, bit }))
  const kept: typeof related = []
  for (const each of related) {
    const first = kept.find((other) => areTwins(other.bit, each.bit, combinations))
    if (!first) kept.push(each)
    else if (first.one.difference < 0 && each.one.difference > 0) {
      // More frequent on the selected spans reads better than less frequent.
      each.one.twins = [nameOf(first.one), ...first.one.twins]
      kept[kept.indexOf(first)] = each
    } else first.one.twins.push(nameOf(each.one))
  }
  for (const { one, bit } of kept) {
    const other = kept.find(
      (by) => by.bit !== bit && by.one.explainedBy === null && explains(by.bit, bit, combinations),
    )
    if (other) one.explainedBy = nameOf(other.one)
  }
  const more = kept.filter(({ one }) => one.difference > 0).map(({ bit }) => bit)
  const selected = combinations.reduce((sum, { counts }) => sum + counts[0], 0)
  const without = combinations
    .filter(({ mask }) => more.every((bit) => !hasBit(mask, bit)))
    .reduce((sum, { counts }) => sum + counts[0], 0)
  return {
    merged: kept.map(({ one }) => one),
    kept,
    ...(more.length > 0 && selected > 0 ? { unexplained: without / selected } : {}),
  }
}

/** Folds differences of the same spans into the first, where their combinations are not counted. */
export function foldSame(differences: readonly Difference[]): Difference[] {
  const kept = new Map<string, Difference>()
  for (const one of differences) {
    // Without fingerprints, absent attributes of equal counts are taken for the same.
    const { kind, place, fingerprint, counts } = one
    const key =
      fingerprint ?? (kind === 'absent' ? `absent ${counts}` : `${kind} ${place} ${nameOf(one)}`)
    const first = kept.get(key)
    if (first) first.twins.push(nameOf(one))
    else kept.set(key, { ...one, twins: [...one.twins] })
  }
  return [...kept.values()]
}

/** Whether a mask has a bit; up to 53 of them. */
export const hasBit = (mask: number, bit: number) => Math.floor(mask / 2 ** bit) % 2 === 1

/** Two that agree, or that are each other's opposite, as two values of a key are. */
function areTwins(a: number, b: number, combinations: Combinations): boolean {
  const agreement = (side: 0 | 1) => {
    let [same, all] = [0, 0]
    for (const { mask, counts } of combinations) {
      all += counts[side]
      if (hasBit(mask, a) === hasBit(mask, b)) same += counts[side]
    }
    return all === 0 ? 1 : same / all
  }
  const [selected, others] = [agreement(0), agreement(1)]
  return (selected >= SAME && others >= SAME) || (selected <= 1 - SAME && others <= 1 - SAME)
}

/**
 * Whether `bit` differs only through `by`: the odds ratio within the strata of `by` is near 1, and not the
 * other way round. Mantel and Haenszel, JNCI 22 (1959).
 */
function explains(by: number, bit: number, combinations: Combinations): boolean {
  const left = (of: number, strata?: number) => Math.abs(logOdds(of, strata, combinations))
  const [crude, within] = [left(bit), left(bit, by)]
  const [crudeBy, withinBy] = [left(by), left(by, bit)]
  return within < KEPT * crude && withinBy >= STAYS * crudeBy
}

/** The logarithm of the Mantel–Haenszel odds ratio. Half a span is added to each cell. */
function logOdds(bit: number, strata: number | undefined, combinations: Combinations): number {
  let [above, below] = [0, 0]
  for (const stratum of strata === undefined ? [undefined] : [false, true]) {
    let [a, b, c, d] = [0.5, 0.5, 0.5, 0.5]
    for (const { mask, counts } of combinations) {
      if (strata !== undefined && hasBit(mask, strata) !== stratum) continue
      if (hasBit(mask, bit)) {
        a += counts[0]
        b += counts[1]
      } else {
        c += counts[0]
        d += counts[1]
      }
    }
    const n = a + b + c + d
    above += (a * d) / n
    below += (b * c) / n
  }
  return Math.log(above / below)
}
