/** Rows of a span in every schema, as its own exporter inserts them. */
import type { Cell } from '../../cli/result.ts'
import type { Attributes, Span, Value } from './spans.ts'

type Json = Record<string, Cell>

const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'] as const
const STATUSES = ['Unset', 'Ok', 'Error'] as const

interface Schema {
  /** The table's name. */
  table: string
  row(span: Span): Json
}

/** Every schema of `queries/spans/`. The DDL is in `tables/`, that of `otrace` in `collector/schema/`. */
export const schemas: Record<string, Schema> = {
  'otel-map': { table: 'otel_traces', row: (span) => exporterRow(span, stringMap, spelled(span)) },
  'otel-map-2023': {
    table: 'otel_traces',
    row: (span) => {
      const { ScopeName, ScopeVersion, ...row } = exporterRow(span, stringMap, spelled(span))
      const scope = { 'otel.scope.name': ScopeName!, 'otel.scope.version': ScopeVersion! }
      const SpanAttributes = { ...(row.SpanAttributes as Json), ...scope }
      return { ...row, SpanAttributes, Duration: span.duration }
    },
  },
  'otel-map-text': {
    table: 'otel_traces',
    row: (span) => exporterRow(span, stringMap, named(span)),
  },
  clickstack: { table: 'otel_traces', row: (span) => exporterRow(span, stringMap, named(span)) },
  'clickstack-compat': {
    table: 'otel_traces',
    row: (span) => exporterRow(span, stringMap, span.old ? numbered(span) : named(span)),
  },
  'otel-json': {
    table: 'otel_traces',
    row: (span) => ({
      ...exporterRow(span, typed, named(span)),
      ResourceAttributesKeys: Object.keys(span.resource),
      SpanAttributesKeys: Object.keys(span.attributes),
    }),
  },
  signoz: { table: 'signoz_index_v3', row: signozRow },
  'signoz-scope': {
    table: 'signoz_index_v3',
    row: (span) => ({
      ...signozRow(span),
      scope: { name: span.scope, version: span.scopeVersion, attributes: {} },
    }),
  },
  jaeger: { table: 'spans', row: jaegerRow },
  otrace: { table: 'otel_traces', row: (span) => exporterRow(span, stringMap, named(span)) },
}

/** The exporter's text of a value (pdata's AsString). */
export function text(value: Value): string {
  return Array.isArray(value) ? JSON.stringify(value) : String(value)
}

/** Attributes as the exporter's Map holds them. */
export function stringMap(attributes: Attributes): Json {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, text(value)]))
}

const typed = (attributes: Attributes): Json => attributes
const named = ({ kind, status }: Span) => [KINDS[kind], STATUSES[status]] as const
const numbered = ({ kind, status }: Span) => [String(kind), String(status)] as const
const spelled = (span: Span) =>
  span.old
    ? ([
        `SPAN_KIND_${KINDS[span.kind].toUpperCase()}`,
        `STATUS_CODE_${STATUSES[span.status].toUpperCase()}`,
      ] as const)
    : named(span)

/** end - start without a sign. */
const wrapped = (duration: bigint) => BigInt.asUintN(64, duration)

function exporterRow(
  span: Span,
  attributes: (given: Attributes) => Json,
  [SpanKind, StatusCode]: readonly [string, string],
): Json {
  return {
    Timestamp: span.time,
    TraceId: span.traceId,
    SpanId: span.spanId,
    ParentSpanId: span.parentId,
    TraceState: span.traceState,
    SpanName: span.name,
    SpanKind,
    ServiceName: span.service,
    ResourceAttributes: attributes(span.resource),
    ScopeName: span.scope,
    ScopeVersion: span.scopeVersion,
    SpanAttributes: attributes(span.attributes),
    Duration: wrapped(span.duration),
    StatusCode,
    StatusMessage: span.statusMessage,
    'Events.Timestamp': span.events.map((event) => event.time),
    'Events.Name': span.events.map((event) => event.name),
    'Events.Attributes': span.events.map((event) => attributes(event.attributes)),
    'Links.TraceId': span.links.map((link) => link.traceId),
    'Links.SpanId': span.links.map((link) => link.spanId),
    'Links.TraceState': span.links.map(() => ''),
    'Links.Attributes': span.links.map((link) => attributes(link.attributes)),
  }
}

function pick(attributes: Attributes, wanted: (value: Value) => boolean): [string, Value][] {
  return Object.entries(attributes).filter(([, value]) => wanted(value))
}

const isText = (value: Value) => typeof value === 'string' || Array.isArray(value)
const isNumber = (value: Value) => typeof value === 'bigint' || typeof value === 'number'
const isBool = (value: Value) => typeof value === 'boolean'

function signozRow(span: Span): Json {
  const seconds = span.time / 1_000_000_000n
  const parent = {
    traceId: span.traceId,
    ...(span.parentId ? { spanId: span.parentId } : {}),
    refType: 'CHILD_OF',
  }
  const follows = span.links.map(({ traceId, spanId }) => ({
    traceId,
    spanId,
    refType: 'FOLLOWS_FROM',
  }))
  return {
    ts_bucket_start: seconds - (seconds % 1800n),
    resource_fingerprint: span.service,
    timestamp: span.time,
    trace_id: span.traceId,
    span_id: span.spanId,
    trace_state: span.traceState,
    parent_span_id: span.parentId,
    name: span.name,
    kind: span.kind,
    kind_string: KINDS[span.kind],
    duration_nano: wrapped(span.duration),
    status_code: span.status,
    status_message: span.statusMessage,
    status_code_string: STATUSES[span.status],
    attributes_string: Object.fromEntries(
      pick(span.attributes, isText).map(([key, value]) => [key, text(value)]),
    ),
    attributes_number: Object.fromEntries(
      pick(span.attributes, isNumber).map(([key, value]) => [key, Number(value)]),
    ),
    attributes_bool: Object.fromEntries(pick(span.attributes, isBool)),
    resources_string: stringMap(span.resource),
    events: span.events.map(
      ({ time, name, attributes }) =>
        `{"name":${JSON.stringify(name)},"timeUnixNano":${time},"attributeMap":${JSON.stringify(stringMap(attributes))},"isError":false}`,
    ),
    links: JSON.stringify([parent, ...follows]),
    has_error: span.status === 2,
  }
}

const TYPES: [name: string, wanted: (value: Value) => boolean][] = [
  ['bool', isBool],
  ['double', (value) => typeof value === 'number'],
  ['int', (value) => typeof value === 'bigint'],
  ['str', (value) => typeof value === 'string'],
  ['complex', Array.isArray],
]

/** Lists as OTLP JSON, under a marked key. */
function jaegerPair([key, value]: [string, Value]): [string, Cell] {
  if (!Array.isArray(value)) return [key, value]
  return [
    `@slice@${key}`,
    JSON.stringify({ arrayValue: { values: value.map((stringValue) => ({ stringValue })) } }),
  ]
}

function jaegerPairs(attributes: Attributes, wanted: (value: Value) => boolean): [string, Cell][] {
  return pick(attributes, wanted).map(jaegerPair)
}

function jaegerColumns(prefix: string, attributes: Attributes): Json {
  return Object.fromEntries(
    TYPES.flatMap(([name, wanted]) => {
      const pairs = jaegerPairs(attributes, wanted)
      const column = `${prefix}${name}_attributes`
      return [
        [`${column}.key`, pairs.map(([key]) => key)],
        [`${column}.value`, pairs.map(([, value]) => value)],
      ]
    }),
  )
}

function jaegerNested(prefix: string, rows: { attributes: Attributes }[]): Json {
  return Object.fromEntries(
    TYPES.map(([name, wanted]) => [
      `${prefix}.${name}_attributes`,
      rows.map(({ attributes }) =>
        jaegerPairs(attributes, wanted).map(([key, value]) => ({ key, value })),
      ),
    ]),
  )
}

function jaegerRow(span: Span): Json {
  return {
    id: span.spanId,
    trace_id: span.traceId,
    trace_state: span.traceState,
    parent_span_id: span.parentId,
    name: span.name,
    kind: span.kind === 0 ? '' : KINDS[span.kind].toLowerCase(),
    start_time: span.time,
    status_code: STATUSES[span.status],
    status_message: span.statusMessage,
    duration: span.duration,
    service_name: span.service,
    scope_name: span.scope,
    scope_version: span.scopeVersion,
    ...jaegerColumns('', span.attributes),
    ...jaegerColumns('resource_', span.resource),
    'events.name': span.events.map((event) => event.name),
    'events.timestamp': span.events.map((event) => event.time),
    ...jaegerNested('events', span.events),
    'links.trace_id': span.links.map((link) => link.traceId),
    'links.span_id': span.links.map((link) => link.spanId),
    'links.trace_state': span.links.map(() => ''),
    ...jaegerNested('links', span.links),
  }
}
