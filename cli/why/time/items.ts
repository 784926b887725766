/** What two windows spent in each operation and between services, and how it changed. */
import { type Both, mean } from '../finding.ts'
import {
  claimLimitOf,
  leastOfTimes,
  meanDifference,
  ratioZ,
  shiftZ,
  sortedOf,
  tailZ,
} from '../tests.ts'
import { beyond, type Common, commonChange } from './everywhere.ts'
import { driftOf, hasGrown } from './grown.ts'
import type { Timed, Times } from './times.ts'

/** A time counts as raised from this ratio on. */
export const RAISED = Math.log(2)
/** Observations of the usual time that each sample is joined by, so that few spans claim little. */
const PRIOR = 2
/** A span takes longer, beside others or not, from this ratio on. */
const LONGER = Math.log(1.2)
/** ns below which times are noise. */
const NOISE = 200_000
/** A time that is so many times the usual is claimed from z = 3 on: chance rarely gives such ratios. */
const HUGE = Math.log(10)
const HUGE_Z = 3

export interface TimeItem extends Timed {
  key: string
  /** ln of the ratio of the mean times, after to before, drawn towards 0 for few spans. */
  ratio: number
  /** The same of the middle values, which rare long times do not hide. */
  typical: number
  /** ns that the time of a call added to the mean request. */
  extra: number
  /** Of the mean request. */
  count: number
  z: number
  /** Whether it certainly explains why requests take longer, though it takes less than twice the usual. */
  grew?: boolean
}

export interface TimeItems {
  items: TimeItem[]
  /** The same, as far as they changed otherwise than all; the same items without a common change. */
  own: TimeItem[]
  common: Common | undefined
  /** The z from which an item is claimed. */
  limit: number
}

export function itemsOf(times: Times): TimeItems {
  const items = readItems(times)
  const common = commonChange(items)
  const limit = claimLimitOf(items.flatMap(({ means }) => leastOfTimes(means)))
  const own = common
    ? items.map((item) => beyondCommon(item, common))
    : withGrown(items, times, limit)
  return { items, own, common, limit }
}

/** What an item takes beyond what it shares with all: nothing where it only shares it. */
function beyondCommon(item: TimeItem, common: Common): TimeItem {
  const ratio = beyond(item, common)
  // Where the others take less, all of its extra time is its own.
  if (common.growth < 0) return { ...item, ratio, typical: ratio }
  const extra = ratio > 0 ? Math.max(0, item.extra - sharedExtra(item, common)) : 0
  return { ...item, ratio, typical: ratio, extra }
}

/** ns that what all share adds to the mean request in this item. */
const sharedExtra = (item: TimeItem, { expected }: Common) =>
  Math.min(item.extra, (expected(item) - mean(item.times[0])) * item.count)

/** Marks items that grew by less than twice. */
function withGrown(items: TimeItem[], { traces }: Times, limit: number): TimeItem[] {
  const drift = driftOf(items)
  return items.map((item) => {
    if (item.isLate || item.extra <= 0 || !isCertain(item, limit)) return item
    const perRequest = traces[1] / item.means[1].length
    const grown = {
      ...item,
      extra: item.extra * perRequest,
      each: mean(item.times[0]) * item.count * perRequest,
    }
    return hasGrown(grown, drift, limit) ? { ...item, grew: true } : item
  })
}

export const isRaised = ({ ratio, extra }: TimeItem) => ratio > RAISED && extra > 0

export const isCertain = ({ ratio, z }: Pick<TimeItem, 'ratio' | 'z'>, limit: number) =>
  z > (ratio > HUGE ? Math.min(HUGE_Z, limit) : limit)

function readItems({ timed, traces }: Times): TimeItem[] {
  const all = [...timed].map(([key, one]) => ({ key, ...one }))
  const between = mean(all.flatMap(({ peer, times }) => (peer ? [mean(times[0])] : [])))
  return all.flatMap((one) => {
    const [before, after] = one.times
    // A call that is new has the usual time between services to compare with, an operation has none.
    if (after.length < 2 || (!one.peer && before.length < 2)) return []
    const usual = mean([...before, ...after])
    const prior = one.peer ? Math.min(usual, Math.max(between, mean(before))) : usual
    const means: Both<number> = [mean(before), mean(after)]
    const sorted: Both<Float64Array> = [sortedOf(before), sortedOf(after)]
    // Mostly no trace has several such spans.
    const ofTraces = one.means.map((own, side) =>
      own === one.times[side] ? sorted[side] : sortedOf(own),
    ) as Both<Float64Array>
    const joined = ([was, is]: Both<number>) => {
      const [less, more] = [was, is].map((value, side) => {
        const { length } = one.times[side]!
        return (value * length + PRIOR * prior) / (length + PRIOR) + NOISE
      })
      return Math.log(more! / less!)
    }
    const less = before.length === 0 ? prior : means[0]
    const [was, is] = one.alone.map((sum, side) => sum / one.times[side as 0 | 1].length)
    const longer = before.length === 0 ? Infinity : Math.log((is! + NOISE) / (was! + NOISE))
    // What takes as long as usual may be waited for where it ran beside other work.
    const isBeside = longer < LONGER
    const most = (ratio: number) => (isBeside ? Math.min(ratio, longer) : ratio)
    const extra = isBeside ? Math.min(means[1] - less, Math.max(0, is! - was!)) : means[1] - less
    return [
      {
        ...one,
        ratio: most(joined(means)),
        typical: most(joined(sorted.map(middle) as Both<number>)),
        extra: (extra * after.length) / traces[1],
        count: after.length / traces[1],
        z: Math.max(shiftZ(ofTraces), ratioZ(one.means), tailZ(ofTraces)),
      },
    ]
  })
}

/** The mean without the lowest and the highest tenth: of two usual times, a median would be either by chance. */
function middle(sorted: Float64Array): number {
  const cut = Math.floor(sorted.length / 10)
  let sum = 0
  for (let i = cut; i < sorted.length - cut; i++) sum += sorted[i]!
  return sorted.length === 0 ? 0 : sum / (sorted.length - 2 * cut)
}

/** The part of a time that is extra: 0.5 for twice the usual. */
export const excess = (ratio: number) => 1 - Math.exp(-Math.max(0, ratio))

/** What items add to the duration of a request. */
export const extraParts = (items: TimeItem[]) =>
  new Map(items.flatMap(({ key, extra, isLate }) => (isLate ? [] : [[key, extra] as const])))

/** Times of several items together. */
export function timeFinding(items: TimeItem[]) {
  const joined: Both<number[]> = [
    items.flatMap(({ times }) => times[0]),
    items.flatMap(({ times }) => times[1]),
  ]
  const longest = items.flatMap((item) => item.longest).sort((a, b) => b.time - a.time)
  return {
    parts: extraParts(items),
    before: mean(joined[0]),
    after: mean(joined[1]),
    unit: 'ns' as const,
    interval: meanDifference(joined),
    count: joined[1].length,
    spans: joined.map(({ length }) => length) as Both<number>,
    traces: [...new Set(longest.map(({ trace }) => trace))].slice(0, 3),
  }
}
