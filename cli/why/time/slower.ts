/** Findings about time: slower operations, slower services, waiting between services. */
import { type Both, mean, type WhyFinding } from '../finding.ts'
import { ratioZ, shiftZ } from '../tests.ts'
import { grownAlone } from '../traces/strata.ts'
import type { Common } from './everywhere.ts'
import {
  excess,
  extraParts,
  isCertain,
  isRaised,
  itemsOf,
  RAISED,
  type TimeItem,
  timeFinding,
} from './items.ts'
import type { Times } from './times.ts'

/** Part of a request's duration whose loss gets half of the full score. */
const HALF_SCORE = 0.05
/** What long times of few spans count that may be chance. */
const RARE = 0.5
/** About the part of a request's duration below which a loss is not worth a finding. */
const LEAST_SCORE = 0.002

/** A time that grew by less than twice and explains a fair part of the change is worth a line. */
const LEAST_GROWN = 0.02

/** Findings about time, in no order. Their extra times belong to different items, so they add up. */
export function slowerFindings(times: Times): WhyFinding[] {
  const { items: all, own: items, common, limit } = itemsOf(times)
  const found = [
    ...(common && common.growth > 0 ? [everywhere(times, all, items, common, limit)] : []),
    ...services(times, items, limit),
    ...edges(times, items, 1, limit),
    ...edges(times, items, 0, limit),
    ...items
      .filter((item) => !item.peer)
      .map((item) => ({ ...item, ratio: Math.max(item.ratio, item.typical) }))
      .filter((item) => isRaised(item) || item.grew)
      .map((item) => operation(times, item, limit)),
  ]
  return found.filter(({ score }) => score >= LEAST_SCORE)
}

/**
 * Services that are slower in all they do, as where the processor, the host or the runtime is short of
 * something. One slow statement raises one operation, so the share of raised ones counts squared.
 */
function services(times: Times, items: TimeItem[], limit: number): WhyFinding[] {
  const byService = new Map<string, TimeItem[]>()
  for (const item of items.filter(({ times }) => times[0].length >= 2)) {
    for (const service of new Set([item.service, item.peer?.service ?? item.service])) {
      byService.set(service, [...(byService.get(service) ?? []), item])
    }
  }
  return [...byService].flatMap(([service, own]) => {
    if (own.length < 3) return []
    const weight = (item: TimeItem) =>
      Math.sqrt(Math.min(item.times[0].length, item.times[1].length))
    const weights = own.reduce((sum, item) => sum + weight(item), 0)
    const ratio = own.reduce((sum, item) => sum + item.ratio * weight(item), 0) / (weights + 1)
    const raised = own.filter(({ ratio }) => ratio > RAISED)
    // A service that only calls others waits for them, which edges say.
    if (!raised.some((item) => !item.peer && item.service === service)) return []
    const extra = own.reduce((sum, item) => sum + item.extra, 0)
    const part = partOfRequests(times, service, extra)
    const score = (raised.length / own.length) ** 2 * excess(ratio) * (part / (part + HALF_SCORE))
    if (raised.length < 2 || part <= 0) return []
    const shown = own.filter((item) => item.service === service && !item.peer)
    const detail = `${raised.length} of ${own.length} operations`
    return [
      {
        ...timeFinding(shown.length > 0 ? shown : own),
        parts: extraParts(own),
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

/** All operations of a service, or of all services: less likely a cause than what is slower beyond that. */
function everywhere(
  times: Times,
  all: TimeItem[],
  items: TimeItem[],
  { services, changed, operations }: Common,
  limit: number,
): WhyFinding {
  const shared = all.map((item, i) => ({ ...item, extra: item.extra - items[i]!.extra }))
  const extra = shared.reduce((sum, item) => sum + item.extra, 0)
  const usual = times.total[0] / Math.max(1, times.traces[0])
  const own = shared.filter(({ peer }) => !peer)
  const one = services.length === 1
  return {
    ...timeFinding(own),
    // TimeItems that are slower beyond it have parts of their own.
    parts: new Map(shared.map(({ key, extra }) => [`shared ${key}`, extra])),
    kind: one ? 'slower throughout' : 'slower everywhere',
    service: one ? services[0]! : '',
    name: '',
    detail: `${changed} of ${operations} operations`,
    isCommon: true,
    score: Math.max(0, extra) / (Math.max(0, extra) + usual),
    certain: own.some((item) => isCertain(item, limit)),
  }
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
function edges(times: Times, items: TimeItem[], end: 0 | 1, limit: number): WhyFinding[] {
  const byEnd = new Map<string, TimeItem[]>()
  for (const item of items.filter(({ peer }) => peer)) {
    const service = end === 1 ? item.peer!.service : item.service
    byEnd.set(service, [...(byEnd.get(service) ?? []), item])
  }
  const usual = times.total[0] / Math.max(1, times.traces[0])
  return [...byEnd].flatMap(([service, own]): WhyFinding[] => {
    const much = own.filter(isRaised)
    const grew = much.length === 0
    const raised = grew ? own.filter((item) => item.grew) : much
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
    const otherEnd = (item: TimeItem) => (end === 1 ? item.service : item.peer!.service)
    return [
      {
        ...timeFinding(raised),
        kind: 'waiting between',
        service,
        name: end === 1 ? most!.peer!.name : most!.name,
        peer: otherEnd(most!),
        others: withMost(raised, otherEnd),
        detail: end === 1 ? 'called' : 'calling',
        long: longOf(most!),
        caller: { service: most!.service, name: most!.name },
        withOwn: raised.some(({ withOwn }) => withOwn),
        score: grew ? Math.max(score, LEAST_GROWN) : score,
        grew,
        certain:
          raised.some((item) => isCertain(item, limit)) ||
          isCertain({ ratio: ratios / own.length, z: jointZ(own) }, limit),
      },
    ]
  })
}

/** ns that nineteen of twenty spans took at most before. */
function longOf({ times: [before] }: TimeItem): number {
  return before.toSorted((a, b) => a - b)[Math.ceil(0.95 * before.length) - 1] ?? 0
}

/** Names by their extra time, without those that have less than a tenth of the most. */
function withMost(items: readonly TimeItem[], nameOf: (item: TimeItem) => string): string[] {
  const sums = new Map<string, number>()
  for (const item of items) sums.set(nameOf(item), (sums.get(nameOf(item)) ?? 0) + item.extra)
  const sorted = [...sums].sort(([, a], [, b]) => b - a)
  return sorted.flatMap(([name, extra]) => (extra < sorted[0]![1] / 10 ? [] : name))
}

/** z of the calls of several edges together, each relative to its own usual time. */
function jointZ(items: TimeItem[]): number {
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

function operation(times: Times, item: TimeItem, limit: number): WhyFinding {
  const usual = times.total[0] / Math.max(1, times.traces[0])
  // Longer in few spans, which chance may give, and as usual in the others.
  const isRare = item.typical < RAISED && !isCertain(item, limit)
  const score = (item.extra / (item.extra + usual)) * excess(item.ratio) * (isRare ? RARE : 1)
  const grew = !isRaised(item)
  const { service, name } = item
  const alone = grownAlone(item.strata)
  return {
    ...timeFinding([item]),
    kind: 'slower',
    long: longOf(item),
    ...(alone && { alone }),
    service,
    name,
    score: grew ? Math.max(score, LEAST_GROWN) : score,
    grew,
    certain: isCertain(item, limit),
  }
}
