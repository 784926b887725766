/**
 * One stored span as the `spans` relation returns it.
 *
 * One file: rows with all columns and with few are read by the same rules.
 */
import type { Cell, Row } from '../../result.ts'

export type Attributes = Record<string, string>

/** Shared by all spans without attributes. */
export const NO_ATTRIBUTES: Attributes = Object.freeze({})

/**
 * A row of `spans`, see queries/README.md. `time` and `event_time` are ISO-8601 UTC with nine digits, `duration` is
 * in ns.
 */
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

type OutlineColumn = (typeof OUTLINE_COLUMNS)[number]

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
  const same = sameTexts()
  return (row) => {
    if (isLight(row)) {
      const light = new LightRow(row, same(row.trace_id) || traceId, resourceOf(row.resource), same)
      if (typeof row.duration === 'bigint') light.exact_duration = row.duration
      return light as unknown as SpanRow
    }
    const links = readLinks(row)
    // Without a spread, which takes half the time of a row.
    const read: SpanRow = {
      time: text(row.time),
      trace_id: same(row.trace_id) || traceId,
      span_id: text(row.span_id),
      parent_id: text(row.parent_id),
      trace_state: same(row.trace_state),
      scope: same(row.scope),
      scope_version: same(row.scope_version),
      service: same(row.service),
      name: same(row.name),
      kind: same(row.kind),
      status: same(row.status),
      status_message: same(row.status_message),
      is_error: Boolean(row.is_error),
      duration: number(row.duration),
      attributes: map(row.attributes),
      resource: resourceOf(row.resource),
      event_time: list(row.event_time, text),
      event_name: list(row.event_name, same),
      event_attributes: list(row.event_attributes, map),
      link_trace_id: links.link_trace_id,
      link_span_id: links.link_span_id,
      link_attributes: links.link_attributes,
      http_method: same(row.http_method),
      http_route: same(row.http_route),
      http_status: row.http_status ? Number(row.http_status) : null,
      http_path: same(row.http_path),
      db_system: same(row.db_system),
      db_query: same(row.db_query),
      exception_type: same(row.exception_type),
      exception_message: text(row.exception_message),
      weight: row.weight === undefined ? 1 : number(row.weight),
    }
    if (typeof row.duration === 'bigint') read.exact_duration = row.duration
    return read
  }
}

/**
 * A row with columns of an outline; all rows share the other columns, which are empty. A third less memory than a
 * SpanRow.
 */
class LightRow implements Pick<SpanRow, OutlineColumn | 'trace_id' | 'exact_duration'> {
  time: string
  trace_id: string
  span_id: string
  parent_id: string
  service: string
  name: string
  kind: string
  status: string
  status_message: string
  is_error: boolean
  duration: number
  declare exact_duration?: bigint
  attributes: Attributes
  resource: Attributes
  http_status: number | null
  db_system: string
  db_query: string
  weight: number

  constructor(
    row: Row,
    trace_id: string,
    resource: Attributes,
    same: ReturnType<typeof sameTexts>,
  ) {
    this.time = text(row.time)
    this.trace_id = trace_id
    this.span_id = text(row.span_id)
    this.parent_id = text(row.parent_id)
    this.service = same(row.service)
    this.name = same(row.name)
    this.kind = same(row.kind)
    this.status = same(row.status)
    this.status_message = same(row.status_message)
    this.is_error = Boolean(row.is_error)
    this.duration = number(row.duration)
    this.attributes = map(row.attributes)
    this.resource = resource
    this.http_status = row.http_status ? Number(row.http_status) : null
    this.db_system = same(row.db_system)
    this.db_query = same(row.db_query)
    this.weight = row.weight === undefined ? 1 : number(row.weight)
  }
}

/** Texts that differ more are kept as they come. */
const DIFFERENT = 5_000

/** Gives equal texts as one, so that a million spans of a few names do not hold a million names. */
function sameTexts(): (cell: Cell | undefined) => string {
  const known = new Map<string, string>()
  return (cell) => {
    const one = text(cell)
    if (one === '') return ''
    const first = known.get(one)
    if (first !== undefined) return first
    if (known.size >= DIFFERENT) known.clear()
    known.set(one, one)
    return one
  }
}

/** Links that name a span: SDKs send links without ids, or with zeros, for contexts that are not valid. */
function readLinks(row: Row): Pick<SpanRow, 'link_trace_id' | 'link_span_id' | 'link_attributes'> {
  if (!Array.isArray(row.link_trace_id) || row.link_trace_id.length === 0) return NO_LINKS
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

const NOTHING: never[] = []
const NO_LINKS = { link_trace_id: NOTHING, link_span_id: NOTHING, link_attributes: NOTHING }
const NO_DETAIL: Omit<SpanRow, keyof LightRow> = {
  trace_state: '',
  scope: '',
  scope_version: '',
  event_time: NOTHING,
  event_name: NOTHING,
  event_attributes: NOTHING,
  ...NO_LINKS,
  http_method: '',
  http_route: '',
  http_path: '',
  exception_type: '',
  exception_message: '',
}
Object.assign(LightRow.prototype, NO_DETAIL)
const DETAIL = Object.keys(NO_DETAIL)

function isLight(row: Row): boolean {
  return DETAIL.every((name) => row[name] === undefined)
}

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
