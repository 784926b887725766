/** Clocks of different hosts that disagree: sees where they must, and moves spans when asked to; used by `tree` and `findings`. */
import type { Span } from './tree.ts'

/** Spans share a clock when they share a host; where none is named, when they share a service. */
function clock({ row }: Span): string {
  return row.resource['host.name'] || row.resource['host.id'] || `service ${row.service}`
}

/**
 * By how many ns the clock of a span's host must be off, given its parent on another host: it starts before the span that caused it, or
 * it answers a client after the client had its answer. 0 where both clocks may be right.
 */
export function skewOf(span: Span): number {
  const { parent } = span
  if (!parent || clock(parent) === clock(span)) return 0
  if (span.start < parent.start) return span.start - parent.start
  return waitedFor(span) && span.end > parent.end ? span.end - parent.end : 0
}

/** A server's span on another host than its client's, into which it would fit: an end after the client's is the clocks' doing. */
function waitedFor(span: Span): boolean {
  const { parent } = span
  return (
    parent?.row.kind === 'client' &&
    span.row.kind === 'server' &&
    span.duration <= parent.duration &&
    span.start <= parent.end &&
    clock(span) !== clock(parent)
  )
}

/**
 * Moves spans, parents first, so that no skew is left: a span whose clock must be off goes to the middle of its parent (as if the request
 * and the answer had been equally long on their way), or to its start when it does not fit; what runs on the same host under it
 * moves by as much. Times stay whole ns. Returns how many spans moved.
 */
export function fixSkew(spans: Span[]): number {
  let count = 0
  for (const span of spans) {
    const { parent } = span
    if (!parent) continue
    if (clock(parent) === clock(span)) move(span, parent.shift)
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
