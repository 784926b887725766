/** Another mix of types of request, and what it makes of the mean duration. */
import { type Both, mean } from '../finding.ts'
import { proportionZ } from '../tests.ts'

/** A type of request with a changed part of all, and what the change of all parts adds to the mean. */
export interface Mix {
  name: string
  shares: Both<number>
  /** ns that the mean duration would be longer if each type took as long as before. */
  added: number
}

interface Type {
  name: string
  durations: Both<readonly number[]>
  /** By how many times the variance of the number of its requests exceeds chance. */
  uneven: number
}

/** No two windows are quite alike: another mix is told where it changes the mean by this part of it. */
const MUCH = 0.2

/**
 * Another mix of types, by Kitagawa's decomposition of a mean (JASA 50, 1955).
 * @param limit the z that a type's part of the requests must exceed
 * @returns the type whose part changed the mean most; undefined where chance explains it, or the mean is about the same
 */
export function mixOf(all: readonly Type[], limit: number): Mix | undefined {
  // Types of one window alone are told as such: requests that end early may be a type of their own.
  const types = all.filter(({ durations }) => durations.every(({ length }) => length > 0))
  const totals = [0, 1].map((side) =>
    types.reduce((sum, { durations }) => sum + durations[side]!.length, 0),
  ) as Both<number>
  if (totals.includes(0)) return undefined
  const usual = mean(types.flatMap(({ durations }) => durations[0]))
  const changes = types.map(({ name, durations, uneven }) => {
    const counts = durations.map(({ length }) => length) as Both<number>
    const shares = counts.map((count, side) => count / totals[side]!) as Both<number>
    const z = Math.max(proportionZ(counts, totals), proportionZ(swap(counts), swap(totals)))
    const isClear = z > limit * Math.sqrt(uneven)
    return { name, shares, isClear, added: (shares[1] - shares[0]) * (mean(durations[0]) - usual) }
  })
  const added = changes.reduce((sum, one) => sum + one.added, 0)
  const [most] = changes
    .filter((one) => one.isClear && one.added * added > 0)
    .sort((a, b) => Math.abs(b.added) - Math.abs(a.added))
  if (!most || Math.abs(added) < MUCH * usual) return undefined
  return { name: most.name, shares: most.shares, added }
}

/** The part of the rise in the mean duration that is due to another mix. */
export const mixShare = ({
  mix,
  mean: [before, after],
}: {
  mix?: Mix
  mean: Both<number>
}): number => (mix && after > before ? mix.added / (after - before) : 0)

const swap = ([a, b]: Both<number>): Both<number> => [b, a]
