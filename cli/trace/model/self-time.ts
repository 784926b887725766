/** Self time: how long a span ran without any of its children; exact beyond 2^53 ns. */
import type { Span, Trace } from './trace.ts'

/**
 * Sets `self`, in ns: the span's duration less the union of its children's times within its own.
 * Parallel children count once, and what runs after its parent's end takes nothing from the parent.
 * Children come in the order of their start.
 */
export function selfTimes(spans: Span[]): void {
  for (const span of spans) {
    let busy = 0
    let until = span.start
    for (const child of span.children) {
      const from = Math.max(child.start, until)
      const to = Math.min(child.end, span.end)
      if (to <= from) continue
      busy += to - from
      until = to
    }
    span.self = span.duration - busy
  }
}

const whole = (ns: number) => BigInt(Math.round(ns))

/** ns of a span, with all digits. */
export function exactDuration({ row, duration }: Span): number | bigint {
  // A span without a start has a duration of its own.
  return row.exact_duration !== undefined && duration === row.duration
    ? row.exact_duration
    : duration
}

/** ns of a span's self time with all digits. */
export function exactSelf(span: Span): number | bigint {
  const duration = exactDuration(span)
  if (typeof duration === 'number') return span.self
  let busy = 0n
  let until = whole(span.start)
  const end = until + duration
  for (const child of span.children) {
    const started = whole(child.start)
    const ended = started + BigInt(exactDuration(child))
    if (ended <= until || started >= end) continue
    busy += ended - until
    if (started > until) busy -= started - until
    if (ended > end) busy -= ended - end
    until = ended
  }
  return duration - busy
}

/** ns from the start of a trace's first span to the end of its last, with all digits. */
export function exactLength({ spans, duration }: Trace): number | bigint {
  if (Number.isSafeInteger(duration)) return duration
  return spans.reduce((last, span) => {
    const end = whole(span.start) + BigInt(exactDuration(span))
    return end > last ? end : last
  }, 0n)
}
