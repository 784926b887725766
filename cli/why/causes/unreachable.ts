/** Calls that fail before they reach the service that they usually reach. */
import type { Both, WhyFinding } from '../finding.ts'
import { claimLimit, proportionZ, shareDifference } from '../tests.ts'
import type { LogLine, Node, Operation } from '../tree.ts'

/** A service is usually called if an operation does so many times more than in a span. */
const USUAL = 0.5
/** The part of the failing spans of an operation that must be due to a service, so that it says nothing more. */
const DUE = 0.8
/** Calls between two services that tell whether the one reaches the other. */
const FEWEST = 5

const ERRORS: ReadonlySet<string> = new Set(['errors begin here', 'new error'])

/** Calls of one service by another. */
interface Connection {
  caller: string
  callee: string
  reached: Both<number>
  failed: Both<number>
  /** By client spans, which do nothing but call. */
  hasCalls: boolean
  /** Failing spans after, by operation and by error line. */
  origins: Map<number, number>
  lines: Map<number, number>
  traces: string[]
}

/**
 * Calls of a service by an operation before: their number, and how many of them were in each place among its children.
 */
interface Usual {
  calls: number
  places: Map<number, number>
}

export interface Connections {
  /** By operation. */
  usual: Map<number, { spans: number; called: Map<string, Usual> }>
  all: Map<string, Connection>
  /** Of spans with calls that failed, each of which asks. */
  reached: WeakMap<Node, Reached>
}

/** Numbers of calls by service that the children of a span reach, and the places of these children. */
interface Reached {
  calls: Map<string, number>
  places: Map<Node, number>
}

export const emptyConnections = (): Connections => ({
  ...{ usual: new Map(), all: new Map(), reached: new WeakMap() },
})

function connectionOf({ all }: Connections, caller: string, callee: string): Connection {
  const key = `${caller}\0${callee}`
  const known = all.get(key)
  if (known) return known
  const one: Connection = {
    ...{ caller, callee, reached: [0, 0], failed: [0, 0], hasCalls: false },
    ...{ origins: new Map(), lines: new Map(), traces: [] },
  }
  all.set(key, one)
  return one
}

/** The other service that a child of a span is in or calls. */
function calledBy({ service }: Node, child: Node): string | undefined {
  const called = child.service === service && child.isCall ? child.children[0] : child
  return called && called.service !== service && !called.isMessage ? called.service : undefined
}

/** A client span that another span of its service has. */
const isCall = ({ isCall, parent, service }: Node) => isCall && parent?.service === service

/** Adds one trace: the services that its calls reach. */
export function addReached(connections: Connections, nodes: readonly Node[], side: 0 | 1): void {
  const { usual } = connections
  for (const node of nodes) {
    const { operation, service, children } = node
    if (side === 1 && children.length === 0) continue
    const own = usual.get(operation) ?? { spans: 0, called: new Map<string, Usual>() }
    if (side === 0 && own.spans++ === 0) usual.set(operation, own)
    for (let at = 0; at < children.length; at++) {
      const callee = calledBy(node, children[at]!)
      if (callee === undefined) continue
      // Of a client span, its caller tells.
      if (!isCall(node)) {
        const one = connectionOf(connections, service, callee)
        one.reached[side]++
        one.hasCalls ||= isCall(children[at]!)
      }
      if (side === 1) continue
      const called = own.called.get(callee) ?? { calls: 0, places: new Map() }
      own.called.set(callee, called)
      called.calls++
      called.places.set(at, (called.places.get(at) ?? 0) + 1)
    }
  }
}

function reachedBy({ reached }: Connections, node: Node): Reached {
  const known = reached.get(node)
  if (known) return known
  const one: Reached = { calls: new Map(), places: new Map() }
  for (const [at, child] of node.children.entries()) {
    one.places.set(child, at)
    const callee = calledBy(node, child)
    if (callee !== undefined) one.calls.set(callee, (one.calls.get(callee) ?? 0) + 1)
  }
  reached.set(node, one)
  return one
}

/**
 * The service that a span usually calls and has not reached; of several, that which is most often called in the place
 * of a child, or after all of them.
 */
function missedBy(connections: Connections, node: Node, child?: Node): string | undefined {
  const own = connections.usual.get(node.operation)
  if (!own) return undefined
  const reached = reachedBy(connections, node)
  const place = child ? reached.places.get(child)! : node.children.length
  const [first] = [...own.called]
    .filter(([callee, { calls }]) => {
      return calls / own.spans >= (reached.calls.get(callee) ?? 0) + USUAL
    })
    .sort(([, a], [, b]) => (b.places.get(place) ?? 0) - (a.places.get(place) ?? 0))
  return first?.[0]
}

/** Whether spans of an operation usually have one of another service. */
function reachesOthers({ usual }: Connections, { operation }: Node): boolean {
  const own = usual.get(operation)
  if (!own) return false
  const calls = [...own.called.values()].reduce((sum, one) => sum + one.calls, 0)
  return calls >= USUAL * own.spans
}

/** Adds a span in which an error begins, after all traces: it has failed to reach what is usual. */
export function addFailed(
  connections: Connections,
  node: Node,
  { trace, side }: { trace: string; side: 0 | 1 },
): void {
  const { service, operation, parent } = node
  const call = isCall(node)
  // A statement fails itself: its client span never has a span of another service.
  if (call && (node.children.length > 0 || !reachesOthers(connections, node))) return
  const callee = call ? missedBy(connections, parent!, node) : missedBy(connections, node)
  if (callee === undefined) return
  const one = connectionOf(connections, service, callee)
  // Where client spans call, another span fails by itself.
  if (one.hasCalls !== call) return
  one.failed[side]++
  if (side === 0) return
  one.origins.set(operation, (one.origins.get(operation) ?? 0) + 1)
  for (const line of node.lines) one.lines.set(line, (one.lines.get(line) ?? 0) + 1)
  if (one.traces.length < 3 && !one.traces.includes(trace)) one.traces.push(trace)
}

/**
 * The findings, with services that calls no longer reach in the place of the errors of these calls.
 *
 * Several callers that do not reach a service are one cause, the service. One that does not reach several is at fault
 * itself, and where one does not reach one, a client span tells that the call has failed, not its caller.
 */
export function withUnreachable(
  findings: readonly WhyFinding[],
  { all }: Connections,
  { operations, lines }: { operations: readonly Operation[]; lines: readonly LogLine[] },
): WhyFinding[] {
  const totalOf = ({ reached, failed }: Connection, side: 0 | 1) => reached[side] + failed[side]
  const intervals = new Map(
    [...all.values()]
      .filter(({ reached }) => reached[0] >= FEWEST)
      .map((one) => [one, shareDifference(one.failed, [totalOf(one, 0), totalOf(one, 1)])]),
  )
  const isFailing = (one: Connection) => intervals.get(one)![0] > 0
  /** Connections of one end: that fail, and their part of those that could show it. */
  const coverOf = (end: 'caller' | 'callee', service: string) => {
    const own = [...intervals.keys()].filter((one) => one[end] === service)
    const failing = own.filter(isFailing)
    const least = Math.min(...failing.map((one) => one.failed[1] / totalOf(one, 1)))
    const fine = own.filter((one) => !isFailing(one) && intervals.get(one)![1] < least)
    return { failing, part: failing.length / (failing.length + fine.length) }
  }
  const limit = claimLimit(intervals.size)
  let rest = [...findings]
  const callees = [...intervals.keys()].filter(isFailing).map(({ callee }) => callee)
  for (const callee of new Set(callees)) {
    const own = coverOf('callee', callee)
    const blamed = own.failing.filter(({ caller }) => {
      const others = coverOf('caller', caller)
      return (
        own.part > others.part ||
        (own.part === others.part && own.failing.length >= others.failing.length)
      )
    })
    if (blamed.length === 0 || (blamed.length === 1 && !blamed[0]!.hasCalls)) continue
    const sum = (of: (one: Connection) => number) =>
      blamed.reduce((total, one) => total + of(one), 0)
    const counts: Both<number> = [sum(({ failed }) => failed[0]), sum(({ failed }) => failed[1])]
    const totals: Both<number> = [sum((one) => totalOf(one, 0)), sum((one) => totalOf(one, 1))]
    const isDue = ({ kind, service, name, count }: WhyFinding) =>
      ERRORS.has(kind) &&
      blamed.some(
        ({ caller, origins }) =>
          caller === service &&
          [...origins].some(([at, n]) => operations[at]!.name === name && n >= DUE * count),
      )
    const due = rest.filter(isDue)
    if (due.length === 0) continue
    const interval = shareDifference(counts, totals)
    const [before, after] = counts.map((count, i) => count / totals[i]!) as Both<number>
    const said = new Map<number, number>()
    for (const one of blamed)
      for (const [line, n] of one.lines) said.set(line, (said.get(line) ?? 0) + n)
    const [most] = [...said].sort((a, b) => b[1] - a[1])
    const score = Math.sqrt(interval[0] * (after - before))
    const callers = blamed.toSorted((a, b) => b.failed[1] - a.failed[1]).map(({ caller }) => caller)
    rest = rest.filter((one) => !due.includes(one))
    rest.push({
      kind: 'unreachable',
      service: callee,
      name: '',
      ...(callers.length === 1 && { peer: callers[0]! }),
      others: callers,
      origins: new Set(blamed.flatMap(({ origins }) => [...origins.keys()])),
      ...(most && { detail: lines[most[0]]?.text ?? '' }),
      ...{ before, after, unit: 'percentunit', interval, count: counts[1], spans: totals },
      traces: blamed.flatMap(({ traces }) => traces).slice(0, 3),
      score: Math.max(score, ...due.map((one) => one.score)),
      certain: proportionZ(counts, totals) > limit,
    })
  }
  return rest
}
