/** Filters the spans of a trace by the flags. */

import { logsBySpan } from '../model/events.ts'
import type { Attributes, LogRow } from '../model/span-row.ts'
import type { Span, Trace } from '../model/trace.ts'

/** Matching spans are shown with their ancestors. */
export interface SpanFilter {
  /** Minimum duration in ns. */
  minDuration?: number | undefined
  /** Spans in error. */
  errors?: boolean | undefined
  /** Spans of these services. */
  services?: readonly string[] | undefined
  /** Spans with a match in their shown text: name, service, statement, messages, attributes, events, links and logs. */
  grep?: RegExp | undefined
  /** The trace's log records, for `grep`. */
  logs?: readonly LogRow[] | undefined
  /** Resources are shown, so `grep` searches them too. */
  resources?: boolean | undefined
}

/** By display order: 1 for spans that match. Undefined without filters. */
export function matching({ spans }: Trace, wanted: SpanFilter): Uint8Array | undefined {
  const { minDuration, errors, services, grep } = wanted
  const tests: ((span: Span) => boolean)[] = []
  if (minDuration !== undefined) tests.push(({ duration }) => duration >= minDuration)
  if (errors) tests.push(({ row }) => row.is_error)
  if (services) tests.push(({ row }) => services.includes(row.service))
  if (grep) tests.push(mentions(grep, wanted))
  if (tests.length === 0) return undefined
  return Uint8Array.from(spans, (span) => (tests.every((test) => test(span)) ? 1 : 0))
}

function mentions(grep: RegExp, { logs = [], resources }: SpanFilter): (span: Span) => boolean {
  const bySpan = logsBySpan(logs)
  const seen = new Map<Attributes, boolean>()
  const pairs = (map: Attributes) =>
    Object.entries(map).some(([key, value]) => grep.test(`${key}=${value}`))
  const inResource = (resource: Attributes) => {
    const known = seen.get(resource) ?? pairs(resource)
    seen.set(resource, known)
    return known
  }
  return ({ row }) =>
    grep.test(row.name) ||
    grep.test(row.service) ||
    grep.test(row.db_query) ||
    grep.test(row.status_message) ||
    grep.test(row.span_id) ||
    (row.http_status !== null && grep.test(String(row.http_status))) ||
    pairs(row.attributes) ||
    row.event_name.some((name) => grep.test(name)) ||
    row.event_attributes.some(pairs) ||
    row.link_trace_id.some((id) => grep.test(id)) ||
    row.link_span_id.some((id) => grep.test(id)) ||
    row.link_attributes.some(pairs) ||
    (bySpan.get(row.span_id) ?? []).some(
      ({ severity, body, attributes }) => grep.test(`${severity} ${body}`) || pairs(attributes),
    ) ||
    (resources === true && inResource(row.resource))
}
