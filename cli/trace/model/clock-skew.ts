/** Clock skew between hosts: detects it, and moves spans to correct it. */
import type { Span } from './trace.ts'

/** Spans share a clock when they share a host; where none is named, when they share a service. */
function clock({ row }: Span): string {
  return row.resource['host.name'] || row.resource['host.id'] || `service ${row.service}`
}

function sharesClock(a: Span, b: Span): boolean {
  // Most spans have the resource of their parent, which is one object.
  return (
    (a.row.resource === b.row.resource && a.row.service === b.row.service) || clock(a) === clock(b)
  )
}

/**
 * The clock skew of a span in ns, against a parent on another host: it starts before its parent, or it
 * responds after the client received the response. 0 if both clocks may be right.
 */
export function skewOf(span: Span): number {
  const { parent } = span
  if (!parent || sharesClock(parent, span)) return 0
  if (span.start < parent.start) return span.start - parent.start
  return waitedFor(span) && span.end > parent.end ? span.end - parent.end : 0
}

/** Whether it is a server span that fits into its client span on another host: ending later then means clock skew. */
function waitedFor(span: Span): boolean {
  const { parent } = span
  return (
    parent?.row.kind === 'client' &&
    span.row.kind === 'server' &&
    span.duration <= parent.duration &&
    span.start <= parent.end &&
    !sharesClock(span, parent)
  )
}

/**
 * Moves spans, parents first, to remove all skew: a skewed span moves to the middle of its parent (as if request
 * and response took equally long), or to its start when it does not fit. Descendants on the same host
 * move with it. Times stay whole ns. Returns the number of moved spans.
 */
export function fixSkew(spans: Span[]): number {
  let count = 0
  for (const span of spans) {
    const { parent } = span
    if (!parent) continue
    if (sharesClock(parent, span)) move(span, parent.shift)
    else if (skewOf(span) !== 0) {
      const room = Math.max(0, parent.duration - span.duration)
      move(span, parent.start + Math.floor(room / 2) - span.start)
    }
    if (span.shift !== 0) count++
  }
  return count
}

function move(span: Span, ns: number): void {
  span.shift += ns
  span.start += ns
  span.end += ns
}
