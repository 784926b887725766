/** Finds the parent of each span, and breaks loops of parents. */
import type { Span } from './trace.ts'

/**
 * Sets `parent` and `place` of every span. Spans come in the order of their start, which decides where a loop is
 * broken. Returns the ids that several spans share.
 */
export function linkParents(spans: Span[]): string[] {
  const byId = new Map<string, Span>()
  /** By id, then by service: the first of each. */
  const shared = new Map<string, Map<string, Span>>()
  for (const span of spans) {
    const { span_id, service } = span.row
    if (span_id === '') continue
    const first = byId.get(span_id)
    if (!first) {
      byId.set(span_id, span)
      continue
    }
    const services = shared.get(span_id) ?? new Map([[first.row.service, first]])
    if (!services.has(service)) services.set(service, span)
    shared.set(span_id, services)
  }
  for (const span of spans) {
    const { span_id, parent_id, service } = span.row
    if (parent_id === '') span.place = 'root'
    else if (parent_id === span_id) span.place = 'self'
    else {
      // Where two spans share an id (a client's and a server's, as Zipkin writes them), the own service's is the
      // nearer.
      const own = shared.get(parent_id)?.get(service)
      span.parent = own ?? byId.get(parent_id)
      span.place = span.parent ? 'child' : 'orphan'
      // One text for both, where a row came with its own.
      if (span.parent) span.row.parent_id = span.parent.row.span_id
    }
  }
  breakLoops(spans)
  return [...shared.keys()].sort()
}

/** Every walk towards the root ends at a span that was walked before; one that ends in its own walk is a loop. O(n). */
function breakLoops(spans: Span[]): void {
  spans.forEach((span, i) => {
    span.order = i
  })
  const walkOf = new Int32Array(spans.length)
  for (let walk = 1; walk <= spans.length; walk++) {
    let span: Span | undefined = spans[walk - 1]!
    while (span && walkOf[span.order] === 0) {
      walkOf[span.order] = walk
      span = span.parent
    }
    if (!span || walkOf[span.order] !== walk) continue
    let first = span
    for (let one = span.parent!; one !== span; one = one.parent!) {
      if (one.order < first.order) first = one
    }
    first.parent = undefined
    first.place = 'loop'
  }
}
