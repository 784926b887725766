/** The types of one trace: spans in a forest, critical path, repeats and findings. */

import type { Instant } from './instant.ts'
import type { SpanRow } from './span-row.ts'

/**
 * A span's place in the tree: `child` of its parent; `root` without one; `orphan` because its
 * parent is not stored; `loop` because its parents form a circle; `self` because it names itself.
 */
export type Place = 'child' | 'root' | 'orphan' | 'loop' | 'self'

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
  /** Number of stored ancestors. */
  depth: number
  /** Position in display order: parents before children, earlier before later. */
  order: number
  /** Spans in its subtree, itself included. */
  size: number
  /** Spans in error in its subtree, itself included. */
  errors: number
  /** Self time in ns: it ran, and none of its children did. */
  self: number
  /** ns of the critical path spent in this span, at most `self`. */
  critical: number
  /** ns that `--skew fix` moved it by. */
  shift: number
  /** Equal for equal calls of a trace (see target.ts). */
  call: number
}

/** Orphans that name the same missing parent. */
export interface Missing {
  id: string
  children: Span[]
}

/** A stretch of time, in ns from the trace's start. */
export interface Stretch {
  from: number
  to: number
}

/** A stretch that the critical path spends in a span itself, outside its children. */
export interface Segment extends Stretch {
  span: Span
}

/** Rows that repeat a span which is already there. */
export interface Duplicates {
  /** Rows left out. */
  rows: number
  /** Ids of the spans that have duplicates. */
  ids: string[]
  /** Spans stored in several versions, of which the last is kept. */
  versions: number
}

/** Similar calls under one span, mostly one after another: an N+1. */
export interface Repeat {
  /** The span that holds the loop. */
  parent: Span | undefined
  spans: Span[]
  /** ns in which at least one of them ran. */
  busyTime: number
}

export const FINDING_KINDS = [
  'no_root',
  'several_roots',
  'missing_parent',
  'unfinished',
  'sampled',
  'loop',
  'self_parent',
  'duplicate',
  'versions',
  'shared_id',
  'no_start',
  'skew',
  'skew_fixed',
  'starts_before_parent',
  'outlives_root',
  'n_plus_one',
] as const

/** One problem or notable fact of a trace. */
export interface Finding {
  kind: (typeof FINDING_KINDS)[number]
  message: string
  /** Number of spans, or of rows for `duplicate`. */
  count: number
  /** The first of those spans. */
  span_ids: string[]
  /** Whether it shows that parts of the trace are missing. */
  incomplete: boolean
}

export interface Trace {
  id: string
  /** When its first span started. */
  origin: Instant
  /** ns from the start of the first span to the end of the last. */
  duration: number
  /** In display order. */
  spans: Span[]
  /** Spans without a parent, those broken out of loops included, in the order of their start. */
  roots: Span[]
  missing: Missing[]
  /** The span that names the trace: the longest root, else the longest orphan. */
  main: Span
  duplicates: Duplicates
  /** Ids that spans of different content share. */
  sharedIds: string[]
  /** Spans and errors by service, in order of appearance. */
  services: Map<string, { spans: number; errors: number }>
  errors: number
  /** Levels: 1 for a root alone. */
  depth: number
  /** The critical path in order of time, each segment in the times of its span. */
  critical: Segment[]
  /** ns that the path divides: the duration of `main`, or those of spans without a parent where no root is stored. */
  pathDuration: number
  /** N+1s, the longest first. */
  repeats: Repeat[]
  /** No finding is `incomplete`. */
  complete: boolean
  findings: Finding[]
}
