/** One stored span as the `spans` relation gives it, read strictly once; used by everything in `trace`. */
import type { Cell, Row } from '../render/renderer.ts'

export type Attributes = Record<string, string>

/** A row of the `spans` relation (design §4). `time` and `event_time` are ISO-8601 UTC with nine digits, `duration` is in ns. */
export interface SpanRow {
  time: string
  trace_id: string
  span_id: string
  parent_id: string
  trace_state: string
  scope: string
  scope_version: string
  service: string
  name: string
  kind: string
  status: string
  status_message: string
  is_error: boolean
  duration: number
  attributes: Attributes
  resource: Attributes
  event_time: string[]
  event_name: string[]
  event_attributes: Attributes[]
  link_trace_id: string[]
  link_span_id: string[]
  link_attributes: Attributes[]
  http_method: string
  http_route: string
  http_status: number | null
  http_path: string
  db_system: string
  db_query: string
  exception_type: string
  exception_message: string
  weight: number
}

/** A log record of the trace; `span_id` is `''` when it belongs to the trace alone. */
export interface LogRow {
  time: string
  span_id: string
  service: string
  severity: string
  body: string
  attributes: Attributes
}

/** Columns without which no tree can be drawn; the others, and most attributes, are only for spans that are shown by themselves. */
export const OUTLINE_COLUMNS = [
  'time',
  'span_id',
  'parent_id',
  'service',
  'name',
  'kind',
  'status',
  'status_message',
  'is_error',
  'duration',
  'attributes',
  'resource',
  'http_status',
  'db_system',
  'db_query',
  'weight',
] as const satisfies (keyof SpanRow)[]

/** Columns that a terminal shows unasked; each costs a server half a millisecond to understand, and as much to read. */
export const SHOWN_COLUMNS = [
  ...OUTLINE_COLUMNS,
  'event_time',
  'event_name',
  'event_attributes',
  'link_trace_id',
  'link_span_id',
  'link_attributes',
] as const satisfies (keyof SpanRow)[]

/**
 * Reads rows as the store answers them. A column that the answer lacks reads as empty. Equal resources become one object.
 * @param traceId for rows of one trace, which do not repeat it
 * @param resources rows of `queries/trace/resources-of-trace.sql`, for rows that name theirs by key
 */
export function spanReader(traceId = '', resources: Row[] = []): (row: Row) => SpanRow {
  const known = new Map(resources.map((row) => [String(row.key), map(row.resource)]))
  const resourceOf = (cell: Cell | undefined): Attributes => {
    if (typeof cell === 'string') return known.get(cell) ?? NO_ATTRIBUTES
    const text = JSON.stringify(cell ?? null)
    const same = known.get(text)
    if (same) return same
    const resource = map(cell)
    known.set(text, resource)
    return resource
  }
  return (row) => ({
    time: text(row.time),
    trace_id: text(row.trace_id) || traceId,
    span_id: text(row.span_id),
    parent_id: text(row.parent_id),
    trace_state: text(row.trace_state),
    scope: text(row.scope),
    scope_version: text(row.scope_version),
    service: text(row.service),
    name: text(row.name),
    kind: text(row.kind),
    status: text(row.status),
    status_message: text(row.status_message),
    is_error: Boolean(row.is_error),
    duration: number(row.duration),
    attributes: map(row.attributes),
    resource: resourceOf(row.resource),
    event_time: list(row.event_time, text),
    event_name: list(row.event_name, text),
    event_attributes: list(row.event_attributes, map),
    link_trace_id: list(row.link_trace_id, text),
    link_span_id: list(row.link_span_id, text),
    link_attributes: list(row.link_attributes, map),
    http_method: text(row.http_method),
    http_route: text(row.http_route),
    http_status: row.http_status ? Number(row.http_status) : null,
    http_path: text(row.http_path),
    db_system: text(row.db_system),
    db_query: text(row.db_query),
    exception_type: text(row.exception_type),
    exception_message: text(row.exception_message),
    weight: row.weight === undefined ? 1 : number(row.weight),
  })
}

/** A row of `queries/trace/logs-of-trace.sql`. */
export function readLog(row: Row): LogRow {
  return {
    time: text(row.time),
    span_id: text(row.span_id),
    service: text(row.service),
    severity: text(row.severity),
    body: text(row.body),
    attributes: map(row.attributes),
  }
}

function text(cell: Cell | undefined): string {
  if (typeof cell === 'string') return cell
  return cell === null || cell === undefined || typeof cell === 'object' ? '' : String(cell)
}

function number(cell: Cell | undefined): number {
  const value = Number(cell ?? 0)
  return Number.isFinite(value) && value > 0 ? value : 0
}

const NO_ATTRIBUTES: Attributes = Object.freeze({})
const NOTHING: never[] = []

function map(cell: Cell | undefined): Attributes {
  if (cell === null || typeof cell !== 'object' || Array.isArray(cell)) return NO_ATTRIBUTES
  let some = false
  for (const key in cell) {
    some = true
    if (typeof cell[key] !== 'string') {
      return Object.fromEntries(Object.entries(cell).map(([name, one]) => [name, text(one)]))
    }
  }
  return some ? (cell as Attributes) : NO_ATTRIBUTES
}

/** 100,000 spans without events share one empty array. */
function list<T>(cell: Cell | undefined, read: (cell: Cell | undefined) => T): T[] {
  return Array.isArray(cell) && cell.length > 0 ? cell.map(read) : NOTHING
}
