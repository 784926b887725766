/** Findings about time: slower operations, slower services, waiting between services. */
import { type Both, mean, type WhyFinding } from './finding.ts'
import { claimLimit, meanDifference, ratioZ, shiftZ, tailZ } from './tests.ts'
import type { Timed, Times } from './times.ts'

/** A time counts as raised from this ratio on. */
const RAISED = Math.log(2)
/** Observations of the usual time that each sample is joined by, so that few spans claim little. */
const PRIOR = 2
/** ns below which times are noise. */
const NOISE = 200_000
/** A time that is so many times the usual is claimed from z = 3 on: chance rarely gives such ratios. */
const HUGE = Math.log(10)
const HUGE_Z = 3
/** Part of a request's duration whose loss gets half of the full score. */
const HALF_SCORE = 0.05

interface Item extends Timed {
  key: string
  /** ln of the ratio of the mean times, after to before, drawn towards 0 for few spans. */
  ratio: number
  /** ns that the time of a call added to the mean request. */
  extra: number
  z: number
}

/** Findings about time, in no order. Their extra times belong to different items, so they add up. */
export function slowerFindings(times: Times): WhyFinding[] {
  const items = readItems(times)
  const limit = claimLimit(3 * items.length)
  const found = [
    ...services(times, items, limit),
    ...edges(times, items, 1, limit),
    ...edges(times, items, 0, limit),
    ...items
      .filter((item) => !item.peer && isRaised(item))
      .map((item) => operation(times, item, limit)),
  ]
  return found.filter(({ score }) => score > 0)
}

const isRaised = ({ ratio, extra }: Item) => ratio > RAISED && extra > 0

const isCertain = ({ ratio, z }: Pick<Item, 'ratio' | 'z'>, limit: number) =>
  z > (ratio > HUGE ? Math.min(HUGE_Z, limit) : limit)

function readItems({ timed, traces }: Times): Item[] {
  const all = [...timed].map(([key, one]) => ({ key, ...one }))
  const between = mean(all.flatMap(({ peer, times }) => (peer ? [mean(times[0])] : [])))
  return all.flatMap((one) => {
    const [before, after] = one.times
    // A call that is new has the usual time between services to compare with, an operation has none.
    if (after.length < 2 || (!one.peer && before.length < 2)) return []
    const usual = mean([...before, ...after])
    const prior = one.peer ? Math.min(usual, Math.max(between, mean(before))) : usual
    const joined = (values: number[]) =>
      (mean(values) * values.length + PRIOR * prior) / (values.length + PRIOR) + NOISE
    const less = before.length === 0 ? prior : mean(before)
    return [
      {
        ...one,
        ratio: Math.log(joined(after) / joined(before)),
        extra: ((mean(after) - less) * after.length) / traces[1],
        z: Math.max(shiftZ(one.means), ratioZ(one.means), tailZ(one.means)),
      },
    ]
  })
}

/** The part of a time that is extra: 0.5 for twice the usual. */
const excess = (ratio: number) => 1 - Math.exp(-Math.max(0, ratio))

/**
 * Services that are slower in all they do, as where the processor, the host or the runtime is short of
 * something. One slow statement raises one operation, so the share of raised ones counts squared.
 */
function services(times: Times, items: Item[], limit: number): WhyFinding[] {
  const byService = new Map<string, Item[]>()
  for (const item of items.filter(({ times }) => times[0].length >= 2)) {
    for (const service of new Set([item.service, item.peer?.service ?? item.service])) {
      byService.set(service, [...(byService.get(service) ?? []), item])
    }
  }
  return [...byService].flatMap(([service, own]) => {
    if (own.length < 3) return []
    const weight = (item: Item) => Math.sqrt(Math.min(item.times[0].length, item.times[1].length))
    const weights = own.reduce((sum, item) => sum + weight(item), 0)
    const ratio = own.reduce((sum, item) => sum + item.ratio * weight(item), 0) / (weights + 1)
    const raised = own.filter(({ ratio }) => ratio > RAISED)
    const extra = own.reduce((sum, item) => sum + item.extra, 0)
    const part = partOfRequests(times, service, extra)
    const score = (raised.length / own.length) ** 2 * excess(ratio) * (part / (part + HALF_SCORE))
    if (raised.length < 2 || part <= 0) return []
    const shown = own.filter((item) => item.service === service && !item.peer)
    const detail = `${raised.length} of ${own.length} operations`
    return [
      {
        ...timeFinding(shown.length > 0 ? shown : own),
        parts: partsOf(own),
        kind: 'slower throughout',
        service,
        name: '',
        detail,
        score,
        certain: raised.some((item) => isCertain(item, limit)),
      },
    ]
  })
}

/** The part of the duration of a service's requests that `extra` ns for each request of all are. */
function partOfRequests({ traces, services }: Times, service: string, extra: number): number {
  const own = services.get(service)!
  const of = own.total[1] / Math.max(1, own.traces[1])
  const added = (extra * traces[1]) / Math.max(1, own.traces[1])
  return of <= 0 ? 0 : Math.max(0, added / of)
}

/**
 * Services whose callers wait longer than the service takes (`end` 1), or who wait longer for all they
 * call (`end` 0). The end whose other calls are slower, too, is the one to blame.
 */
function edges(times: Times, items: Item[], end: 0 | 1, limit: number): WhyFinding[] {
  const byEnd = new Map<string, Item[]>()
  for (const item of items.filter(({ peer }) => peer)) {
    const service = end === 1 ? item.peer!.service : item.service
    byEnd.set(service, [...(byEnd.get(service) ?? []), item])
  }
  const usual = times.total[0] / Math.max(1, times.traces[0])
  return [...byEnd].flatMap(([service, own]): WhyFinding[] => {
    const raised = own.filter(isRaised)
    const extra = raised.reduce((sum, item) => sum + item.extra, 0)
    if (extra <= 0) return []
    const part = raised.reduce((sum, item) => sum + item.extra * excess(item.ratio), 0) / extra
    const ratios = own.reduce((sum, { ratio }) => sum + Math.max(ratio, RAISED), 0)
    const cover =
      (raised.reduce((sum, { ratio }) => sum + ratio, 0) / ratios) *
      Math.sqrt(raised.length / own.length)
    // Alone on its edge, a caller is as likely as its callee; callees fail more.
    const score = (extra / (extra + usual)) * part * cover * (end === 1 ? 1 : 0.99)
    const [most] = raised.toSorted((a, b) => b.extra - a.extra)
    return [
      {
        ...timeFinding(raised),
        kind: 'waiting between',
        service,
        name: end === 1 ? most!.peer!.name : most!.name,
        peer: end === 1 ? most!.service : most!.peer!.service,
        detail: end === 1 ? 'called' : 'calling',
        score,
        certain:
          raised.some((item) => isCertain(item, limit)) ||
          isCertain({ ratio: ratios / own.length, z: jointZ(own) }, limit),
      },
    ]
  })
}

/** z of the calls of several edges together, each relative to its own usual time. */
function jointZ(items: Item[]): number {
  const usual = mean(items.flatMap(({ means }) => means[0]))
  const joined = [0, 1].map((side) =>
    items.flatMap(({ means }) => {
      const own = mean(means[0])
      // A few values are their own mean, and seem to vary less than they do.
      return own === 0 || means[0].length < 3
        ? []
        : means[side]!.map((value) => (value / own) * usual)
    }),
  ) as Both<number[]>
  return Math.max(shiftZ(joined), ratioZ(joined))
}

function operation(times: Times, item: Item, limit: number): WhyFinding {
  const usual = times.total[0] / Math.max(1, times.traces[0])
  const score = (item.extra / (item.extra + usual)) * excess(item.ratio)
  const { service, name } = item
  return {
    ...timeFinding([item]),
    kind: 'slower',
    service,
    name,
    score,
    certain: isCertain(item, limit),
  }
}

const partsOf = (items: Item[]) => new Map(items.map(({ key, extra }) => [key, extra]))

/** Times of several items together. */
function timeFinding(items: Item[]) {
  const joined: Both<number[]> = [
    items.flatMap(({ times }) => times[0]),
    items.flatMap(({ times }) => times[1]),
  ]
  const longest = items.flatMap((item) => item.longest).sort((a, b) => b.time - a.time)
  return {
    parts: partsOf(items),
    before: mean(joined[0]),
    after: mean(joined[1]),
    unit: 'ns' as const,
    interval: meanDifference(joined),
    count: joined[1].length,
    spans: joined.map(({ length }) => length) as Both<number>,
    traces: [...new Set(longest.map(({ trace }) => trace))].slice(0, 3),
  }
}
