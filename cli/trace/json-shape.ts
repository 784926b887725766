/** The shape of a trace in JSON: every key and what it holds, as users read it in `otrace trace --help`; `json.ts` writes these. */

/** Keys of the one object, in order. */
export const TRACE_KEYS = {
  trace_id: '32 hex digits',
  complete: 'nothing points to spans that are not stored',
  name: 'of the span that the trace is called after',
  service: 'of that span',
  root_span_id: 'its id where it is a root, else null',
  time: 'when the first span started',
  duration: 'to the end of the last span',
  elapsed: 'the same by clocks that agree: duration with --skew fix',
  span_count: 'spans of the whole trace',
  error_count: 'of these, in error',
  copies: 'rows left out because an equal one is there',
  depth: 'of the deepest span, counted from 1',
  services: '[{service, spans, errors}]',
  findings: '[{kind, message, count, span_ids, incomplete}], ≤ 10 ids',
  critical_path: '[{span_id, offset, duration, share}], shares of elapsed',
  logs: '[{time, offset, span_id, service, severity, body, attributes}]',
  spans: 'in display order, those that were asked for; as below',
} as const

/** Keys of a span, in order: the columns of the other machine formats. */
export const SPAN_KEYS = {
  trace_id: 'the same for each',
  span_id: '16 hex digits',
  parent_id: "'' for none",
  time: 'start as stored',
  offset: "start, from the trace's start",
  duration: 'an end before its start is 0',
  self: 'without a child at work',
  critical: "of the trace's critical path",
  depth: 'ancestors that are stored',
  place: 'why it stands there: child, root, detached, loop or self',
  service: 'service.name',
  name: 'as sent',
  kind: "server, client, internal, producer, consumer or ''",
  status: 'ok, error or unset',
  status_message: 'as sent',
  is_error: 'true or false',
  http_method: "by new and old names, '' for none, as the next five",
  http_route: 'such as /product/{id}',
  http_status: 'null for none',
  http_path: 'without its query',
  db_system: 'such as postgresql',
  db_query: 'the statement',
  exception_type: 'of its first exception',
  exception_message: 'of the same',
  attributes: '{key: text}',
  resource: '{key: text}',
  scope: 'instrumentation that made it',
  scope_version: 'and its version',
  trace_state: 'as sent',
  weight: 'how many spans it stands for, sampled ones included',
  events: '[{time, offset, name, attributes}]',
  links: '[{trace_id, span_id, attributes}]',
  shift: 'by how much --skew fix moved it: in offset, not in time',
} as const

/** Both as text for a help page. */
export function jsonShape(): string {
  return [
    '--json is one object. Times are ISO-8601 UTC with nine digits, lengths of time',
    'are ns, shares 0 to 1.',
    '',
    ...told(TRACE_KEYS),
    '',
    'Each of spans[], which is a line of -o ndjson and a row of -o csv:',
    '',
    ...told(SPAN_KEYS),
  ].join('\n')
}

function told(keys: Record<string, string>): string[] {
  return Object.entries(keys).map(([key, meaning]) => `  ${key.padEnd(18)} ${meaning}`)
}
