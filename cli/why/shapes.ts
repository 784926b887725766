/** Span shapes: children and log lines, compared between windows. */

import { partOf } from './calls.ts'
import { type Deviation, deviation, type Shaped, STATUS } from './deviation.ts'
import { spansAbove } from './errors.ts'
import { type Both, countsOf } from './finding.ts'
import { addNumber, type NumberList, newNumberList } from './traces/number-list.ts'
import type { LogLine, Node, Operation, TraceRow } from './tree.ts'
import { buildTree, MOST_OPERATIONS } from './tree.ts'
import { addSlice, type Slices } from './uneven.ts'

export interface Places {
  /** Requests before, by time. */
  requests: Slices
  /** By caller, parent and operation, and by operation alone. */
  all: Map<string, Shaped>
  /** By caller, parent and operation; `last` is the latest of an operation and its parent, mostly also the next. */
  places: Map<string, Place>
  last: Map<number, Place>
  /** Every pair of place and shape, and those of each trace up to its end. */
  pairs: Pair[]
  pairsOf: NumberList
  ends: number[]
}

interface Place {
  operation: number
  caller: string
  fine: Shaped
  coarse: Shaped
  /** Numbers of pairs by shape. */
  pairs: Map<string, number>
  /** What the last span calls, in order, and its pair. */
  recent: { parts: readonly number[]; pair: number }
}

/** Spans of a place that have one shape. */
interface Pair {
  place: Place
  shape: string
  spans: Both<number>
  /** Spans below all those before. */
  below: number
}

export const emptyPlaces = (): Places => ({
  requests: new Map(),
  all: new Map(),
  places: new Map(),
  last: new Map(),
  pairs: [],
  pairsOf: newNumberList(),
  ends: [],
})

/** Fewer spans before with the same caller and parent are joined with those of other callers. */
const FEWEST = 5

/** The distinct operations called, lines written and the error status of a span. */
export function shapeOf({ children, lines, isError }: Node): string {
  if (children.length === 0 && lines.length === 0) return isError ? String(STATUS) : ''
  const parts: number[] = isError ? [STATUS] : []
  for (const child of children) {
    const part = partOf(child)
    if (!parts.includes(part)) parts.push(part)
  }
  for (const line of lines) if (!parts.includes(-1 - line)) parts.push(-1 - line)
  if (parts.length > 1) parts.sort((a, b) => a - b)
  return parts.join(',')
}

/** Adds one trace. */
export function addShapes(
  places: Places,
  nodes: Node[],
  { side, operations }: { side: 0 | 1; operations: readonly Operation[] },
): void {
  if (side === 0) addSlice(places.requests, nodes[0]?.start ?? 0)
  for (const node of nodes) {
    const place = placeOf(places, node, operations)
    const number = isRecent(place.recent, node) ? place.recent.pair : pairOf(places, place, node)
    addNumber(places.pairsOf, number)
    const pair = places.pairs[number]!
    pair.spans[side]++
    if (side === 0) pair.below += node.below
  }
  places.ends.push(places.pairsOf.count)
}

/** Whether a span calls the same in the same order, and has neither lines nor an error. */
function isRecent({ parts }: Place['recent'], { children, lines, isError }: Node): boolean {
  if (isError || lines.length > 0 || children.length !== parts.length) return false
  for (let i = 0; i < parts.length; i++) if (partOf(children[i]!) !== parts[i]) return false
  return true
}

function pairOf({ pairs }: Places, place: Place, node: Node): number {
  const shape = shapeOf(node)
  const known = place.pairs.get(shape)
  const pair = known ?? pairs.push({ place, shape, spans: [0, 0], below: 0 }) - 1
  if (known === undefined) place.pairs.set(shape, pair)
  const { isError, lines, children } = node
  if (!isError && lines.length === 0) place.recent = { parts: children.map(partOf), pair }
  return pair
}

/** Adds up the pairs by place. @returns the spans of each operation */
export function countShapes({ pairs }: Places): Map<number, Both<number>> {
  const counts = new Map<number, Both<number>>()
  for (const { place, shape, spans, below } of pairs) {
    const operation = countsOf(counts, place.operation)
    for (const side of [0, 1] as const) {
      operation[side] += spans[side]
      for (const one of [place.fine, place.coarse]) {
        one.spans[side] += spans[side]
        countsOf(one.shapes, shape)[side] += spans[side]
      }
    }
    for (const one of [place.fine, place.coarse])
      one.below.set(shape, (one.below.get(shape) ?? 0) + below)
  }
  return counts
}

function placeOf({ all, last, places }: Places, node: Node, operations: readonly Operation[]) {
  const { caller, operation, parent } = node
  const key = operation * MOST_OPERATIONS + (parent ? parent.operation + 1 : 0)
  const known = last.get(key)
  if (known?.caller === caller) return known
  const shapedOf = (name: string) => {
    const shaped = all.get(name) ?? newShaped(operations[operation]!)
    all.set(name, shaped)
    return shaped
  }
  const name = `${caller}|${parent?.operation ?? ''}|${operation}`
  const fine = shapedOf(name)
  const coarse = shapedOf(String(operation))
  const place = places.get(name) ?? {
    ...{ operation, caller, fine, coarse, pairs: new Map<string, number>() },
    recent: { parts: [NaN], pair: 0 },
  }
  places.set(name, place)
  last.set(key, place)
  return place
}

const newShaped = ({ service, name }: Operation): Shaped => ({
  service,
  name,
  spans: [0, 0],
  shapes: new Map(),
  below: new Map(),
  judged: new Map(),
  origins: { error: [0, 0], lost: [0, 0] },
  before: { error: new Map(), lost: new Map() },
  parts: new Map(),
  traces: [],
})

/** Spans among which a span is judged: those with the same caller and parent, if there are enough. */
const judgedIn = ({ fine, coarse }: Place) => (fine.spans[0] >= FEWEST ? fine : coarse)

interface Judging {
  operations: readonly Operation[]
  lines: readonly LogLine[]
  /** Is told of each span in which an error begins. */
  onError?(node: Node, of: { trace: string; side: 0 | 1 }): void
}

/**
 * Finds the spans of traces in which a deviation begins: those with an unusual shape that have no such span below them.
 * Call it after countShapes.
 * @param rows the traces in the order in which they were added
 */
export function judgeShapes(
  places: Places,
  rows: Iterable<TraceRow>,
  { operations, lines, onError }: Judging,
): void {
  const isError = (part: number) =>
    part === STATUS || (part < 0 && lines[-1 - part]?.isError === true)
  const judged = (place: Place, shape: string): Deviation | undefined => {
    const shaped = judgedIn(place)
    if (!shaped.judged.has(shape)) shaped.judged.set(shape, deviation(shaped, shape, isError))
    return shaped.judged.get(shape)
  }
  const deviates = places.pairs.map(({ place, shape }) => judged(place, shape) !== undefined)
  const { pairsOf, ends } = places
  let trace = 0
  for (const row of rows) {
    const end = ends[trace++]!
    let at = trace === 1 ? 0 : ends[trace - 2]!
    while (at < end && !deviates[pairsOf.values[at]!]) at++
    // Most traces are as usual, and are not built again.
    if (at === end) continue
    judgeTrace(buildTree(row, operations), {
      ...{ trace: row.id, side: row.after ? 1 : 0 },
      placeOf: (node) => placeOf(places, node, operations),
      judged,
      onError,
    })
  }
}

interface Judge {
  trace: string
  side: 0 | 1
  placeOf(node: Node): Place
  judged(place: Place, shape: string): Deviation | undefined
  onError: Judging['onError']
}

function judgeTrace(nodes: Node[], { trace, side, placeOf, judged, onError }: Judge): void {
  const found = new Map<Node, Deviation>()
  const failing = new Set<Node>()
  for (const node of nodes) {
    const one = judged(placeOf(node), shapeOf(node))
    if (one && !(one.kind === 'lost' && node.below > one.usualBelow)) found.set(node, one)
    if (one?.kind === 'error') failing.add(node)
  }
  const above = spansAbove(found.keys())
  for (const [node, one] of found) {
    if (above.has(node)) continue
    let kind = one.kind
    for (let up = node.parent; up && kind === 'lost'; up = up.parent)
      if (failing.has(up)) kind = 'error'
    if (one.kind === 'error') onError?.(node, { trace, side })
    const place = placeOf(node)
    const own = judgedIn(place) === place.fine ? [place.fine, place.coarse] : [place.coarse]
    for (const shaped of own) count(shaped, kind, one, { trace, side, time: nodes[0]!.start })
  }
}

function count(
  place: Shaped,
  kind: 'error' | 'lost',
  { missing, added }: Deviation,
  { trace, side, time }: { trace: string; side: 0 | 1; time: number },
) {
  place.origins[kind][side]++
  for (const part of missing) countsOf(place.parts, `-${part}`)[side]++
  for (const part of added) countsOf(place.parts, `+${part}`)[side]++
  if (side === 0) {
    addSlice(place.before[kind], time)
    return
  }
  if (place.traces.length < 3 && !place.traces.includes(trace)) place.traces.push(trace)
}
