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

/** A number of calls, and their time in ns. */
interface Sums {
  calls: number
  spent: number
}

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
  /** Calls whose span is in error, of all parents together. */
  failed: Both<Sums>
  /** Traces after with several such calls. */
  traces: string[]
  /** Traces after with such a call. */
  newTraces: string[]
  /** Sums of the parent span that is being added. */
  open: Sums
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
      const spent = child.isMessage ? 0 : child.whole
      one.open.calls++
      one.open.spent += spent
      if (!child.isError) continue
      one.failed[side].calls++
      one.failed[side].spent += spent
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
  failed: [
    { calls: 0, spent: 0 },
    { calls: 0, spent: 0 },
  ],
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
  const moreCalls = [...called.values()].flatMap((one): WhyFinding[] => {
    const { parent, operation, part, calls, traces } = one
    const [before, after] = calls
    if (before.length < 3 || after.length < 3) return []
    const ratio = Math.log(mean(after) / mean(before))
    if (ratio < MORE) return []
    const each = mean(one.spent[0]) / mean(before)
    const perRequest = after.length / times.traces[1]
    // What they would take as usual: calls that fail at once are as likely a cause.
    const worth = each * (mean(after) - mean(before)) * perRequest
    const { service, name } = operations[calledIn(part ?? operation)]!
    return [
      {
        kind: 'more calls',
        service: operations[parent]!.service,
        name,
        peer: service,
        detail: operations[parent]!.name,
        parts: new Map([[`calls ${parent} ${operation}`, extraTime(one) * perRequest]]),
        before: mean(before),
        after: mean(after),
        unit: 'short',
        interval: meanDifference(calls),
        count: after.length,
        spans: [before.length, after.length],
        traces,
        score: (worth / (worth + usual)) * (1 - Math.exp(-ratio)),
        certain: shiftZ(calls) > limit,
      },
    ]
  })
  return [...moreCalls, ...newlyCalled({ called, parents }, times, operations)]
}

/**
 * ns of a parent that more calls take. Those that fail and are tried again may take hardly any time, so they have a
 * price of their own.
 */
function extraTime({ calls, spent, failed }: Called): number {
  const sums = failed.map((some, side) => {
    const { length } = calls[side]!
    const bad = { calls: some.calls / length, spent: some.spent / length }
    const good = { calls: mean(calls[side]!) - bad.calls, spent: mean(spent[side]!) - bad.spent }
    return { bad, good }
  })
  const [before, after] = sums as Both<(typeof sums)[number]>
  const extra = extraOf(before.good, after.good) + extraOf(before.bad, after.bad)
  // What failing calls take beyond the usual is what a slower operation or a wait below them has.
  const usual = mean(spent[0]) / mean(calls[0])
  return Math.max(0, Math.min(extra, usual * (mean(calls[1]) - mean(calls[0]))))
}

/** At what one took before, so that slower calls are apart; of more calls at most what all take longer. */
function extraOf(before: Sums, after: Sums): number {
  const longer = after.spent - before.spent
  if (before.calls === 0) return longer
  const usual = (before.spent / before.calls) * (after.calls - before.calls)
  return usual > 0 ? Math.max(0, Math.min(usual, longer)) : usual
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
