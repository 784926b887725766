/** One trace as a tree with self times and the services between which its calls go. */
import { divide } from '../trace/model/critical-path.ts'

/** What a trace's row has, column by column. Times in ns. */
export interface TraceRow {
  id: string
  after: boolean
  ids: ArrayLike<number>
  parents: ArrayLike<number>
  operations: ArrayLike<number>
  starts: ArrayLike<number>
  durations: ArrayLike<number>
  /** FAILED, CALL for a client span, MESSAGE for one that takes a message from a queue. */
  flags: ArrayLike<number>
  /** Pairs of a span's id and a line's number. */
  lines: [span: number, line: number][]
}

/** Bits of the flags of a span. */
export const FAILED = 1
export const CALL = 2
export const MESSAGE = 4

export interface Operation {
  service: string
  name: string
}

/** Operations have numbers below this, so that two of them fit exactly into one: `a * MOST_OPERATIONS + b`. */
export const MOST_OPERATIONS = 2 ** 26

/** A log record or an event without its variable parts. */
export interface LogLine {
  text: string
  isError: boolean
}

export interface Node {
  /** Orders spans that are otherwise equal. */
  id: number
  operation: number
  service: string
  /** The service that called this one; '' for none. */
  caller: string
  parent: Node | undefined
  children: Node[]
  /** By the clock of the root, as far as it can be told. */
  start: number
  duration: number
  /** ns of the trace's critical path. Over a tree they add up to the duration of its root, without what is late. */
  path: number
  /** `path` with that of all spans below. */
  whole: number
  /** Spans below. */
  below: number
  /** The first child in another service that is not a message. */
  callee: Node | undefined
  isError: boolean
  /** A client span. */
  isCall: boolean
  /** A consumer span with its sender: nothing waits for it. */
  isMessage: boolean
  /** A message, or below one: its path is of a time of its own, not of the root's. */
  isLate: boolean
  lines: number[]
}

/** Most spans have neither; one list for all of them. */
const NO_CHILDREN: Node[] = []
const NO_LINES: number[] = []

/** The spans of a trace, parents before children. Spans of a cycle are left out. O(n log n). */
export function buildTree(row: TraceRow, operations: readonly Operation[]): Node[] {
  const { ids, parents, starts, durations, flags } = row
  const { length } = ids
  const nodes: Node[] = []
  const places = placesById(ids)
  for (let i = 0; i < length; i++) {
    const operation = row.operations[i]!
    nodes.push({
      id: ids[i]!,
      operation,
      service: operations[operation]?.service ?? '',
      caller: '',
      parent: undefined,
      children: NO_CHILDREN,
      start: starts[i]!,
      duration: durations[i]!,
      path: 0,
      whole: 0,
      below: 0,
      callee: undefined,
      isError: (flags[i]! & FAILED) !== 0,
      isCall: (flags[i]! & CALL) !== 0,
      isMessage: false,
      isLate: false,
      lines: NO_LINES,
    })
  }
  for (const [span, line] of row.lines) {
    const node = nodes[placeOf(places, ids, span)]
    if (!node) continue
    if (node.lines === NO_LINES) node.lines = [line]
    else node.lines.push(line)
  }
  const ordered: Node[] = []
  for (let i = 0; i < length; i++) {
    const node = nodes[i]!
    // A duplicate.
    if (placeOf(places, ids, node.id) !== i) continue
    const id = parents[i]!
    const parent = id === 0 ? undefined : nodes[placeOf(places, ids, id)]
    if (parent === undefined || parent === node) ordered.push(node)
    else {
      node.parent = parent
      node.isMessage = (flags[i]! & MESSAGE) !== 0
      if (parent.children === NO_CHILDREN) parent.children = [node]
      else parent.children.push(node)
    }
  }
  ordered.sort(byStart)
  const roots = ordered.length
  const skews = crossesServices(nodes) ? new Map<Node, number>() : undefined
  for (let i = 0; i < ordered.length; i++) {
    const node = ordered[i]!
    const { parent, children } = node
    if (parent) node.caller = parent.service === node.service ? parent.caller : parent.service
    node.isLate = node.isMessage || parent?.isLate === true
    if (skews) correct(node, skews)
    if (children.length > 1) children.sort(byStart)
    for (const child of children) {
      if (!node.callee && child.service !== node.service && !child.isMessage) node.callee = child
      ordered.push(child)
    }
  }
  for (let i = 0; i < ordered.length; i++)
    if (i < roots || ordered[i]!.isMessage) spend(ordered[i]!)
  for (let i = ordered.length - 1; i >= 0; i--) {
    const node = ordered[i]!
    node.whole += node.path
    if (!node.parent) continue
    node.parent.below += node.below + 1
    if (!node.isMessage) node.parent.whole += node.whole
  }
  return ordered
}

function crossesServices(nodes: readonly Node[]): boolean {
  return nodes.some(({ service, parent }) => parent !== undefined && parent.service !== service)
}

/**
 * Moves the children of a span to its clock: those of another service that begin before it or after its end, to its
 * middle where they fit, with them all below. One that only outlives it may be asynchronous. As in Jaeger's
 * adjuster of clock skew.
 */
function correct(node: Node, skews: Map<Node, number>): void {
  const moved = skews.get(node) ?? 0
  for (const child of node.children) {
    child.start += moved
    const late = child.start - node.start
    const room = node.duration - child.duration
    const isElsewhere =
      !child.isMessage && child.service !== node.service && (late < 0 || late >= node.duration)
    const more = isElsewhere && room >= 0 ? Math.floor(room / 2) - late : 0
    child.start += more
    if (moved + more !== 0) skews.set(child, moved + more)
  }
}

/** Places plus 1 of spans by the hash of their ids, the first of those with the same id. Used again for each trace. */
let slots = new Int32Array(64)

function placesById(ids: ArrayLike<number>): Int32Array {
  let size = 64
  while (size < 2 * ids.length) size *= 2
  if (slots.length < size) slots = new Int32Array(size)
  const places = slots.subarray(0, size).fill(0)
  for (let i = 0; i < ids.length; i++) {
    let slot = ids[i]! & (size - 1)
    while (places[slot] !== 0 && ids[places[slot]! - 1] !== ids[i]) slot = (slot + 1) & (size - 1)
    if (places[slot] === 0) places[slot] = i + 1
  }
  return places
}

/** -1 for an unknown id. */
function placeOf(places: Int32Array, ids: ArrayLike<number>, id: number): number {
  let slot = id & (places.length - 1)
  while (places[slot] !== 0) {
    const place = places[slot]! - 1
    if (ids[place] === id) return place
    slot = (slot + 1) & (places.length - 1)
  }
  return -1
}

/** Divides the time of a root among its spans, as `criticalPath` does and defines. */
function spend(root: Node): void {
  const stack = [{ span: root, from: root.start, to: endOf(root) }]
  for (let part = stack.pop(); part; part = stack.pop()) {
    const { span: node, from, to } = part
    const { children } = node
    if (overlap(children, to)) {
      const waited = children.filter((child) => !child.isMessage).sort(byEnd)
      for (const one of divide({ span: running(node), from, to }, waited.map(running))) {
        const span = one.span.node
        if (one.own || span.children.length === 0) span.path += one.to - one.from
        else stack.push({ span, from: one.from, to: one.to })
      }
      continue
    }
    let at = to
    for (let i = children.length - 1; i >= 0; i--) {
      const child = children[i]!
      const end = endOf(child)
      const start = Math.max(from, child.start)
      if (child.isMessage || start >= end) continue
      node.path += at - end
      if (child.children.length === 0) child.path += end - start
      else stack.push({ span: child, from: start, to: end })
      at = start
    }
    node.path += Math.max(0, at - from)
  }
}

const endOf = ({ start, duration }: Node) => start + duration
const running = (node: Node) => {
  const { start, duration } = node
  return { node, start, end: endOf(node), duration }
}

/** Whether one of the children, which come by their start, ends after the next one's start or after `to`. */
function overlap(children: readonly Node[], to: number): boolean {
  let at = to
  for (let i = children.length - 1; i >= 0; i--) {
    const child = children[i]!
    if (child.isMessage) continue
    if (endOf(child) > at) return true
    at = child.start
  }
  return false
}

const byStart = (a: Node, b: Node) => a.start - b.start || a.id - b.id
const byEnd = (a: Node, b: Node) =>
  b.start + b.duration - (a.start + a.duration) || b.start - a.start || a.id - b.id
