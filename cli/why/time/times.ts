/** Self times of operations, and times between callers and callees, in two windows. */
import type { Both } from '../finding.ts'
import { busyTime } from '../traces/siblings.ts'
import { addStratum, type Of, type Strata } from '../traces/strata.ts'
import type { Node, Operation } from '../tree.ts'

/** ns on the critical path that an operation spends itself, or that a caller waits beyond the callee. */
export interface Timed {
  service: string
  name: string
  peer?: { service: string; name: string }
  times: Both<number[]>
  /** Mean times of each trace: spans of one trace depend on each other, traces do not. */
  means: Both<number[]>
  /** The same by type of request. */
  strata: Strata
  /** Ids of the traces with the longest times after. */
  longest: { time: number; trace: string }[]
  /** Of messages, which the duration of a request does not have. */
  isLate: boolean
  /** Of a call: not all of its spans are client spans, so the caller's own work is in it. */
  withOwn: boolean
  /** ns without any of its calls, together: unlike `times`, whatever runs beside it. */
  alone: Both<number>
  /** Sums of the trace that is being added. */
  open: { sum: number; count: number }
}

export interface Times {
  traces: Both<number>
  /** Durations of all traces together, in ns. */
  total: Both<number>
  timed: Map<string, Timed>
  /** The same by service and by operation; calls to operation n of another service have -1 - n. */
  byOperation: Map<number, Map<string, Timed>>
  /** By operation that takes messages: ns from the end of their senders' spans, or 0. */
  queued: Map<number, Queued>
  /** By service: the traces that it is part of, and their durations together. */
  services: Map<string, { traces: Both<number>; total: Both<number> }>
}

export interface Queued {
  sender: string
  times: Both<number[]>
  /** Durations of the spans that take them, together, in ns. */
  worked: number
  /** When each began to wait, in ns. */
  starts: Both<number[]>
  longest: Timed['longest']
}

const MOST_EXAMPLES = 3

export const emptyTimes = (): Times => ({
  traces: [0, 0],
  total: [0, 0],
  timed: new Map(),
  byOperation: new Map(),
  queued: new Map(),
  services: new Map(),
})

/** Adds one trace. */
export function addTimes(
  times: Times,
  nodes: Node[],
  of: Of & { trace: string },
  operations: readonly Operation[],
): void {
  const { traces, total, services } = times
  const { trace, side } = of
  let duration = 0
  const seen = new Set<string>()
  const touched: Timed[] = []
  for (const node of nodes) {
    if (!node.parent) duration += node.duration
    seen.add(node.service)
    const one = timedOf(times, node, operations)
    if (node.callee && !node.isCall) one.withOwn = true
    one.times[side].push(node.path)
    one.alone[side] += node.duration - busyTime(node)
    if (one.open.count === 0) touched.push(one)
    one.open.sum += node.path
    one.open.count++
    if (side === 1) keepLongest(one.longest, node.path, trace)
    if (node.isMessage) addQueued(times.queued, node, { trace, side })
  }
  for (const one of touched) {
    const { sum, count } = one.open
    const own = one.times[side]
    // One list, as long as no trace has several such spans.
    if (one.means[side] === own && count > 1) one.means[side] = own.slice(0, own.length - count)
    if (one.means[side] !== own) one.means[side].push(sum / count)
    addStratum(one.strata, sum / count, of)
    one.open = { sum: 0, count: 0 }
  }
  traces[side]++
  total[side] += duration
  for (const service of seen) {
    const one = services.get(service) ?? { traces: [0, 0], total: [0, 0] }
    services.set(service, one)
    one.traces[side]++
    one.total[side] += duration
  }
}

/** What a span's time belongs to: its operation, or the call from its service to that of `callee`. */
function timedOf({ timed, byOperation }: Times, node: Node, operations: readonly Operation[]) {
  const { callee, service } = node
  let own = byOperation.get(callee ? -1 - callee.operation : node.operation)
  if (!own) {
    own = new Map()
    byOperation.set(callee ? -1 - callee.operation : node.operation, own)
  }
  const known = own.get(service)
  if (known) return known
  const { name } = operations[node.operation]!
  const peer = callee && { service: callee.service, name: operations[callee.operation]!.name }
  const times: Both<number[]> = [[], []]
  const one: Timed = {
    ...{ service, name, peer },
    ...{
      times,
      means: [...times],
      strata: new Map(),
      longest: [],
      isLate: node.isLate,
      withOwn: false,
      alone: [0, 0],
    },
    open: { sum: 0, count: 0 },
  }
  own.set(service, one)
  timed.set(callee ? `${service}>${callee.operation}` : String(node.operation), one)
  return one
}

function addQueued(
  queued: Times['queued'],
  { operation, parent, start, duration }: Node,
  { trace, side }: { trace: string; side: 0 | 1 },
): void {
  const sender = parent!
  const one: Queued = queued.get(operation) ?? {
    ...{ sender: sender.service, times: [[], []], starts: [[], []], worked: 0, longest: [] },
  }
  queued.set(operation, one)
  const time = Math.max(0, start - sender.start - sender.duration)
  one.times[side].push(time)
  one.starts[side].push(sender.start)
  one.worked += duration
  if (side === 1) keepLongest(one.longest, time, trace)
}

function keepLongest(longest: Timed['longest'], time: number, trace: string): void {
  const least = longest[MOST_EXAMPLES - 1]
  if (least && time <= least.time) return
  if (longest.some((one) => one.trace === trace)) return
  longest.push({ time, trace })
  longest.sort((a, b) => b.time - a.time)
  longest.length = Math.min(longest.length, MOST_EXAMPLES)
}
