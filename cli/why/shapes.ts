/** Span shapes: children and log lines, compared between windows. */
import { type Both, countsOf } from './finding.ts'
import type { LogLine, Node, Operation, TraceRow } from './tree.ts'
import { buildTree, MOST_OPERATIONS } from './tree.ts'

/** The number of a span's own error status; lines are -1 - number, operations their number. */
export const STATUS = -1e9

/** Spans of one operation, as far as their circumstances are the same. */
export interface Shaped {
  service: string
  name: string
  spans: Both<number>
  shapes: Map<string, Both<number>>
  /** Set by judgeShapes: usual shapes, how the others deviate, and counts of spans that begin a deviation. */
  usual?: { key: string; parts: Set<number>; count: number }[]
  judged: Map<string, Deviation | undefined>
  origins: Record<'error' | 'lost', Both<number>>
  /** Missing and added parts of deviating spans after → spans. */
  parts: Map<string, number>
  traces: string[]
}

export interface Places {
  /** By caller, parent and operation, and by operation alone. */
  all: Map<string, Shaped>
  /** By caller, parent and operation; `last` is the latest of an operation and its parent, mostly also the next. */
  places: Map<string, Place>
  last: Map<number, Place>
  /** Every pair of places and shape, and those of each trace. */
  pairs: { place: Place; shape: string }[]
  pairsOf: { pairs: Uint32Array; count: number; ends: number[] }
}

interface Place {
  caller: string
  fine: Shaped
  coarse: Shaped
  /** The pairs by shape. */
  pairs: Map<string, number>
}

export const emptyPlaces = (): Places => ({
  all: new Map(),
  places: new Map(),
  last: new Map(),
  pairs: [],
  pairsOf: { pairs: new Uint32Array(1024), count: 0, ends: [] },
})

/** A shape is usual if more than a tenth of the spans before had it, at least two. */
const USUAL = 0.1
/** Fewer spans before with the same caller and parent are joined with those of other callers. */
const FEWEST = 5

/** The distinct operations called, lines written and the error status of a span. */
export function shapeOf({ children, lines, isError }: Node): string {
  if (children.length === 0 && lines.length === 0) return isError ? String(STATUS) : ''
  const parts: number[] = isError ? [STATUS] : []
  for (const { operation } of children) if (!parts.includes(operation)) parts.push(operation)
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
  for (const node of nodes) {
    const place = placeOf(places, node, operations)
    const shape = shapeOf(node)
    let pair = place.pairs.get(shape)
    if (pair === undefined) {
      pair = places.pairs.push({ place, shape }) - 1
      place.pairs.set(shape, pair)
    }
    addPair(places.pairsOf, pair)
    for (const one of [place.fine, place.coarse]) {
      one.spans[side]++
      countsOf(one.shapes, shape)[side]++
    }
  }
  places.pairsOf.ends.push(places.pairsOf.count)
}

function addPair(pairsOf: Places['pairsOf'], pair: number): void {
  if (pairsOf.count === pairsOf.pairs.length) {
    const longer = new Uint32Array(2 * pairsOf.count)
    longer.set(pairsOf.pairs)
    pairsOf.pairs = longer
  }
  pairsOf.pairs[pairsOf.count++] = pair
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
  const place = places.get(name) ?? { caller, fine, coarse, pairs: new Map<string, number>() }
  places.set(name, place)
  last.set(key, place)
  return place
}

const newShaped = ({ service, name }: Operation): Shaped => ({
  service,
  name,
  spans: [0, 0],
  shapes: new Map(),
  judged: new Map(),
  origins: { error: [0, 0], lost: [0, 0] },
  parts: new Map(),
  traces: [],
})

interface Deviation {
  kind: 'error' | 'lost'
  missing: number[]
  added: number[]
}

/** Spans among which a span is judged: those with the same caller and parent, if there are enough. */
const judgedIn = ({ fine, coarse }: Place) => (fine.spans[0] >= FEWEST ? fine : coarse)

/**
 * Finds the spans of traces in which a deviation begins: those with an unusual shape that have no such span below them.
 * Call it after all traces are added.
 * @param rows the traces in the order in which they were added
 */
export function judgeShapes(
  places: Places,
  rows: Iterable<TraceRow>,
  { operations, lines }: { operations: readonly Operation[]; lines: readonly LogLine[] },
): void {
  const isError = (part: number) =>
    part === STATUS || (part < 0 && lines[-1 - part]?.isError === true)
  const judged = (place: Place, shape: string): Deviation | undefined => {
    const shaped = judgedIn(place)
    if (!shaped.judged.has(shape)) shaped.judged.set(shape, deviation(shaped, shape, isError))
    return shaped.judged.get(shape)
  }
  const deviates = places.pairs.map(({ place, shape }) => judged(place, shape) !== undefined)
  const { pairs, ends } = places.pairsOf
  let trace = 0
  for (const row of rows) {
    const end = ends[trace++]!
    let at = trace === 1 ? 0 : ends[trace - 2]!
    while (at < end && !deviates[pairs[at]!]) at++
    // Most traces are as usual, and are not built again.
    if (at === end) continue
    judgeTrace(buildTree(row, operations), {
      ...{ trace: row.id, side: row.after ? 1 : 0 },
      placeOf: (node) => placeOf(places, node, operations),
      judged,
    })
  }
}

interface Judge {
  trace: string
  side: 0 | 1
  placeOf(node: Node): Place
  judged(place: Place, shape: string): Deviation | undefined
}

function judgeTrace(nodes: Node[], { trace, side, placeOf, judged }: Judge): void {
  const found = new Map<Node, Deviation>()
  const failing = new Set<Node>()
  for (const node of nodes) {
    const one = judged(placeOf(node), shapeOf(node))
    if (one) found.set(node, one)
    if (one?.kind === 'error') failing.add(node)
  }
  const above = new Set<Node>()
  for (const node of found.keys()) {
    for (let up = node.parent; up && !above.has(up); up = up.parent) above.add(up)
  }
  for (const [node, one] of found) {
    if (above.has(node)) continue
    let kind = one.kind
    for (let up = node.parent; up && kind === 'lost'; up = up.parent)
      if (failing.has(up)) kind = 'error'
    const place = placeOf(node)
    const own = judgedIn(place) === place.fine ? [place.fine, place.coarse] : [place.coarse]
    for (const shaped of own) count(shaped, kind, one, { trace, side })
  }
}

function count(
  place: Shaped,
  kind: 'error' | 'lost',
  { missing, added }: Deviation,
  { trace, side }: { trace: string; side: 0 | 1 },
) {
  place.origins[kind][side]++
  if (side === 0) return
  const add = (part: string) => place.parts.set(part, (place.parts.get(part) ?? 0) + 1)
  for (const part of missing) add(`-${part}`)
  for (const part of added) add(`+${part}`)
  if (place.traces.length < 3 && !place.traces.includes(trace)) place.traces.push(trace)
}

/**
 * How a shape differs from the most similar usual one: an error more, or more parts missing than added.
 * Undefined where it is usual, only has more, has swapped parts, or has an error less.
 */
function deviation(
  place: Shaped,
  shape: string,
  isError: (part: number) => boolean,
): Deviation | undefined {
  place.usual ??= [...place.shapes]
    .filter(([, [count]]) => count > 1 && count > USUAL * place.spans[0])
    .map(([key, [count]]) => ({ key, count, parts: new Set(partsOf(key)) }))
  if (place.usual.length === 0 || place.usual.some(({ key }) => key === shape)) return undefined
  const own = partsOf(shape)
  const set = new Set(own)
  const [nearest] = place.usual
    .map(({ parts, count }) => ({
      missing: [...parts].filter((part) => !set.has(part)),
      added: own.filter((part) => !parts.has(part)),
      count,
    }))
    .sort(
      (a, b) =>
        a.missing.length + a.added.length - b.missing.length - b.added.length || b.count - a.count,
    )
  const { missing, added } = nearest!
  if (added.some(isError)) return { kind: 'error', missing, added }
  if (missing.some(isError) || missing.length <= added.length) return undefined
  return { kind: 'lost', missing, added }
}

const partsOf = (shape: string) => (shape === '' ? [] : shape.split(',').map(Number))
