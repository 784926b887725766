/** Rows of spans → one trace: a forest in which every stored span stands exactly once, whatever is broken; used by `trace`. */
import { criticalPath, type Segment } from './critical.ts'
import { type Duplicates, withoutDuplicates } from './duplicates.ts'
import { type Finding, findings } from './findings.ts'
import { grow, place, putBack, startAtZero } from './forest.ts'
import { type Instant, moved } from './instant.ts'
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
  /** In the order that the path takes, each in the times of its span: with `--skew fix` they never overlap. */
  critical: Segment[]
  /** ns that it took by clocks that agree: the duration as `--skew fix` has it, of which the critical path is a part. */
  elapsed: number
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
  // The path is walked with clocks put right: what runs before its cause by a wrong one could not have been waited for.
  const skewed = fixSkew(forest.spans) > 0
  const first = skewed ? startAtZero(unique) : 0
  if (skewed) forest = grow(unique)
  const main = mainSpan(forest.spans)
  const critical = criticalPath(forest.spans, main)
  const elapsed = lastEnd(forest.spans)
  if (skewed && !options.fixSkew) {
    putBack(unique, critical, first)
    forest = grow(unique)
  }
  const { spans, roots, missing } = forest
  selfTimes(spans)
  const trace = {
    id: spans[0]!.row.trace_id,
    origin: options.fixSkew ? moved(stored.origin, first) : stored.origin,
    duration: lastEnd(spans),
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
    elapsed,
    repeats: repeatedStatements(spans),
  }
  const found = findings(trace, options.now)
  return { ...trace, findings: found, complete: !found.some(({ incomplete }) => incomplete) }
}

function lastEnd(spans: Span[]): number {
  return spans.reduce((last, { end }) => Math.max(last, end), 0)
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
