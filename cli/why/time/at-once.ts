/** Findings about calls that ran at once and now run one after another. */
import { calledIn, partOf } from '../calls.ts'
import { type Both, mean, type WhyFinding } from '../finding.ts'
import { claimLimitOf, leastOfOrder, meanDifference, shiftZ } from '../tests.ts'
import { busyTime, callsOf, pairsAtOnce } from '../traces/siblings.ts'
import type { Node, Operation } from '../tree.ts'
import type { Times } from './times.ts'

/** Spans of an operation with several calls. */
interface Caller {
  /** Shares of `pairsAtOnce`. */
  shares: Both<number[]>
  /** Pairs that ran at once, together: more calls make the share less, and these not. */
  pairs: Both<number>
  /** ns in which calls ran, a value for each span. */
  busy: Both<number[]>
  /** ns of all calls together. */
  spent: Both<number>
  /** ns of the spans after, and of these the part on the critical path. */
  whole: number
  duration: number
  /** What is called most, of the span after with most calls. */
  part: number | undefined
  calls: number
  longest: { time: number; trace: string }[]
}

export type Callers = Map<number, Caller>

const MOST_EXAMPLES = 3
/** Some calls ran at once from this share on, and fewer do up to this part of it. */
const AT_ONCE = 0.05
const LESS = 0.5
/** Calls take longer together from this ratio on; fewer calls do not. */
const LONGER = 1.1

/** Adds one trace. */
export function addCallers(
  callers: Callers,
  nodes: readonly Node[],
  { trace, side }: { trace: string; side: 0 | 1 },
): void {
  for (const node of nodes) {
    if (node.children.length < 2) continue
    const calls = callsOf(node)
    const { running, all } = pairsAtOnce(calls)
    if (all === 0) continue
    const one = callers.get(node.operation) ?? newCaller()
    callers.set(node.operation, one)
    const busy = busyTime(node)
    one.shares[side].push(running / all)
    one.pairs[side] += running
    one.busy[side].push(busy)
    for (const { duration } of calls) one.spent[side] += duration
    if (side === 0) continue
    one.whole += node.whole
    one.duration += node.duration
    if (calls.length > one.calls) {
      one.calls = calls.length
      one.part = mostCalled(calls)
    }
    const least = one.longest[MOST_EXAMPLES - 1]
    if (least && busy <= least.time) continue
    one.longest.push({ time: busy, trace })
    one.longest.sort((a, b) => b.time - a.time)
    one.longest.length = Math.min(one.longest.length, MOST_EXAMPLES)
  }
}

const newCaller = (): Caller => ({
  ...{ shares: [[], []], pairs: [0, 0], busy: [[], []], spent: [0, 0] },
  ...{ whole: 0, duration: 0, part: undefined, calls: 0, longest: [] },
})

function mostCalled(calls: readonly Node[]): number {
  const counts = new Map<number, number>()
  for (const child of calls) {
    const part = partOf(child)
    counts.set(part, (counts.get(part) ?? 0) + 1)
  }
  return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most))[0]
}

export function oneByOneFindings(
  callers: Callers,
  { traces, total }: Times,
  operations: readonly Operation[],
): WhyFinding[] {
  const limit = claimLimitOf([...callers.values()].map(({ shares }) => leastOfOrder(shares)))
  const usual = total[0] / Math.max(1, traces[0])
  return [...callers].flatMap(([operation, one]): WhyFinding[] => {
    const { shares, pairs, busy, spent, part, whole, duration, longest } = one
    const [before, after] = shares.map(mean) as Both<number>
    const [ran, runs] = pairs.map((sum, side) => sum / shares[side as 0 | 1].length) as Both<number>
    if (before < AT_ONCE || after > LESS * before || runs > LESS * ran) return []
    // As usual, calls that take so long together would have taken less by their overlap.
    const [took, takes] = busy.map(mean) as Both<number>
    const expected = took * (spent[1] / busy[1].length / (spent[0] / busy[0].length))
    if (takes < LONGER * Math.max(took, expected)) return []
    const extra = ((takes - expected) * (whole / duration) * busy[1].length) / traces[1]
    if (!(extra > 0)) return []
    const callee = operations[calledIn(part!)]!
    const { service, name } = operations[operation]!
    return [
      {
        kind: 'one after another',
        ...(after >= AT_ONCE && { fewer: true }),
        ...{ service, name, peer: callee.service, detail: callee.name },
        ...{ before: took, after: takes, unit: 'ns', interval: meanDifference(busy) },
        parts: new Map([[`after another ${operation}`, extra]]),
        count: busy[1].length,
        spans: busy.map(({ length }) => length) as Both<number>,
        traces: [...new Set(longest.map(({ trace }) => trace))],
        score: (extra / (extra + usual)) * (1 - after / before),
        certain: -shiftZ(shares) > limit,
      },
    ]
  })
}
