/** How long each span was at work itself; used by `tree`. */
import type { Span } from './tree.ts'

/**
 * Sets `self`: the span's duration less the union of its children's times, as far as they lie within its own. Parallel children count
 * once, and what an asynchronous child does after its parent's end takes nothing from it. Children are in the order of their start.
 */
export function selfTimes(spans: Span[]): void {
  for (const span of spans) {
    let covered = 0
    let until = span.start
    for (const child of span.children) {
      const from = Math.max(child.start, until)
      const to = Math.min(child.end, span.end)
      if (to <= from) continue
      covered += to - from
      until = to
    }
    span.self = span.duration - covered
  }
}
