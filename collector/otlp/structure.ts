/** The structure that ClickHouse reads an OTLP request into. */
import {
  type Field,
  type Message,
  messageNamed,
  REQUESTS,
  type Scalar,
  type Signal,
} from './proto.ts'

const TYPES: Record<Scalar, string> = {
  string: 'String',
  bytes: 'String',
  bool: 'Bool',
  int32: 'Int32',
  int64: 'Int64',
  uint32: 'UInt32',
  uint64: 'UInt64',
  sint32: 'Int32',
  fixed32: 'UInt32',
  fixed64: 'UInt64',
  sfixed64: 'Int64',
  double: 'Float64',
}

/** The messages of one metric's points: each table reads its own. */
const METRIC_KINDS = messageNamed('Metric').fields.flatMap((field) =>
  field?.message ? [field.name] : [],
)

/** Fields that no column of a table comes from: the scope is copied to each span. */
const UNSTORED: Partial<Record<string, string[]>> = {
  otel_traces: ['Scope.attributes', 'Scope.dropped_attributes_count'],
}

/**
 * The structure argument of ClickHouse's file(), such as `resource_spans Array(Tuple(…))`. A oneof is an Enum8 of the
 * number of the field that is set. Nested values are left out: rewrite.ts makes them text.
 * @param table such as `otel_metrics_gauge`, whose points alone are read.
 */
export function structureOf(signal: Signal, table: string): string {
  const kind = METRIC_KINDS.find((name) => table === `otel_metrics_${name}`)
  const others = METRIC_KINDS.filter((name) => name !== kind)
  const skipped = new Set([...others.map((name) => `Metric.${name}`), ...(UNSTORED[table] ?? [])])
  return columns(messageNamed(REQUESTS[signal]), skipped)
}

function columns(message: Message, skipped: ReadonlySet<string>): string {
  const made: string[] = []
  const oneofs = new Map<string, string[]>()
  for (const field of message.fields) {
    if (!field || skipped.has(`${message.name}.${field.name}`)) continue
    if (field.oneof) {
      const members = oneofs.get(field.oneof) ?? ["'none' = 0"]
      oneofs.set(field.oneof, [...members, `'${field.name}' = ${field.number}`])
    }
    if (field.message?.role !== 'nested') made.push(`${field.name} ${typeOf(field, skipped)}`)
  }
  for (const [name, members] of oneofs) made.push(`${name} Enum8(${members.join(', ')})`)
  return made.join(', ')
}

function typeOf(field: Field, skipped: ReadonlySet<string>): string {
  const type = field.message ? `Tuple(${columns(field.message, skipped)})` : TYPES[field.scalar!]
  return field.repeated ? `Array(${type})` : type
}
