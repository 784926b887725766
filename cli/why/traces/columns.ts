/** Spans of many traces in typed columns, and the traces as rows. */
import type { Both } from '../finding.ts'
import type { TraceRow } from '../tree.ts'
import { type Numbering, newNumbering, numberOf } from './numbering.ts'

/** Spans in any order, 37 bytes each: objects take ten times as much. */
export interface SpanColumns {
  count: number
  /** The traces by their numbers, which are the positions of `traces`. */
  numbering: Numbering
  traces: Int32Array
  ids: Uint32Array
  /** 0 for none. */
  parents: Uint32Array
  operations: Uint32Array
  /** ns, whole numbers. */
  starts: Float64Array
  durations: Float64Array
  /** As in tree.ts. */
  flags: Uint8Array
  /** Log lines of spans: the trace, the span and the line of each. */
  lines: { count: number; traces: Int32Array; spans: Uint32Array; lines: Uint32Array }
}

/** One span of a trace. */
export interface SpanCells {
  trace: number
  id: number
  parent: number
  operation: number
  start: number
  duration: number
  flags: number
}

export const newColumns = (expected: number): SpanColumns => ({
  count: 0,
  numbering: newNumbering(),
  traces: new Int32Array(expected),
  ids: new Uint32Array(expected),
  parents: new Uint32Array(expected),
  operations: new Uint32Array(expected),
  starts: new Float64Array(expected),
  durations: new Float64Array(expected),
  flags: new Uint8Array(expected),
  lines: {
    count: 0,
    traces: new Int32Array(0),
    spans: new Uint32Array(0),
    lines: new Uint32Array(0),
  },
})

/** Adds a span. Amortised O(1). */
export function addSpan(columns: SpanColumns, cells: SpanCells): void {
  if (columns.count === columns.traces.length) grow(columns)
  const at = columns.count++
  columns.traces[at] = numberOf(columns.numbering, cells.trace, true)
  columns.ids[at] = cells.id
  columns.parents[at] = cells.parent
  columns.operations[at] = cells.operation
  columns.starts[at] = cells.start
  columns.durations[at] = cells.duration
  columns.flags[at] = cells.flags
}

function grow(columns: SpanColumns): void {
  const length = Math.ceil(1.5 * columns.count) + 1024
  columns.traces = longer(columns.traces, new Int32Array(length))
  columns.ids = longer(columns.ids, new Uint32Array(length))
  columns.parents = longer(columns.parents, new Uint32Array(length))
  columns.operations = longer(columns.operations, new Uint32Array(length))
  columns.starts = longer(columns.starts, new Float64Array(length))
  columns.durations = longer(columns.durations, new Float64Array(length))
  columns.flags = longer(columns.flags, new Uint8Array(length))
}

type Cells = Int32Array | Uint32Array | Float64Array | Uint8Array

function longer<T extends Cells>(from: T, to: T): T {
  to.set(from)
  return to
}

/** Adds a line of a span. Lines of other traces are left out. */
export function addLine(columns: SpanColumns, trace: number, span: number, line: number): void {
  const place = numberOf(columns.numbering, trace, false)
  if (place === -1) return
  const { lines } = columns
  if (lines.count === lines.traces.length) {
    const length = 2 * lines.count + 1024
    lines.traces = longer(lines.traces, new Int32Array(length))
    lines.spans = longer(lines.spans, new Uint32Array(length))
    lines.lines = longer(lines.lines, new Uint32Array(length))
  }
  const at = lines.count++
  lines.traces[at] = place
  lines.spans[at] = span
  lines.lines[at] = line
}

/** Traces that can be read several times, a row at a time. */
export interface StoredTraces extends Iterable<TraceRow> {
  count: number
  /** Traces without a root, which are left out. */
  cut: number
  /** Traces whose root ends after what was read. */
  open: number
  /** The start of a span of a trace, by the trace's id; undefined for an unknown one. */
  startOf(id: string): number | undefined
}

/** Of a trace: no root in the window, one, or all of it is behind the window. */
const [ROOTLESS, ROOTED, BEHIND] = [0, 1, 2]

/**
 * The traces in the order of their numbers. Those behind the window are left out. So are those without a root, unless
 * they are the majority: the callers of a store with one service are elsewhere. O(n) in the spans, which it sorts by
 * trace.
 * @param lengths of the window, and of what was read of it and behind it, in ns
 */
export function tracesOf(
  columns: SpanColumns,
  after: boolean,
  [length, read]: Both<number> = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
): StoredTraces {
  const { numbering, lines } = columns
  const spanEnds = sortByTrace(columns)
  const lineEnds = sortLines(lines, numbering.count)
  const rooted = new Uint8Array(numbering.count)
  const counts = [0, 0, 0]
  let open = 0
  for (let place = 0, at = 0; place < numbering.count; place++) {
    rooted[place] = BEHIND!
    for (; at < spanEnds[place]! && rooted[place] !== ROOTED; at++) {
      const start = columns.starts[at]!
      if (start >= length) continue
      if (columns.parents[at] !== 0) rooted[place] = ROOTLESS!
      else {
        rooted[place] = ROOTED!
        if (start + columns.durations[at]! > read) open++
      }
    }
    at = spanEnds[place]!
    counts[rooted[place]!]!++
  }
  const [cut, withRoot] = counts as [number, number]
  const all = withRoot < cut
  const order = [...rooted.keys()]
    .filter((place) => rooted[place] === ROOTED || (all && rooted[place] === ROOTLESS))
    .sort((a, b) => numbering.keys[a]! - numbering.keys[b]!)
  const rowOf = (place: number): TraceRow => {
    const [from, to] = [place === 0 ? 0 : spanEnds[place - 1]!, spanEnds[place]!]
    const own: [number, number][] = []
    for (let i = place === 0 ? 0 : lineEnds[place - 1]!; i < lineEnds[place]!; i++)
      own.push([lines.spans[i]!, lines.lines[i]!])
    return {
      id: String(numbering.keys[place]),
      after,
      ids: columns.ids.subarray(from, to),
      parents: columns.parents.subarray(from, to),
      operations: columns.operations.subarray(from, to),
      starts: columns.starts.subarray(from, to),
      durations: columns.durations.subarray(from, to),
      flags: columns.flags.subarray(from, to),
      lines: own,
    }
  }
  return {
    count: order.length,
    cut: all ? 0 : cut,
    open,
    startOf(id) {
      const place = numberOf(numbering, Number(id), false)
      return place === -1 ? undefined : columns.starts[spanEnds[place]! - 1]
    },
    *[Symbol.iterator]() {
      for (const place of order) yield rowOf(place)
    },
  }
}

/** Sorts the spans by trace. @returns where the spans of each trace end */
function sortByTrace(columns: SpanColumns): Int32Array {
  const { traces, numbering, count } = columns
  const { ends, places } = countingSort(traces, count, numbering.count)
  const sorted = <T extends Cells>(from: T, to: T): T => {
    for (let i = 0; i < count; i++) to[places[i]!] = from[i]!
    return to
  }
  columns.traces = new Int32Array(0)
  columns.ids = sorted(columns.ids, new Uint32Array(count))
  columns.parents = sorted(columns.parents, new Uint32Array(count))
  columns.operations = sorted(columns.operations, new Uint32Array(count))
  columns.starts = sorted(columns.starts, new Float64Array(count))
  columns.durations = sorted(columns.durations, new Float64Array(count))
  columns.flags = sorted(columns.flags, new Uint8Array(count))
  return ends
}

function sortLines(lines: SpanColumns['lines'], traces: number): Int32Array {
  const { ends, places } = countingSort(lines.traces, lines.count, traces)
  const sorted = (from: Uint32Array) => {
    const to = new Uint32Array(lines.count)
    for (let i = 0; i < lines.count; i++) to[places[i]!] = from[i]!
    return to
  }
  lines.spans = sorted(lines.spans)
  lines.lines = sorted(lines.lines)
  return ends
}

/** Where each of `count` keys below `most` goes, stably, and where the places of each key end. */
function countingSort(keys: Int32Array, count: number, most: number) {
  const ends = new Int32Array(most)
  for (let i = 0; i < count; i++) ends[keys[i]!]!++
  for (let key = 1; key < most; key++) ends[key]! += ends[key - 1]!
  const next = ends.slice()
  const places = new Int32Array(count)
  for (let i = count - 1; i >= 0; i--) places[i] = --next[keys[i]!]!
  return { ends, places }
}
