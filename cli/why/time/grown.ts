/** Times that grew by less than twice, and explain why requests take longer. */
import { type Both, mean } from '../finding.ts'
import { growthWithin, type Strata } from '../traces/strata.ts'

/** An operation's times or calls, with what they add to the mean request that has them. */
export interface Grown {
  strata: Strata
  /** ln of how many times the usual they are: on average, and without rare ones. */
  ratio: number
  typical: number
  /** ns that they add to each request that has them, and ns of one in each. */
  extra: number
  each: number
}

/** Growth of an operation's own beyond that of the others, and the part of its requests' that it is to explain. */
const LEAST = Math.log(1.1)
const FAIR = 0.2
/** Operations that tell how another window differs; without them it is at most so much slower. */
const FEWEST = 4
const DRIFT = Math.log(1.1)
/** Spans and mean ns by itself that tell how an operation's times changed. */
const FEWEST_SPANS = 5
const LEAST_TIME = 50_000

/** ln of how many times the usual most operations take: no two windows are quite alike. */
export function driftOf(
  all: readonly { ratio: number; peer?: unknown; times: Both<readonly number[]> }[],
): number {
  const ratios = all
    .filter(
      ({ peer, times }) =>
        !peer &&
        times.every(({ length }) => length >= FEWEST_SPANS) &&
        mean(times[0]) >= LEAST_TIME,
    )
    .map(({ ratio }) => ratio)
    .sort((a, b) => a - b)
  if (ratios.length < FEWEST) return DRIFT
  return Math.max(0, ratios[ratios.length >> 1]!)
}

/** Whether it certainly grew beyond the drift, in requests that certainly take longer, by a fair part of that. */
export function hasGrown(
  { strata, ratio, typical, extra, each }: Grown,
  drift: number,
  limit: number,
) {
  if (Math.min(ratio, typical) < drift + LEAST) return false
  const growth = growthWithin(strata, Math.exp(drift))
  if (!growth || growth.value.z <= limit || growth.duration.z <= limit) return false
  return extra - Math.expm1(drift) * each >= FAIR * growth.duration.grown
}
