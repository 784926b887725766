/** What changed between two windows: requests, errors, durations. */
import { binomialAtMost } from '../gate/stats/distributions.ts'
import { type Both, mean } from './finding.ts'
import {
  claimLimitOf,
  leastOfShares,
  leastOfTimes,
  meanDifference,
  proportionZ,
  ratioZ,
  shareDifference,
  shiftZ,
  tailZ,
} from './tests.ts'
import { type Burst, burstOf } from './traces/burst.ts'
import { type Mix, mixOf } from './traces/mix.ts'
import { MOST_OPERATIONS, type Node } from './tree.ts'
import { slicesBefore, unevennessIn } from './uneven.ts'

/** A share or a duration with its 95 % limits. */
export interface Measured {
  value: number
  low?: number
  high?: number
}

export interface Changed {
  /** Traces compared. */
  requests: Both<number>
  errors: Both<number>
  /** What says that a request failed: spans, or error logs where no span has a status. */
  failuresFrom: 'status' | 'logs'
  /** 95 % limits of the difference of the error shares. */
  errorDifference: Both<number>
  /** By quantile, ns. */
  quantiles: { level: number; before: Measured; after: Measured }[]
  mean: Both<number>
  meanDifference: Both<number>
  /** Durations or errors changed by more than chance gives in one of a hundred comparisons. */
  certain: boolean
  /** Durations or errors are certainly and much worse. */
  worse: boolean
  /** The type of request whose durations changed most, where one did. */
  slowest?: { name: string; before: number; after: number; requests: Both<number> }
  /** Types of request that only one window has, by more than chance; most frequent first. */
  newTypes: string[]
  goneTypes: string[]
  /** The part of the window that has nearly all slow requests of that type, where there is one. */
  burst?: Burst
  /** Requests that have spans whose parent is not stored, where these are more than before. */
  orphaned?: Both<number>
  /** The types of request make up other parts of all, which changes the mean much. */
  mix?: Mix
  /** How the share of failing requests changed, overall or of a type, by more than chance. */
  failing?: 'rose' | 'fell'
}

export interface Request {
  side: 0 | 1
  /** ns from the beginning of its window. */
  start: number
  duration: number
  failed: boolean
  type: string
}

/** A trace as a request. Its type is its root, and the first service that the root's service calls. */
export function requestOf(nodes: Node[], side: 0 | 1, failed: boolean): Request {
  const [root] = nodes
  let first = root
  while (first && first.service === root!.service)
    first = first.children.find(
      ({ children, service }) => children.length > 0 || service !== root!.service,
    )
  const type = typeOf(root?.operation, first?.operation)
  return { side, start: root?.start ?? 0, duration: root?.duration ?? 0, failed, type }
}

/** Texts of types by their operations, kept because 100,000 requests have few types. */
const typeTexts = new Map<number, string>()

function typeOf(root: number | undefined, first: number | undefined): string {
  const key = ((root ?? -1) + 1) * MOST_OPERATIONS + (first ?? -1) + 1
  const known = typeTexts.get(key) ?? `${root ?? ''} ${first ?? ''}`
  typeTexts.set(key, known)
  return known
}

/** A request is slow from this many times the usual 95th percentile on. */
const SLOW_FROM = 1.5

/** No two windows are quite alike: a type of request is much slower from so many times the mean on. */
const LONGER = 1.2

const LEVELS = [0.5, 0.95, 0.99]

/** Names of a type: of its operation, and with services. */
export interface TypeNames {
  nameOf(type: string): string
  labelOf(type: string): string
}

export function changedBetween(
  requests: readonly Request[],
  { nameOf, labelOf }: TypeNames,
): Omit<Changed, 'failuresFrom'> {
  const of = (some: readonly Request[]): Both<number[]> =>
    [0, 1].map((side) =>
      some.filter((one) => one.side === side).map(({ duration }) => duration),
    ) as Both<number[]>
  const durations = of(requests)
  const totals = durations.map(({ length }) => length) as Both<number>
  const errors = countSides(requests.filter(({ failed }) => failed))
  const types = new Map<string, Request[]>()
  for (const one of requests) {
    const known = types.get(one.type)
    if (known) known.push(one)
    else types.set(one.type, [one])
  }
  const limit = claimLimitOf(
    [...types.values()].flatMap((some) => [
      ...leastOfTimes(of(some)),
      leastOfShares(countSides(some.filter((one) => one.failed)), countSides(some)),
    ]),
  )
  const shifts = [...types]
    .map(([type, some]) => {
      const own = of(some)
      const shift = shiftZ(own)
      const worse = Math.max(shift, ratioZ(own), tailZ(own))
      const isLonger = mean(own[1]) >= LONGER * mean(own[0]) || tailZ(own) > limit
      return { type, durations: own, isLonger, z: worse > -shift ? worse : shift }
    })
    .sort((a, b) => b.z - a.z)
  const counted = [...types].map(([type, some]) => ({
    type,
    failed: countSides(some.filter((one) => one.failed)),
    own: countSides(some),
    uneven: unevennessIn(slicesBefore(some))(slicesBefore(some.filter((one) => one.failed))),
  }))
  const failing = counted.some(
    ({ failed, own, uneven }) => proportionZ(failed, own) > limit * Math.sqrt(uneven),
  )
  const fell = counted.some(
    ({ failed, own }) => proportionZ(reversed(failed), reversed(own)) > limit,
  )
  const onlyOn = (side: 0 | 1) => {
    const other = side === 0 ? 1 : 0
    const there = new Set(counted.flatMap(({ type, own }) => (own[other] ? rootOf(type) : [])))
    const isShort = (type: string) => type.endsWith(' ') && there.has(rootOf(type))
    const sides = side === 1 ? totals : reversed(totals)
    const found = counted
      .filter(({ own }) => own[other] === 0)
      // A request that fails before its first call is not of a type of its own.
      .map(({ type, own, failed }) => ({ type, n: own[side] - (isShort(type) ? failed[side] : 0) }))
      .filter(({ n }) => proportionZ([0, n], sides) > limit)
      .sort((a, b) => b.n - a.n)
    const told = ({ type }: { type: string }) =>
      isShort(type) ? `${labelOf(type)} without calls of other services` : labelOf(type)
    return [...new Set(found.map(told))]
  }
  const errorDifference = shareDifference(errors, totals)
  const isEmpty = totals.includes(0)
  const change =
    !isEmpty && (failing || errorDifference[0] > 0)
      ? 'rose'
      : !isEmpty && (fell || errorDifference[1] < 0)
        ? 'fell'
        : undefined
  const [top] = shifts
  const slowest =
    top && top.z > limit
      ? {
          name: nameOf(top.type),
          before: mean(top.durations[0]),
          after: mean(top.durations[1]),
          requests: top.durations.map(({ length }) => length) as Both<number>,
        }
      : undefined
  const unevenOf = unevennessIn(slicesBefore(requests))
  const mix = mixOf(
    [...types].map(([type, some]) => ({
      ...{ name: labelOf(type), durations: of(some) },
      uneven: unevenOf(slicesBefore(some)),
    })),
    limit,
  )
  const burst = slowest && burstWhere(types.get(top!.type)!)
  const sorted = durations.map((some) => some.toSorted((a, b) => a - b)) as Both<number[]>
  return {
    requests: totals,
    errors,
    errorDifference,
    quantiles: LEVELS.map((level) => ({
      level,
      before: quantile(sorted[0], level),
      after: quantile(sorted[1], level),
    })),
    mean: [mean(durations[0]), mean(durations[1])],
    meanDifference: meanDifference(durations),
    worse: failing || shifts.some(({ z, isLonger }) => z > limit && isLonger),
    certain: failing || slowest !== undefined || shifts.some(({ z }) => Math.abs(z) > limit),
    slowest,
    burst,
    newTypes: onlyOn(1),
    goneTypes: onlyOn(0),
    ...(mix && { mix }),
    ...(change && { failing: change }),
  }
}

/** The part of the window with nearly all slow requests of one type. */
function burstWhere(requests: readonly Request[]): Burst | undefined {
  const [before, after] = [0, 1].map((side) => requests.filter((one) => one.side === side))
  const sorted = before!.map(({ duration }) => duration).sort((a, b) => a - b)
  const usual = quantile(sorted, 0.95).value
  return burstOf(after!, ({ duration }) => duration > SLOW_FROM * usual)
}

const rootOf = (type: string) => type.slice(0, type.indexOf(' '))
const countSides = (some: readonly Request[]) =>
  [0, 1].map((side) => some.filter((one) => one.side === side).length) as Both<number>
const reversed = ([before, after]: Both<number>): Both<number> => [after, before]

/** The quantile by nearest rank, with distribution-free 95 % limits where they exist. */
function quantile(sorted: readonly number[], level: number): Measured {
  const n = sorted.length
  const value = sorted[Math.max(0, Math.ceil(level * n) - 1)] ?? 0
  if (n === 0) return { value }
  const rank = (accepts: (k: number) => boolean) => {
    let [low, high] = [0, n]
    while (low < high) {
      const middle = (low + high) >> 1
      if (accepts(middle)) high = middle
      else low = middle + 1
    }
    return low
  }
  // The first rank that P(X ≤ k) exceeds 2.5 %, and the first at which it reaches 97.5 %.
  const low = rank((k) => binomialAtMost(k, n, level) > 0.025)
  const high = rank((k) => binomialAtMost(k, n, level) >= 0.975)
  return {
    value,
    ...(low > 0 ? { low: sorted[low - 1]! } : {}),
    ...(high < n ? { high: sorted[high]! } : {}),
  }
}
