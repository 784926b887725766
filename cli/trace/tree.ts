/** Rows of spans → one trace: a forest in which every stored span stands exactly once, whatever is broken; used by `trace`. */
import { criticalPath, type Segment } from './critical.ts'
import { type Duplicates, withoutDuplicates } from './duplicates.ts'
import { type Finding, findings } from './findings.ts'
import { type Instant, moved, nanosBetween, parseInstant } from './instant.ts'
import { linkParents } from './link.ts'
import { type Repeat, repeatedStatements } from './repeats.ts'
import { selfTimes } from './self.ts'
import { fixSkew } from './skew.ts'
import type { SpanRow } from './span.ts'

/**
 * Why a span stands where it does: under its parent; as a `root` without one; `detached` because its parent is not stored;
 * at the top because its parents form a `loop`, or because it names itself (`self`).
 */
export type Place = 'child' | 'root' | 'detached' | 'loop' | 'self'

/** A span in its trace. Times are ns from the trace's start. */
export interface Span {
  row: SpanRow
  start: number
  end: number
  duration: number
  place: Place
  parent: Span | undefined
  /** In the order of their start. */
  children: Span[]
  /** Number of ancestors that are stored. */
  depth: number
  /** Position in display order: parents before children, earlier before later. */
  order: number
  /** Spans in its subtree, itself included. */
  size: number
  /** Spans in error in its subtree, itself included. */
  errors: number
  /** ns in which it ran and none of its children did. */
  self: number
  /** ns of the critical path that are its own. */
  critical: number
  /** ns that `--skew fix` moved it by. */
  shift: number
}

/** Spans whose parent is not stored, by that parent's id. */
export interface Missing {
  id: string
  children: Span[]
}

export interface Trace {
  id: string
  /** When its first span started. */
  origin: Instant
  /** ns from the start of the first span to the end of the last. */
  duration: number
  /** In display order. */
  spans: Span[]
  /** The spans without a parent, those broken out of loops included, in the order of their start. */
  roots: Span[]
  missing: Missing[]
  /** The span that the trace is called after: the longest root; without one, the longest detached span. */
  main: Span
  duplicates: Duplicates
  /** Ids that spans of different content have. */
  sharedIds: string[]
  /** By service: spans and errors, in order of appearance. */
  services: Map<string, { spans: number; errors: number }>
  errors: number
  /** Of the deepest span, counted from 1. */
  depth: number
  critical: Segment[]
  /** N+1s, the costliest first. */
  repeats: Repeat[]
  /** Everything that is stored is here, and nothing points to spans that are not. */
  complete: boolean
  findings: Finding[]
}

export interface BuildOptions {
  /** Move the spans of hosts whose clocks are behind (see skew.ts). */
  fixSkew?: boolean
  /** ISO time of asking: without it nothing can be called unfinished. */
  now?: string
}

/**
 * One trace from its rows, in any order. O(n log n), and no recursion: a chain of 100,000 spans is as good as any.
 * @throws RangeError without rows, as a trace without spans has no start
 */
export function buildTrace(rows: readonly SpanRow[], options: BuildOptions = {}): Trace {
  if (rows.length === 0) throw new RangeError('a trace has at least one span')
  const stored = place(rows)
  const { spans: unique, duplicates } = withoutDuplicates(stored.spans)
  const sharedIds = linkParents(unique)
  let forest = grow(unique)
  let origin = stored.origin
  if (options.fixSkew && fixSkew(forest.spans) > 0) {
    origin = moved(origin, startAtZero(unique))
    forest = grow(unique)
  }
  const { spans, roots, missing } = forest
  selfTimes(spans)
  const main = mainSpan(spans)
  const critical = criticalPath(spans, main)
  const trace = {
    id: spans[0]!.row.trace_id,
    origin,
    duration: spans.reduce((end, span) => Math.max(end, span.end), 0),
    spans,
    roots,
    missing,
    main,
    duplicates,
    sharedIds,
    services: countServices(spans),
    errors: spans.reduce((sum, span) => sum + (span.row.is_error ? 1 : 0), 0),
    depth: spans.reduce((deepest, span) => Math.max(deepest, span.depth + 1), 0),
    critical,
    repeats: repeatedStatements(spans),
  }
  const found = findings(trace, options.now)
  return { ...trace, findings: found, complete: !found.some(({ incomplete }) => incomplete) }
}

/** Spans with their offsets, sorted by start, longest first, then id: the order that everything else keeps. */
function place(rows: readonly SpanRow[]): { origin: Instant; spans: Span[] } {
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
function startAtZero(spans: Span[]): number {
  let first = Number.POSITIVE_INFINITY
  for (const span of spans) first = Math.min(first, span.start)
  for (const span of spans) {
    span.start -= first
    span.end -= first
  }
  spans.sort(byStart)
  return first
}

/** Children lists, depths and display order, from spans in the order of their start with their parents set. */
function grow(sorted: Span[]): { spans: Span[]; roots: Span[]; missing: Missing[] } {
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

function mainSpan(spans: Span[]): Span {
  const tops = spans.filter((span) => !span.parent)
  const roots = tops.filter((span) => span.place === 'root')
  return (roots.length > 0 ? roots : tops).reduce((main, span) =>
    span.duration > main.duration ? span : main,
  )
}

function countServices(spans: Span[]): Trace['services'] {
  const services: Trace['services'] = new Map()
  for (const { row } of spans) {
    const count = services.get(row.service) ?? { spans: 0, errors: 0 }
    count.spans++
    if (row.is_error) count.errors++
    services.set(row.service, count)
  }
  return services
}
