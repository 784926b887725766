/** Spans from rows, and the forest that they grow into; used by `tree`. */
import type { Segment } from './critical.ts'
import { type Instant, nanosBetween, parseInstant } from './instant.ts'
import type { SpanRow } from './span.ts'
import type { Missing, Span } from './tree.ts'

export interface Forest {
  /** In display order. */
  spans: Span[]
  roots: Span[]
  missing: Missing[]
}

/** Spans with their offsets, sorted by start, longest first, then id: the order that everything else keeps. */
export function place(rows: readonly SpanRow[]): { origin: Instant; spans: Span[] } {
  const instants = rows.map((row) => parseInstant(row.time))
  const origin = instants.reduce((first, one) => (nanosBetween(first, one) < 0 ? one : first))
  const spans = rows.map((row, i): Span => {
    const start = nanosBetween(origin, instants[i]!)
    return {
      row,
      start,
      end: start + row.duration,
      duration: row.duration,
      place: 'root',
      parent: undefined,
      children: [],
      depth: 0,
      order: 0,
      size: 1,
      errors: 0,
      self: row.duration,
      critical: 0,
      shift: 0,
    }
  })
  return { origin, spans: spans.sort(byStart) }
}

/** Total but for spans alike in all of these, which `withoutDuplicates` orders by their content. */
function byStart(a: Span, b: Span): number {
  return a.start - b.start || b.duration - a.duration || compare(a.row.span_id, b.row.span_id)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** After a move the first span starts at 0 again; returns the ns that the origin moved by. */
export function startAtZero(spans: Span[]): number {
  let first = Number.POSITIVE_INFINITY
  for (const span of spans) first = Math.min(first, span.start)
  for (const span of spans) {
    span.start -= first
    span.end -= first
  }
  spans.sort(byStart)
  return first
}

/** Undoes what `fixSkew` and `startAtZero` did; the path keeps its place in each span. `first` is the ns that the origin moved by. */
export function putBack(spans: Span[], path: Segment[], first: number): void {
  for (const segment of path) {
    segment.from += first - segment.span.shift
    segment.to += first - segment.span.shift
  }
  for (const span of spans) {
    span.start += first - span.shift
    span.end += first - span.shift
    span.shift = 0
  }
  spans.sort(byStart)
}

/** Children lists, depths and display order, from spans in the order of their start with their parents set. */
export function grow(sorted: Span[]): Forest {
  const roots: Span[] = []
  const missing = new Map<string, Missing>()
  for (const span of sorted) {
    span.children = []
    span.size = 1
    span.errors = 0
  }
  for (const span of sorted) {
    if (span.parent) span.parent.children.push(span)
    else if (span.place !== 'detached') roots.push(span)
    else {
      const known = missing.get(span.row.parent_id)
      if (known) known.children.push(span)
      else missing.set(span.row.parent_id, { id: span.row.parent_id, children: [span] })
    }
  }
  const groups = [...missing.values()]
  const spans: Span[] = []
  const stack = [...roots, ...groups.flatMap(({ children }) => children)].reverse()
  for (let span = stack.pop(); span; span = stack.pop()) {
    span.order = spans.length
    span.depth = span.parent ? span.parent.depth + 1 : 0
    spans.push(span)
    for (let i = span.children.length - 1; i >= 0; i--) stack.push(span.children[i]!)
  }
  for (let i = spans.length - 1; i >= 0; i--) {
    const span = spans[i]!
    if (span.row.is_error) span.errors++
    if (!span.parent) continue
    span.parent.size += span.size
    span.parent.errors += span.errors
  }
  return { spans, roots, missing: groups }
}
