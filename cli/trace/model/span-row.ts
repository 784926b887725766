/** One stored span as the `spans` relation returns it. */
import type { Cell, Row } from '../../result.ts'

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
  /** `duration` if it exceeds the exact range of a double. */
  exact_duration?: bigint
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

/** False for a span sent without a start: 0 ns since 1970. */
export function hasStart({ time }: SpanRow): boolean {
  return !/^1970-01-01.00:00:00(?:\.0*)?Z?$/.test(time)
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

/** Columns that a tree needs; other columns and most attributes are read only for individually shown spans. */
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

/** Columns that a terminal shows by default. Each costs the server 0.5 ms to analyse and 0.5 ms to read. */
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
 * Reads rows of the store. A missing column reads as empty. Equal resources become one object.
 * @param traceId for rows of one trace, which do not repeat it
 * @param resources rows of `queries/internal/trace/resources-of-trace.sql`, for rows that name theirs by key
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
    ...(typeof row.duration === 'bigint' && { exact_duration: row.duration }),
    attributes: map(row.attributes),
    resource: resourceOf(row.resource),
    event_time: list(row.event_time, text),
    event_name: list(row.event_name, text),
    event_attributes: list(row.event_attributes, map),
    ...readLinks(row),
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

/** Links that name a span: SDKs send links without ids, or with zeros, for contexts that are not valid. */
function readLinks(row: Row): Pick<SpanRow, 'link_trace_id' | 'link_span_id' | 'link_attributes'> {
  const traces = list(row.link_trace_id, text)
  const spans = list(row.link_span_id, text)
  const attributes = list(row.link_attributes, map)
  const valid = traces.map((id, i) => /[^0]/.test(id) && /[^0]/.test(spans[i] ?? ''))
  const kept = <T>(all: T[]) => (valid.includes(false) ? all.filter((_, i) => valid[i]) : all)
  return {
    link_trace_id: kept(traces),
    link_span_id: kept(spans),
    link_attributes: kept(attributes),
  }
}

/** A row of `queries/internal/trace/logs-of-trace.sql`. */
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
