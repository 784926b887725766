/** Which spans of a trace are asked for; used by `outline`. */
import { logsBySpan } from './logs.ts'
import type { Attributes, LogRow } from './span.ts'
import type { Span, Trace } from './tree.ts'

/** What is asked for is shown with what leads to it. */
export interface Wanted {
  /** Spans that took at least so many ns. */
  minDuration?: number | undefined
  /** Spans in error. */
  errors?: boolean | undefined
  /** Spans of these services. */
  services?: readonly string[] | undefined
  /** Spans with a match in what is shown of them: name, service, statement, messages, attributes, events, links and logs. */
  grep?: RegExp | undefined
  /** The trace's log records, for `grep`. */
  logs?: readonly LogRow[] | undefined
  /** Resources are shown, too, and so `grep` looks into them. */
  resources?: boolean | undefined
}

/** By display order: 1 for what was asked for. Undefined when everything was. */
export function matching({ spans }: Trace, wanted: Wanted): Uint8Array | undefined {
  const { minDuration, errors, services, grep } = wanted
  const tests: ((span: Span) => boolean)[] = []
  if (minDuration !== undefined) tests.push(({ duration }) => duration >= minDuration)
  if (errors) tests.push(({ row }) => row.is_error)
  if (services) tests.push(({ row }) => services.includes(row.service))
  if (grep) tests.push(mentions(grep, wanted))
  if (tests.length === 0) return undefined
  return Uint8Array.from(spans, (span) => (tests.every((test) => test(span)) ? 1 : 0))
}

function mentions(grep: RegExp, { logs = [], resources }: Wanted): (span: Span) => boolean {
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
