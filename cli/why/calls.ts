/** How often one operation calls another. */
import { type Both, countsOf } from './finding.ts'
import { addStratum, type Of, type Strata } from './traces/strata.ts'
import { MOST_OPERATIONS, type Node } from './tree.ts'

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
export interface Sums {
  calls: number
  spent: number
}

/** Calls of one operation under one parent operation, for each span of the parent. */
export interface Called {
  parent: number
  operation: number
  /** Calls after through client spans, by operation of these, if they are called through any. */
  by: Map<number, number>
  /** What they call, as far as all call the same: see `partOf`. */
  part: number | undefined
  /** Number of calls of parents that made any. */
  calls: Both<number[]>
  /** The same by type of request. */
  strata: Strata
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

/** Adds one trace. Time is that of the critical path with everything below. */
export function addCalls(
  { parents, called, keys }: Calls,
  nodes: Node[],
  of: Of & { trace: string },
): void {
  const { trace, side } = of
  const touched: Called[] = []
  const find = (parent: number, operation: number) => {
    const key = parent * MOST_OPERATIONS + operation
    const known = keys.get(key)
    if (known) return known
    const one = newCalled(parent, operation)
    keys.set(key, one)
    called.set(`${parent} ${operation}`, one)
    return one
  }
  const open = (one: Called, spent: number) => {
    if (one.open.calls === 0) touched.push(one)
    one.open.calls++
    one.open.spent += spent
  }
  for (const node of nodes) {
    countsOf(parents, node.operation)[side]++
    if (node.children.length === 0 || (isThrough(node) && node.parent)) continue
    for (const child of node.children) {
      const one = find(node.operation, child.operation)
      if (child.callee && one.part !== child.operation) {
        const part = partOf(child)
        one.part = part === (one.part ?? part) ? part : child.operation
      }
      const spent = child.isMessage ? 0 : child.whole
      open(one, spent)
      if (isThrough(child)) {
        const below = find(node.operation, child.callee!.operation)
        below.by.set(child.operation, (below.by.get(child.operation) ?? 0) + side)
        open(below, spent)
      }
      if (!child.isError) continue
      one.failed[side].calls++
      one.failed[side].spent += spent
    }
    for (const one of touched) {
      const { calls, spent } = one.open
      one.open = { calls: 0, spent: 0 }
      one.calls[side].push(calls)
      addStratum(one.strata, calls, of)
      one.spent[side].push(spent)
      if (side === 1 && one.newTraces.length < 3 && !one.newTraces.includes(trace))
        one.newTraces.push(trace)
      if (side === 1 && calls > 1 && one.traces.length < 3 && !one.traces.includes(trace))
        one.traces.push(trace)
    }
    touched.length = 0
  }
}

/** A client span that is nothing but the call of an operation of another service. */
const isThrough = ({ isCall, callee, children }: Node) =>
  isCall && callee !== undefined && children.length === 1

const newCalled = (parent: number, operation: number): Called => ({
  parent,
  operation,
  by: new Map(),
  part: undefined,
  calls: [[], []],
  strata: new Map(),
  spent: [[], []],
  failed: [
    { calls: 0, spent: 0 },
    { calls: 0, spent: 0 },
  ],
  traces: [],
  newTraces: [],
  open: { calls: 0, spent: 0 },
})
