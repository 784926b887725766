/** Findings about the time that garbage collection takes from a service. */
import { type Both, mean, type WhyFinding } from '../finding.ts'
import { claimLimit, meanDifference, shiftZ } from '../tests.ts'

/** The highest value of a counter of one process in a part of a window, and when that part ended, in ns. */
export interface CounterPart {
  service: string
  process: string
  key: string
  /** Nanoseconds in a unit of its time; 0 where it counts collections. */
  unit: number
  /** Which time of a span puts it into a part. */
  order: 'start' | 'end'
  at: number
  highest: number
}

/** Share of a process's time that collections must take more of, and by how many times. */
const WORTH = 0.05
const MORE = 2
/** Part of a slowdown that collections explain so that they are its cause, not one of its effects. */
const CAUSE = 0.3

/** What collections took from a service in each part of a window: shares of the time of a process. */
interface Collected {
  shares: number[]
  /** ns of a collection, on average. */
  pause: number
}

/**
 * Puts a finding about garbage collection before the first about the time of the same service, where it explains much
 * of what requests take longer, else behind it. Pauses hit requests in proportion to their duration, and each that
 * begins in one waits for half a pause.
 * @param means durations of a request in ns
 */
export function withCollections(
  findings: readonly WhyFinding[],
  windows: Both<readonly CounterPart[]>,
  means: Both<number>,
): WhyFinding[] {
  const reported = new Set<string>()
  const slow = findings.filter(isSlow)
  const services = new Set(slow.map(({ service }) => service))
  return findings.flatMap((finding) => {
    const { service } = finding
    if (!isSlow(finding) || reported.has(service)) return [finding]
    reported.add(service)
    const [before, after] = windows.map((parts) => collectedOf(parts, service)) as Both<Collected>
    const shares: Both<number[]> = [before.shares, after.shares]
    const [usual, now] = shares.map(mean) as Both<number>
    if (now - usual < WORTH || now < MORE * usual) return [finding]
    if (shiftZ(shares) <= claimLimit(services.size)) return [finding]
    const longer = (now - usual) * (means[1] + after.pause / 2)
    const isCause = longer >= CAUSE * (means[1] - means[0])
    const one: WhyFinding = {
      kind: 'garbage collection',
      service,
      name: '',
      before: usual,
      after: now,
      unit: 'percentunit',
      interval: meanDifference(shares),
      count: after.shares.length,
      spans: [before.shares.length, after.shares.length],
      traces: [],
      score: finding.score * (isCause ? 1.01 : 0.98),
      certain: true,
    }
    return isCause ? [one, finding] : [finding, one]
  })
}

/** Whether a service takes longer. One that is stopped waits longer for others, and is waited for. */
export const isSlow = ({ kind, certain }: WhyFinding) =>
  certain && ['slower', 'slower throughout', 'waiting between'].includes(kind)

/** Growth of the counters from part to part, of processes together. */
function collectedOf(parts: readonly CounterPart[], service: string): Collected {
  const own = parts.filter((part) => part.service === service)
  const processes = groupedBy(own, ({ process }) => process)
  const shares: number[] = []
  let [time, count] = [0, 0]
  for (const parts of processes.values()) {
    // By the time at which a part ended: what all counters of the process took in it.
    const took = new Map<number, { since: number; time: number }>()
    for (const values of inOwnOrder(parts).values()) {
      let reached = values[0]?.highest ?? 0
      for (const [i, { at, highest, unit }] of values.entries()) {
        const last = values[i - 1]
        if (!last || at <= last.at) continue
        // A little less than before is the order of spans. Half of it is a process that began anew.
        const isAnew = highest < reached / 2
        const growth = isAnew ? highest : Math.max(0, highest - reached)
        reached = isAnew ? highest : Math.max(reached, highest)
        if (unit === 0) count += growth
        else {
          const one = took.get(at) ?? { since: last.at, time: 0 }
          took.set(at, one)
          one.time += growth * unit
          time += growth * unit
        }
      }
    }
    for (const [at, { since, time }] of took) shares.push(Math.min(1, time / (at - since)))
  }
  return { shares, pause: count > 0 ? time / count : 0 }
}

/**
 * Counters by key. Spans say them as of their start or of their end: in the other order they fall without a new start.
 */
function inOwnOrder(parts: readonly CounterPart[]): Map<string, CounterPart[]> {
  const by = (order: CounterPart['order']) =>
    groupedBy(
      parts.filter((part) => part.order === order),
      ({ key }) => key,
    )
  const [byStart, byEnd] = [by('start'), by('end')]
  return falls(byStart) <= falls(byEnd) ? byStart : byEnd
}

function falls(counters: Map<string, CounterPart[]>): number {
  const all = [...counters.values()]
  const isFall = ({ highest }: CounterPart, last?: CounterPart) => !!last && highest < last.highest
  return all.flatMap((values) => values.filter((part, i) => isFall(part, values[i - 1]))).length
}

function groupedBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const own = groups.get(keyOf(one))
    if (own) own.push(one)
    else groups.set(keyOf(one), [one])
  }
  return groups
}
