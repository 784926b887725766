/** Spans from rows, and the forest that they form. */

import { type Instant, nanosBetween, parseInstant } from './instant.ts'
import { hasStart, type SpanRow } from './span-row.ts'
import type { Missing, Segment, Span } from './trace.ts'

/** Of all leaves. */
const NO_CHILDREN: Span[] = []

export interface Forest {
  /** In display order. */
  spans: Span[]
  roots: Span[]
  missing: Missing[]
}

/**
 * Spans with their offsets, sorted by start, longest first, then id. A span whose start was not sent
 * (0 is 1970) starts with the first that has one, or at its own end.
 */
export function toSpans(rows: readonly SpanRow[]): { origin: Instant; spans: Span[] } {
  const origin = firstStart(rows)
  const spans = rows.map((row): Span => {
    const started = hasStart(row)
    const at = nanosBetween(origin, started ? parseInstant(row.time) : endOf(row))
    const start = started ? at : 0
    const end = started ? at + row.duration : Math.max(0, at)
    return {
      row,
      start,
      end,
      duration: end - start,
      place: 'root',
      parent: undefined,
      children: NO_CHILDREN,
      depth: 0,
      order: 0,
      size: 1,
      errors: 0,
      self: end - start,
      critical: 0,
      shift: 0,
      call: 0,
    }
  })
  return { origin, spans: spans.sort(byStart) }
}

/** Of the rows with a start; without any, the first end. Instants are made again instead of kept for a million rows. */
function firstStart(rows: readonly SpanRow[]): Instant {
  let first: Instant | undefined
  for (const row of rows) {
    if (!hasStart(row)) continue
    const start = parseInstant(row.time)
    if (!first || nanosBetween(first, start) < 0) first = start
  }
  return first ?? rows.map(endOf).reduce((end, one) => (nanosBetween(end, one) < 0 ? one : end))
}

function endOf({ duration, exact_duration }: SpanRow): Instant {
  const ns = exact_duration ?? BigInt(Math.round(duration))
  return { seconds: Number(ns / 1_000_000_000n), nanos: Number(ns % 1_000_000_000n) }
}

/** A total order but for spans equal in all three, which `dedupe` orders by their content. */
function byStart(a: Span, b: Span): number {
  return a.start - b.start || b.duration - a.duration || compare(a.row.span_id, b.row.span_id)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Shifts spans so that the first starts at 0; returns the ns that the origin moved by. */
export function rebase(spans: Span[]): number {
  let first = Number.POSITIVE_INFINITY
  for (const span of spans) first = Math.min(first, span.start)
  for (const span of spans) {
    span.start -= first
    span.end -= first
  }
  spans.sort(byStart)
  return first
}

/** Undoes `fixSkew` and `rebase`, which returned `first`; path segments move with their spans. */
export function undoSkewFix(spans: Span[], path: Segment[], first: number): void {
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
export function buildForest(sorted: Span[]): Forest {
  const roots: Span[] = []
  const missing = new Map<string, Missing>()
  for (const span of sorted) {
    span.children = NO_CHILDREN
    span.size = 1
    span.errors = 0
    span.order = 0
  }
  // Counted first: an array that grows takes room for 16 more, four times what most need.
  for (const { parent } of sorted) if (parent) parent.order++
  for (const span of sorted) {
    if (span.order > 0) span.children = new Array(span.order)
    span.order = 0
  }
  for (const span of sorted) {
    if (span.parent) span.parent.children[span.parent.order++] = span
    else if (span.place !== 'orphan') roots.push(span)
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
