/** The critical path of a trace: what would have to be shorter for the trace to be shorter; used by `tree`. */
import type { Span } from './tree.ts'

/** A stretch of time (ns from the trace's start) that the critical path spends in a span itself, outside its children. */
export interface Segment {
  span: Span
  from: number
  to: number
}

interface Visit {
  span: Span
  /** Explained so far, going backwards: what lies before is still to be told. */
  until: number
  byEnd: Span[]
  next: number
}

/**
 * The critical path, earliest segment first, and `critical` of every span as the sum of its segments.
 *
 * Definition: stand at the end of the trace and walk backwards. In a span, the path belongs to the child that finished last before
 * the point reached; between that child's end and the point it belongs to the span itself. The path enters the child at its end, leaves
 * it at its start, and goes on from there with the children that had finished by then, so that of parallel children only the one that
 * was waited for is on it. (The backward walk over last-finishing children of CRISP: Zhang et al., "CRISP: Critical Path Analysis of
 * Large-Scale Microservice Architectures", USENIX ATC 2022; Jaeger's critical path view takes the same walk.)
 *
 * Where this differs: an asynchronous child may outlive its parent, and the trace ends with the last of them, so a subtree ends where its
 * last span does, and a parent is only on the path until it started the child that outlived it. Time in which nothing ran (a message in
 * a queue) belongs to no span. It is walked with clocks put right (see skew.ts), shown so or not. What starts before its parent on the
 * same host counts from its parent's start. Detached spans that start while the longest root runs are walked as its children, for the span
 * between them is what is lost. Segments never overlap, so their sum is never more than the trace's duration. O(n log n).
 */
export function criticalPath(spans: Span[], main: Span): Segment[] {
  const adopted = new Set(
    main.place === 'root' ? spans.filter((span) => lostUnder(span, main)) : [],
  )
  const { start, end } = effectiveTimes(spans, adopted, main)
  const latestFirst = (some: Span[]) =>
    some.length < 2
      ? some
      : [...some].sort((a, b) => end[b.order]! - end[a.order]! || start[a.order]! - start[b.order]!)
  const visit = (span: Span): Visit => ({
    span,
    until: end[span.order]!,
    byEnd: latestFirst(span === main ? [...span.children, ...adopted] : span.children),
    next: 0,
  })
  const segments: Segment[] = []
  const own = (span: Span, from: number, to: number) => {
    const last = Math.min(to, span.end)
    if (last <= from) return
    segments.push({ span, from, to: last })
    span.critical += last - from
  }
  let reached = Number.POSITIVE_INFINITY
  for (const top of latestFirst(spans.filter((span) => !span.parent && !adopted.has(span)))) {
    if (end[top.order]! > reached) continue
    const stack = [visit(top)]
    for (let here = stack.at(-1); here; here = stack.at(-1)) {
      while (here.next < here.byEnd.length && end[here.byEnd[here.next]!.order]! > here.until) {
        here.next++
      }
      const child = here.byEnd[here.next++]
      if (child) {
        own(here.span, Math.max(start[here.span.order]!, end[child.order]!), here.until)
        here.until = start[child.order]!
        stack.push(visit(child))
      } else {
        own(here.span, start[here.span.order]!, here.until)
        stack.pop()
      }
    }
    reached = start[top.order]!
  }
  return segments.reverse()
}

/** Start and end of each span for the walk, by display order; the end is that of its subtree. */
function effectiveTimes(
  spans: Span[],
  adopted: Set<Span>,
  main: Span,
): { start: Float64Array; end: Float64Array } {
  const start = new Float64Array(spans.length)
  const end = new Float64Array(spans.length)
  for (const span of spans) {
    const { order } = span
    const parent = adopted.has(span) ? main : span.parent
    start[order] = parent ? Math.max(span.start, start[parent.order]!) : span.start
    end[order] = Math.max(span.end, start[order]!)
  }
  for (let i = spans.length - 1; i > 0; i--) {
    const { order } = spans[i]!
    const parent = adopted.has(spans[i]!) ? main : spans[i]!.parent
    if (parent) end[parent.order] = Math.max(end[parent.order]!, end[order]!)
  }
  return { start, end }
}

function lostUnder(span: Span, root: Span): boolean {
  return span.place === 'detached' && span.start >= root.start && span.start < root.end
}
