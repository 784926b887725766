/** The keys of a trace in JSON, with their descriptions in help. */

/** Keys of the one object, in order. */
export const TRACE_KEYS = {
  trace_id: '32 hex digits',
  complete: 'nothing points to spans that are not stored',
  name: 'name of the main span',
  service: 'service of the main span',
  root_span_id: 'id of the main span if it is a root, else null',
  time: 'when the first span started',
  duration: 'to the end of the last span',
  path_duration: 'sum of the critical path: the duration of the root, if stored',
  span_count: 'spans of the whole trace',
  error_count: 'spans in error',
  duplicates: 'rows left out: duplicates and older versions',
  depth: 'depth of the deepest span, from 1',
  services: '[{service, spans, errors}]',
  findings: '[{kind, message, count, span_ids, incomplete}], ≤ 10 ids',
  critical_path: '[{span_id, offset, duration, share}], in order, shares of path_duration',
  logs: '[{time, offset, span_id, service, severity, body, attributes}]',
  spans: 'in display order, filtered; as below',
} as const

/** Keys of a span, in order: the columns of the other machine formats. */
export const SPAN_KEYS = {
  trace_id: 'the same for each',
  span_id: '16 hex digits',
  parent_id: "'' for none",
  time: 'start as stored',
  offset: "start, from the trace's start",
  duration: 'an end before its start is 0',
  self: 'self time',
  critical: 'time on the critical path',
  depth: 'number of stored ancestors',
  place: 'position: child, root, orphan, loop or self',
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
  exception_type: 'type of the first exception',
  exception_message: 'message of the first exception',
  attributes: '{key: text}',
  resource: '{key: text}',
  scope: 'instrumentation scope',
  scope_version: 'version of the scope',
  trace_state: 'as sent',
  weight: 'adjusted count: the spans that a sampled span represents',
  events: '[{time, offset, name, attributes}]',
  links: '[{trace_id, span_id, attributes}]',
  shift: 'correction by --skew fix, applied to offset, not to time',
} as const

/** Both as text for a help page. */
export function jsonShape(): string {
  return [
    '--json is one object. Times are ISO-8601 UTC with nine digits, durations',
    'are ns, shares 0 to 1.',
    '',
    ...described(TRACE_KEYS),
    '',
    'Each of spans[], which is a line of -o ndjson and a row of -o csv:',
    '',
    ...described(SPAN_KEYS),
  ].join('\n')
}

function described(keys: Record<string, string>): string[] {
  return Object.entries(keys).map(([key, meaning]) => `  ${key.padEnd(18)} ${meaning}`)
}
