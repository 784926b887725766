/** The critical path over many traces: self times that add up to the mean duration. */
import type { Both } from '../finding.ts'
import { buildTree, type Operation, type TraceRow } from '../tree.ts'
import { addDrags } from './drag.ts'

/** One operation, in ns per request. Pairs are typical and slow requests. */
export interface PathPart extends Operation {
  /** Self time on the critical path, of all requests. */
  self: number
  times: Both<number>
  /** Spans a request. */
  calls: Both<number>
  /** The difference of the times is the sum of these two. */
  moreCalls: number
  slowerCalls: number
  /** ns by which a slow request would shorten at most without it. Without slow requests, the mean of all. */
  drag: number
  /** The slow trace in which it takes longest. */
  trace: string | undefined
}

export interface FleetPath {
  /** Longest difference first; longest self time first where one of the sides is empty. */
  parts: PathPart[]
  requests: Both<number>
  /** Mean durations in ns: the sums of `times`. */
  durations: Both<number>
}

interface Sums extends Operation {
  times: Both<number>
  spans: Both<number>
  drags: Both<number>
  longest: number
  trace: string | undefined
}

/** Adds up the critical paths of traces; `after` are the slow ones. O(n log n) in the spans. */
export function criticalPaths(
  rows: Iterable<TraceRow>,
  operations: readonly Operation[],
): FleetPath {
  const sums = new Map<number, Sums>()
  const requests: Both<number> = [0, 0]
  const totals: Both<number> = [0, 0]
  for (const row of rows) {
    const side = row.after ? 1 : 0
    requests[side]++
    const own = new Map<number, number>()
    const nodes = buildTree(row, operations)
    for (const node of nodes) {
      if (!node.parent) totals[side] += node.duration
      const one = sums.get(node.operation) ?? newSums(operations[node.operation]!)
      sums.set(node.operation, one)
      const path = node.isLate ? 0 : node.path
      one.times[side] += path
      one.spans[side]++
      own.set(node.operation, (own.get(node.operation) ?? 0) + path)
    }
    addDrags(nodes, ({ operation }, drag) => {
      sums.get(operation)!.drags[side] += drag
    })
    if (side === 0) continue
    for (const [operation, time] of own) {
      const one = sums.get(operation)!
      if (time <= one.longest) continue
      one.longest = time
      one.trace = row.id
    }
  }
  const each = (values: Both<number>) =>
    values.map((value, side) => value / Math.max(1, requests[side]!)) as Both<number>
  const all = Math.max(1, requests[0] + requests[1])
  const isCompared = requests[0] > 0 && requests[1] > 0
  const weight = ({ times, self }: PathPart) => (isCompared ? times[1] - times[0] : self)
  const parts = [...sums.values()]
    .map((one): PathPart => {
      const { service, name, times, spans, drags, trace } = one
      const calls = each(spans)
      const own = each(times)
      const call = times.map((time, side) => (spans[side] === 0 ? undefined : time / spans[side]!))
      // Without calls on one side all of the difference is more calls, or fewer.
      const [before, after] = [call[0] ?? call[1] ?? 0, call[1] ?? call[0] ?? 0]
      return {
        ...{ service, name, trace, calls },
        drag: each(drags)[requests[1] > 0 ? 1 : 0],
        self: (times[0] + times[1]) / all,
        times: own,
        moreCalls: ((calls[1] - calls[0]) * (before + after)) / 2,
        slowerCalls: ((after - before) * (calls[0] + calls[1])) / 2,
      }
    })
    .sort((a, b) => weight(b) - weight(a) || (a.name < b.name ? -1 : 1))
  return { parts, requests, durations: each(totals) }
}

const newSums = ({ service, name }: Operation): Sums => ({
  ...{ service, name },
  times: [0, 0],
  spans: [0, 0],
  drags: [0, 0],
  longest: 0,
  trace: undefined,
})

/** The first parts, and the others as one, so that the times still add up. */
export function withOthers(parts: readonly PathPart[], most: number): PathPart[] {
  if (parts.length <= most + 1) return [...parts]
  const sum = (value: (part: PathPart) => number) =>
    parts.slice(most).reduce((total, part) => total + value(part), 0)
  const both = (key: 'times' | 'calls') =>
    [sum((part) => part[key][0]), sum((part) => part[key][1])] as Both<number>
  return [
    ...parts.slice(0, most),
    {
      service: '',
      name: `(${parts.length - most} others)`,
      self: sum(({ self }) => self),
      times: both('times'),
      calls: both('calls'),
      moreCalls: sum(({ moreCalls }) => moreCalls),
      slowerCalls: sum(({ slowerCalls }) => slowerCalls),
      // Drags of several operations overlap, so they have no sum.
      drag: Number.NaN,
      trace: undefined,
    },
  ]
}
