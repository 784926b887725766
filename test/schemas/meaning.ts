/** The columns of `spans`, computed in TypeScript from the spans. */
import { isoText } from '../../cli/query/window.ts'
import type { Cell } from '../../cli/result.ts'
import { stringMap } from './rows.ts'
import type { Attributes, Span } from './spans.ts'

const KINDS = ['', 'internal', 'server', 'client', 'producer', 'consumer']

export type Texts = Record<string, string>

export interface Meaning {
  [column: string]: Cell
  time: string
  trace_id: string
  span_id: string
  service: string
  name: string
  kind: string
  is_error: boolean
  status_message: string
  duration: number
  attributes: Texts
  resource: Texts
  event_time: string[]
  event_name: string[]
  event_attributes: Texts[]
  http_status: number | null
  weight: number
}

/** A span as every schema should show it. */
export function meaning(span: Span): Meaning {
  const attributes = texts(span.attributes)
  const resource = texts(span.resource)
  const events = span.events.map((event) => texts(event.attributes))
  const exception = events.find((event) => 'exception.type' in event) ?? attributes
  const first = (...keys: string[]) => keys.map((key) => attributes[key]).find(Boolean) ?? ''
  const status = first('http.response.status_code', 'http.status_code')
  const url = first('url.full', 'http.url') && new URL(first('url.full', 'http.url')).pathname
  const old = { namespace: first('code.namespace'), name: first('code.function') }
  const service = attributes['rpc.service'] ? `${attributes['rpc.service']}/` : ''
  return {
    time: isoText(span.time),
    trace_id: span.traceId,
    span_id: span.spanId,
    parent_id: span.parentId,
    trace_state: span.traceState,
    scope: span.scope,
    scope_version: span.scopeVersion,
    service: span.service,
    name: span.name,
    kind: KINDS[span.kind]!,
    is_error: span.status === 2,
    status: ['unset', 'ok', 'error'][span.status]!,
    status_message: span.statusMessage,
    duration: Math.max(0, Number(span.duration)),
    attributes,
    resource,
    event_time: span.events.map((event) => isoText(event.time)),
    event_name: span.events.map((event) => event.name),
    event_attributes: events,
    link_trace_id: span.links.map((link) => link.traceId),
    link_span_id: span.links.map((link) => link.spanId),
    link_attributes: span.links.map((link) => texts(link.attributes)),
    http_method: first('http.request.method', 'http.method'),
    http_route: first('http.route'),
    http_status: status === '' ? null : Number(status),
    http_path: first('url.path') || first('http.target').split('?')[0]! || url,
    db_system: first('db.system.name', 'db.system'),
    db_query: first('db.query.text', 'db.statement'),
    db_operation: first('db.operation.name', 'db.operation'),
    db_namespace: first('db.namespace', 'db.name'),
    db_collection: first('db.collection.name', 'db.sql.table', 'db.mongodb.collection'),
    rpc_system: first('rpc.system.name', 'rpc.system'),
    rpc_method: service + first('rpc.method'),
    rpc_status:
      first('rpc.status_code', 'rpc.response.status_code') ||
      (attributes['rpc.grpc.status_code'] ? 'OK' : ''),
    messaging_system: first('messaging.system'),
    messaging_destination: first('messaging.destination.name', 'messaging.destination'),
    messaging_operation: first('messaging.operation.type', 'messaging.operation').replace(
      'publish',
      'send',
    ),
    user_id: first('user.id', 'enduser.id'),
    environment:
      resource['deployment.environment.name'] ?? resource['deployment.environment'] ?? '',
    code_function: first('code.function.name') || (old.namespace && `${old.namespace}.${old.name}`),
    exception_type: exception['exception.type'] ?? '',
    exception_message: exception['exception.message'] ?? '',
    weight: weight(span, attributes),
  }
}

/**
 * Adds to each span its route and operation, and whether it is a request: by its kind, or in a service without such
 * kinds by its parent's service.
 */
export function withEntries(spans: Meaning[]): Meaning[] {
  const key = (span: Meaning, id: Cell) => JSON.stringify([span.trace_id, id, span.service])
  const stored = new Set(spans.map((span) => key(span, span.span_id)))
  const enters = ({ kind, parent_id }: Meaning) =>
    ['server', 'consumer'].includes(kind) || parent_id === ''
  const entered = new Set(spans.filter(enters).map(({ service }) => service))
  return spans.map((span) => ({
    ...span,
    operation:
      span.kind === 'server' && /^(?:(?:HTTP )?(?:GET|POST)|HTTP)$/.test(span.name)
        ? `${span.name} ${span.http_route || span.http_path}`
        : span.name,
    route:
      span.http_route ||
      span.http_path ||
      span.rpc_method ||
      span.messaging_destination ||
      span.name,
    is_entry:
      enters(span) || (!entered.has(span.service) && !stored.has(key(span, span.parent_id!))),
  }))
}

const texts = (attributes: Attributes) => stringMap(attributes) as Texts

/** 2^56 / (2^56 - T), where T is the threshold of `ot=th` padded with zeros to 14 digits; else SampleRate. */
function weight(span: Span, attributes: Texts): number {
  const member = span.traceState.split(',').find((text) => text.startsWith('ot='))
  const threshold = member
    ?.slice(3)
    .split(';')
    .find((text) => text.startsWith('th:'))
    ?.slice(3)
  if (threshold === undefined) return Number(attributes.SampleRate ?? 1)
  const all = 1n << 56n
  return Number(all) / Number(all - BigInt(`0x${threshold.padEnd(14, '0')}`))
}

/**
 * Losses of each schema, as changes to the span. Everything else is equal in all schemas.
 */
export const exceptions: Record<string, (span: Span) => Span> = {
  // The scope is stored and shown among the attributes.
  'otel-map-2023': (span) => ({
    ...span,
    attributes: {
      ...span.attributes,
      'otel.scope.name': span.scope,
      'otel.scope.version': span.scopeVersion,
    },
  }),
  signoz: (span) => ({ ...inSigNoz(span), scope: '', scopeVersion: '' }),
  'signoz-scope': inSigNoz,
  // Lists are stored as OTLP JSON.
  jaeger: (span) => ({
    ...span,
    attributes: Object.fromEntries(
      Object.entries(span.attributes).map(([key, value]) => [
        key,
        Array.isArray(value)
          ? JSON.stringify({
              arrayValue: { values: value.map((stringValue) => ({ stringValue })) },
            })
          : value,
      ]),
    ),
  }),
}

function rounded(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [
      key,
      typeof value === 'bigint' ? BigInt(Number(value)) : value,
    ]),
  )
}

/** No attributes on links, integers as Float64. */
function inSigNoz(span: Span): Span {
  return {
    ...span,
    attributes: rounded(span.attributes),
    links: span.links.map((link) => ({ ...link, attributes: {} })),
  }
}
