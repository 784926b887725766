/** A trace as JSON. */

import { offsetOf, spansOfLogs } from '../model/events.ts'
import { formatInstant } from '../model/instant.ts'
import { exactDuration, exactLength, exactSelf } from '../model/self-time.ts'
import type { Attributes, LogRow } from '../model/span-row.ts'
import type { Span, Trace } from '../model/trace.ts'
import { SPAN_KEYS, type TRACE_KEYS } from './json-keys.ts'

/** Columns of one span in every machine format, in order. */
export const SPAN_JSON_KEYS = Object.keys(SPAN_KEYS)

type SpanJson = { [key in keyof typeof SPAN_KEYS]: Json }
type TraceJson = { [key in keyof typeof TRACE_KEYS]: unknown }
type Json =
  | string
  | number
  | bigint
  | boolean
  | null
  | Attributes
  | Json[]
  | { [key: string]: Json }

/** A span on its own, in the shape of `SPAN_KEYS`. */
export function spanJson(span: Span, trace: Trace): SpanJson {
  const { row } = span
  return {
    trace_id: row.trace_id,
    span_id: row.span_id,
    parent_id: row.parent_id,
    time: row.time,
    offset: span.start,
    duration: exactDuration(span),
    self: exactSelf(span),
    critical: span.critical === span.self ? exactSelf(span) : span.critical,
    depth: span.depth,
    place: span.place,
    service: row.service,
    name: row.name,
    kind: row.kind,
    status: row.status,
    status_message: row.status_message,
    is_error: row.is_error,
    http_method: row.http_method,
    http_route: row.http_route,
    http_status: row.http_status,
    http_path: row.http_path,
    db_system: row.db_system,
    db_query: row.db_query,
    exception_type: row.exception_type,
    exception_message: row.exception_message,
    attributes: row.attributes,
    resource: row.resource,
    scope: row.scope,
    scope_version: row.scope_version,
    trace_state: row.trace_state,
    weight: row.weight,
    events: row.event_name.map((name, i) => {
      const time = row.event_time[i] ?? row.time
      return {
        time,
        offset: offsetOf(time, trace, span),
        name,
        attributes: row.event_attributes[i] ?? {},
      }
    }),
    links: row.link_trace_id.map((trace_id, i) => ({
      trace_id,
      span_id: row.link_span_id[i] ?? '',
      attributes: row.link_attributes[i] ?? {},
    })),
    shift: span.shift,
  }
}

/**
 * The trace as one JSON object in the shape of `TRACE_KEYS`, in pieces, so that 100,000 spans are never one string. It
 * lists only
 * `spans`, which may be fewer than the trace has; every other key is about the whole trace.
 */
export function* traceJson(
  trace: Trace,
  logs: readonly LogRow[],
  spans: readonly Span[],
): Generator<string> {
  const { main, pathDuration } = trace
  const head = {
    trace_id: trace.id,
    complete: trace.complete,
    name: main.row.name,
    service: main.row.service,
    root_span_id: main.place === 'root' || main.place === 'self' ? main.row.span_id : null,
    time: formatInstant(trace.origin),
    duration: exactLength(trace),
    path_duration: pathDuration === main.duration ? exactDuration(main) : pathDuration,
    span_count: trace.spans.length,
    error_count: trace.errors,
    duplicates: trace.duplicates.rows + trace.duplicates.versions,
    depth: trace.depth,
    services: [...trace.services].map(([service, counts]) => ({ service, ...counts })),
    findings: trace.findings,
  } satisfies Omit<TraceJson, 'critical_path' | 'logs' | 'spans'>
  yield '{\n'
  for (const [key, value] of Object.entries(head)) {
    yield `  ${JSON.stringify(key)}: ${exactJson(value)},\n`
  }
  yield* list('critical_path', trace.critical, ({ span, from, to }) => ({
    span_id: span.row.span_id,
    offset: from,
    duration: from === span.start && to === span.end ? exactDuration(span) : to - from,
    share: (to - from) / pathDuration,
  }))
  yield ',\n'
  const spanOf = spansOfLogs(trace, logs)
  yield* list('logs', logs, ({ time, ...log }) => ({
    time,
    offset: offsetOf(time, trace, spanOf.get(log.span_id)),
    ...log,
  }))
  yield ',\n'
  yield* list('spans', spans, (span) => spanJson(span, trace))
  yield '\n}\n'
}

function* list<T>(key: string, items: readonly T[], json: (item: T) => object): Generator<string> {
  yield `  "${key}": [`
  let first = true
  for (const item of items) {
    yield `${first ? '' : ','}\n    ${exactJson(json(item))}`
    first = false
  }
  yield first ? ']' : '\n  ]'
}

/** JSON with every digit of a bigint, which JSON.stringify refuses. */
function exactJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    if (typeof value === 'bigint') return String(value)
    if (Array.isArray(value)) return `[${value.map(exactJson).join(',')}]`
    const members = Object.entries(value as object)
    return `{${members.map(([key, one]) => `${JSON.stringify(key)}:${exactJson(one)}`).join(',')}}`
  }
}
