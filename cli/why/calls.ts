/** Findings about how often one operation calls another. */
import { type Both, countsOf, mean, type WhyFinding } from './finding.ts'
import {
  claimLimitOf,
  leastOfOrder,
  leastOfShares,
  meanDifference,
  proportionZ,
  shareDifference,
  shiftZ,
} from './tests.ts'
import type { Times } from './time/times.ts'
import { MOST_OPERATIONS, type Node, type Operation } from './tree.ts'

/**
 * A child's operation, with what it calls if it does nothing else, as one number: all calls of a client may have one
 * name.
 */
export function partOf({ operation, callee, children, isCall }: Node): number {
  return callee && (isCall || children.length === 1)
    ? (callee.operation + 1) * MOST_OPERATIONS + operation
    : operation
}

/** The operation that a part calls, else its own. */
export const calledIn = (part: number): number =>
  part < MOST_OPERATIONS ? part : Math.floor(part / MOST_OPERATIONS) - 1

/** The operation of the child alone. */
export const callIn = (part: number): number =>
  part < MOST_OPERATIONS ? part : part % MOST_OPERATIONS

/** Calls of one operation under one parent operation, for each span of the parent. */
export interface Called {
  parent: number
  operation: number
  /** What they call, as far as all call the same: see `partOf`. */
  part: number | undefined
  /** Number of calls of parents that made any. */
  calls: Both<number[]>
  /** ns of all calls together, a value for each such parent. */
  spent: Both<number[]>
  /** Traces after with several such calls. */
  traces: string[]
  /** Traces after with such a call. */
  newTraces: string[]
  /** Sums of the parent span that is being added. */
  open: { calls: number; spent: number }
}

export interface Calls {
  parents: Map<number, Both<number>>
  called: Map<string, Called>
  /** The same, by parent and operation as one number. */
  keys: Map<number, Called>
}

export const emptyCalls = (): Calls => ({
  parents: new Map(),
  called: new Map(),
  keys: new Map(),
})

/** More calls count from this ratio of calls on. */
const MORE = Math.log(1.5)

/** Adds one trace. Time is that of the critical path with everything below. */
export function addCalls(
  { parents, called, keys }: Calls,
  nodes: Node[],
  { trace, side }: { trace: string; side: 0 | 1 },
): void {
  const touched: Called[] = []
  for (const node of nodes) {
    countsOf(parents, node.operation)[side]++
    if (node.children.length === 0) continue
    for (const child of node.children) {
      const key = node.operation * MOST_OPERATIONS + child.operation
      let one = keys.get(key)
      if (!one) {
        one = newCalled(node.operation, child.operation)
        keys.set(key, one)
        called.set(`${node.operation} ${child.operation}`, one)
      }
      if (one.open.calls === 0) touched.push(one)
      if (child.callee && one.part !== child.operation) {
        const part = partOf(child)
        one.part = part === (one.part ?? part) ? part : child.operation
      }
      one.open.calls++
      one.open.spent += child.isMessage ? 0 : child.whole
    }
    for (const one of touched) {
      const { calls, spent } = one.open
      one.open = { calls: 0, spent: 0 }
      one.calls[side].push(calls)
      one.spent[side].push(spent)
      if (side === 1 && one.newTraces.length < 3 && !one.newTraces.includes(trace))
        one.newTraces.push(trace)
      if (side === 1 && calls > 1 && one.traces.length < 3 && !one.traces.includes(trace))
        one.traces.push(trace)
    }
    touched.length = 0
  }
}

const newCalled = (parent: number, operation: number): Called => ({
  parent,
  operation,
  part: undefined,
  calls: [[], []],
  spent: [[], []],
  traces: [],
  newTraces: [],
  open: { calls: 0, spent: 0 },
})

export function callFindings(
  { called, parents }: Calls,
  times: Times,
  operations: readonly Operation[],
): WhyFinding[] {
  const limit = claimLimitOf([...called.values()].map(({ calls }) => leastOfOrder(calls)))
  const usual = times.total[0] / Math.max(1, times.traces[0])
  const moreCalls = [...called.values()].flatMap(
    ({ parent, operation, part, calls, spent, traces }): WhyFinding[] => {
      const [before, after] = calls
      if (before.length < 3 || after.length < 3) return []
      const ratio = Math.log(mean(after) / mean(before))
      if (ratio < MORE) return []
      const each = mean(spent[0]) / mean(before)
      const extra = (each * (mean(after) - mean(before)) * after.length) / times.traces[1]
      const { service, name } = operations[calledIn(part ?? operation)]!
      return [
        {
          kind: 'more calls',
          service: operations[parent]!.service,
          name,
          peer: service,
          detail: operations[parent]!.name,
          parts: new Map([[`calls ${parent} ${operation}`, extra]]),
          before: mean(before),
          after: mean(after),
          unit: 'short',
          interval: meanDifference(calls),
          count: after.length,
          spans: [before.length, after.length],
          traces,
          score: (extra / (extra + usual)) * (1 - Math.exp(-ratio)),
          certain: shiftZ(calls) > limit,
        },
      ]
    },
  )
  return [...moreCalls, ...newlyCalled({ called, parents }, times, operations)]
}

/** Calls are new if fewer than so many of the spans before had them. */
const RARE = 0.1

/** Operations that few spans called before: the mirror of calls that are gone. */
function newlyCalled(
  { called, parents }: Omit<Calls, 'keys'>,
  times: Times,
  operations: readonly Operation[],
): WhyFinding[] {
  const totalsOf = ({ parent }: Called) => parents.get(parent)!
  const limit = claimLimitOf(
    [...called.values()].map((one) =>
      leastOfShares(one.calls.map(({ length }) => length) as Both<number>, totalsOf(one)),
    ),
  )
  const usual = times.total[0] / Math.max(1, times.traces[0])
  return [...called.values()].flatMap(
    ({ parent, operation, part, calls, spent, traces, newTraces }): WhyFinding[] => {
      const callee = operations[calledIn(part ?? operation)]!
      const counts = calls.map(({ length }) => length) as Both<number>
      const totals = parents.get(parent)!
      const [before, after] = counts.map((n, i) => n / Math.max(1, totals[i]!)) as Both<number>
      // A parent that is new itself has called nothing before.
      if (totals[0] < 3 || before > RARE || after < 2 * before) return []
      if (proportionZ(counts, totals) <= limit) return []
      const extra = mean(spent[1]) * (after - before) * (totals[1] / Math.max(1, times.traces[1]))
      const { service, name } = operations[parent]!
      return [
        {
          kind: 'newly called',
          service,
          name,
          peer: callee.service,
          detail: callee.name,
          parts: new Map([[`new ${parent} ${operation}`, extra]]),
          before,
          after,
          unit: 'percentunit',
          interval: shareDifference(counts, totals),
          count: counts[1],
          spans: totals,
          traces: newTraces.length > 0 ? newTraces : traces,
          score: (extra / (extra + usual)) * (after - before),
          certain: true,
        },
      ]
    },
  )
}
