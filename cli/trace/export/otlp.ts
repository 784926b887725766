/** A trace as OTLP JSON, which any collector accepts at `/v1/traces`. */

import { type Instant, moved, parseInstant, unixNanos } from '../model/instant.ts'
import type { Attributes, SpanRow } from '../model/span-row.ts'
import type { Trace } from '../model/trace.ts'
import { withOtlpIds } from './ids.ts'

/** Enum values of `opentelemetry/proto/trace/v1/trace.proto`. */
const KINDS: Record<string, number> = {
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
}
const STATUS: Record<string, number> = { ok: 1, error: 2 }

/**
 * An `ExportTraceServiceRequest` in the JSON mapping of OTLP 1 (ids in hex, 64-bit integers as text, enums as numbers),
 * in pieces. Spans are as stored, copies left out. Attributes are strings, as the stores that otrace reads keep no
 * other type; trace state of links, dropped counts and flags are not stored and so not there.
 */
export function traceOtlp({ spans }: Trace): Generator<string> {
  return spansOtlp(spans.map(({ row }) => row))
}

/** The same for spans of any traces. */
export function* spansOtlp(spans: SpanRow[]): Generator<string> {
  const groups = new Map<string, SpanRow[]>()
  for (const row of spans.map(withOtlpIds)) {
    const key = JSON.stringify([row.resource, row.scope, row.scope_version])
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  yield '{"resourceSpans":['
  let group = 0
  for (const rows of groups.values()) {
    const { resource, scope, scope_version } = rows[0]!
    const about = JSON.stringify({ attributes: attributes(resource) })
    const by = JSON.stringify({ name: scope, version: scope_version })
    yield `${group++ > 0 ? ',' : ''}\n{"resource":${about},"scopeSpans":[{"scope":${by},"spans":[`
    for (const [i, row] of rows.entries()) yield `${i > 0 ? ',' : ''}\n${JSON.stringify(span(row))}`
    yield '\n]}]}'
  }
  yield '\n]}\n'
}

function span(row: SpanRow): object {
  const start = parseInstant(row.time)
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    ...(row.trace_state && { traceState: row.trace_state }),
    ...(row.parent_id && { parentSpanId: row.parent_id }),
    name: row.name,
    kind: KINDS[row.kind] ?? 0,
    startTimeUnixNano: otlpTime(start),
    endTimeUnixNano: otlpTime(moved(start, row.duration)),
    attributes: attributes(row.attributes),
    events: eachOf(row.event_name, row.event_time, row.event_attributes).map((i) => ({
      timeUnixNano: otlpTime(parseInstant(row.event_time[i] ?? row.time)),
      name: row.event_name[i] ?? '',
      attributes: attributes(row.event_attributes[i] ?? {}),
    })),
    links: eachOf(row.link_trace_id, row.link_span_id).map((i) => ({
      traceId: row.link_trace_id[i] ?? '',
      spanId: row.link_span_id[i] ?? '',
      attributes: attributes(row.link_attributes[i] ?? {}),
    })),
    status: {
      ...(row.status_message && { message: row.status_message }),
      code: STATUS[row.status] ?? 0,
    },
  }
}

/** 0, which is an unknown time, before 1970: OTLP counts from there. */
const otlpTime = (instant: Instant) => (instant.seconds < 0 ? '0' : unixNanos(instant))

/** Positions of lists that belong together. A table does not say that they are equally long. */
const eachOf = (...lists: unknown[][]) =>
  Array.from({ length: Math.max(...lists.map(({ length }) => length)) }, (_, i) => i)

function attributes(map: Attributes): object[] {
  return Object.entries(map).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}
