/** Single-purpose spans: a plain span with some fields changed. */
import { FROM, type Span } from './spans.ts'

let made = 0

/** An internal root span of `shop` at the start of the window, with ids of its own. */
export function madeSpan(given: Partial<Span> = {}): Span {
  made++
  return {
    time: FROM,
    duration: 1_000_000n,
    traceId: made.toString(16).padStart(32, '0'),
    spanId: made.toString(16).padStart(16, '0'),
    parentId: '',
    traceState: '',
    scope: 'made',
    scopeVersion: '',
    service: 'shop',
    name: `span ${made}`,
    kind: 1,
    status: 0,
    statusMessage: '',
    attributes: {},
    resource: {},
    events: [],
    links: [],
    old: false,
    ...given,
  }
}

/** A child of a span, in its trace. */
export const childOf = (parent: Span, given: Partial<Span> = {}): Span =>
  madeSpan({ traceId: parent.traceId, parentId: parent.spanId, ...given })
