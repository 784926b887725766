/** Another mix of types of request, and what it makes of the mean duration. */
import { type Both, mean } from '../finding.ts'
import { proportionZ } from '../tests.ts'

/**
 * A type of request with a changed part of the requests whose types both windows have, and what the change of all such
 * parts adds to the mean of these requests.
 */
export interface Mix {
  name: string
  shares: Both<number>
  /** Their mean before, ns. */
  usual: number
  /** ns that it would be longer if each type took as long as before. */
  added: number
  /** Which part of all requests they are. */
  part: Both<number>
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
  const [totals, every] = [countsOf(types), countsOf(all)]
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
  const part = totals.map((total, side) => total / every[side]!) as Both<number>
  return { name: most.name, shares: most.shares, usual, added, part }
}

/**
 * The part of the rise in the mean duration that is due to another mix. The rest is of types that take longer, and of
 * types that one window alone has.
 */
export const mixShare = ({
  mix,
  mean: [before, after],
}: {
  mix?: Mix
  mean: Both<number>
}): number => (mix && after > before ? (mix.part[1] * mix.added) / (after - before) : 0)

const countsOf = (types: readonly Type[]) =>
  [0, 1].map((side) =>
    types.reduce((sum, { durations }) => sum + durations[side]!.length, 0),
  ) as Both<number>

const swap = ([a, b]: Both<number>): Both<number> => [b, a]
