/** Chooses the spans to show, and lays them out as lines of a tree. */

import type { Span, Trace } from '../model/trace.ts'
import { matching, type SpanFilter } from './filter.ts'
import { groupSimilar, shapesOf } from './fold.ts'

export interface OutlineOptions extends SpanFilter {
  /** Fold similar siblings. */
  fold: boolean
  /** Levels to show, the top one included. */
  depth?: number | undefined
}

/** One place in the tree: a span, or a fold of similar spans. */
export interface Branch {
  kind: 'spans'
  spans: Span[]
  /** Whether it matches the filters; false for an ancestor of a match. */
  wanted: boolean
  /** Levels above. */
  level: number
  /** Whether more branches follow, for its own level and each above except the first. */
  rails: Rails | undefined
  /** Whether child lines follow. */
  open: boolean
  /** Number of descendants that `depth` hides. */
  hidden: number
}

/** A place where the parents of spans are not stored. */
export interface Gap {
  kind: 'gap'
  ids: string[]
}

export type Line = Branch | Gap

/** A linked list, so that 100,000 levels need no 100,000 copies. */
export interface Rails {
  above: Rails | undefined
  more: boolean
}

export interface Outline {
  lines: Line[]
  /** Number of spans that the lines show or fold. */
  shown: number
}

/** More gaps than this are shown as one. */
const GAPS = 3

interface Todo {
  spans: Span[]
  merged: boolean
  level: number
  rails: Rails | undefined
}

/**
 * The lines of a trace in display order. Every span that passes the filters is in exactly one of them, or counted in a
 * `hidden`.
 */
export function outline(trace: Trace, options: OutlineOptions): Outline {
  const wanted = matching(trace, options)
  const visible = wanted && withAncestors(trace, wanted)
  const sizes = visible && visibleSizes(trace, visible)
  const seen = (spans: Span[]) => (visible ? spans.filter((span) => visible[span.order]) : spans)
  const deepest = options.depth ?? Number.POSITIVE_INFINITY
  const lines: Line[] = []
  let shown = 0

  const shapes = options.fold ? shapesOf(trace) : undefined
  const group = (spans: Span[], merged: boolean) =>
    shapes ? groupSimilar(spans, shapes, merged) : spans.map((span) => [span])

  function add(tops: Span[], rail: boolean): void {
    const stack: Todo[] = []
    const push = (spans: Span[], merged: boolean, level: number, above: Rails | undefined) => {
      const groups = group(spans, merged)
      for (let i = groups.length - 1; i >= 0; i--) {
        const rails = level === 0 && !rail ? undefined : { above, more: i < groups.length - 1 }
        stack.push({ spans: groups[i]!, merged: merged || groups[i]!.length > 1, level, rails })
      }
    }
    push(tops, false, 0, undefined)
    for (let todo = stack.pop(); todo; todo = stack.pop()) {
      const { spans, level, rails, merged } = todo
      const inside = level + 1 < deepest
      const children = seen(childrenOf(spans))
      lines.push({
        kind: 'spans',
        spans,
        wanted: !wanted || spans.some((span) => wanted[span.order]),
        level,
        rails,
        open: inside && children.length > 0,
        hidden: inside
          ? 0
          : spans.reduce((sum, span) => sum + (sizes?.[span.order] ?? span.size) - 1, 0),
      })
      shown += spans.length
      if (inside) push(children, merged, level + 1, rails)
    }
  }

  add(seen(trace.roots), false)
  const gaps = trace.missing
    .map(({ id, children }) => ({ ids: [id], children: seen(children) }))
    .filter(({ children }) => children.length > 0)
  const together =
    gaps.length > GAPS && options.fold
      ? [
          {
            ids: gaps.flatMap(({ ids }) => ids),
            children: gaps.flatMap(({ children }) => children),
          },
        ]
      : gaps
  for (const { ids, children } of together) {
    lines.push({ kind: 'gap', ids })
    add(children, true)
  }
  return { lines, shown }
}

/** The spans with a line of their own, not in a fold. */
export function unfoldedSpans({ lines }: Outline): Span[] {
  return lines.flatMap((line) =>
    line.kind === 'spans' && line.spans.length === 1 ? line.spans : [],
  )
}

/** The spans that pass the filters and their ancestors, no deeper than `depth`, in display order. */
export function matchingSpans(trace: Trace, options: Omit<OutlineOptions, 'fold'>): Span[] {
  const wanted = matching(trace, options)
  const visible = wanted && withAncestors(trace, wanted)
  const deepest = options.depth ?? Number.POSITIVE_INFINITY
  return trace.spans.filter(({ order, depth }) => depth < deepest && (!visible || visible[order]))
}

function childrenOf(spans: Span[]): Span[] {
  const [only] = spans
  if (spans.length === 1) return only!.children
  return spans.flatMap(({ children }) => children)
}

/** Children come after their parents in display order, so one walk from the end reaches every ancestor. */
function withAncestors({ spans }: Trace, wanted: Uint8Array): Uint8Array {
  const visible = Uint8Array.from(wanted)
  for (let i = spans.length - 1; i >= 0; i--) {
    const { parent } = spans[i]!
    if (visible[i] && parent) visible[parent.order] = 1
  }
  return visible
}

function visibleSizes({ spans }: Trace, visible: Uint8Array): Int32Array {
  const sizes = Int32Array.from(visible)
  for (let i = spans.length - 1; i >= 0; i--) {
    const { parent } = spans[i]!
    if (parent) sizes[parent.order]! += sizes[i]!
  }
  return sizes
}
