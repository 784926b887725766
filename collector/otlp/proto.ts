/** The messages of schema/otlp.proto as tables that the walk, the JSON reader and the rewriter share. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../../package.ts'

const SCALARS = [
  'string',
  'bytes',
  'bool',
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'fixed32',
  'fixed64',
  'sfixed64',
  'double',
] as const

export type Scalar = (typeof SCALARS)[number]

export interface Field {
  /** As in the .proto, snake_case. */
  name: string
  /** As OTLP's JSON spells it, lowerCamelCase. */
  jsonName: string
  number: number
  repeated: boolean
  /** Of its message's fields that are marked so, at most one may be there. */
  oneof: boolean
  /** What it holds: one of these two is set. */
  scalar?: Scalar
  message?: Message
  /** Of a trace's or a span's id: its bytes, or none. */
  idSize?: number
  /** 0 varint, 1 eight bytes, 2 delimited, 5 four bytes; of one element where it is repeated. */
  wireType: 0 | 1 | 2 | 5
}

export interface Message {
  name: string
  /**
   * `row` becomes one; what an `envelope` has besides rows is repeated on each of them; a `nested` value is one that
   * ClickHouse cannot turn to text.
   */
  role: 'row' | 'envelope' | 'nested' | undefined
  /** Sparse, by field number. */
  fields: (Field | undefined)[]
}

/** The three OTLP signals, as their HTTP paths name them. */
export const SIGNALS = ['traces', 'logs', 'metrics'] as const
export type Signal = (typeof SIGNALS)[number]

/** Each signal's request, by its message's name. */
export const REQUESTS: Record<Signal, string> = {
  traces: 'TracesRequest',
  logs: 'LogsRequest',
  metrics: 'MetricsRequest',
}

const ID_SIZES: Record<string, number> = { trace_id: 16, span_id: 8, parent_span_id: 8 }

const ROLES = new Map<string, Message['role']>([
  ...['Span', 'LogRecord'].map((name) => [name, 'row'] as const),
  ...['Number', 'Histogram', 'ExponentialHistogram', 'Summary'].map(
    (kind) => [`${kind}DataPoint`, 'row'] as const,
  ),
  ...['Spans', 'Logs', 'Metrics'].flatMap((what) =>
    [`Resource${what}`, `Scope${what}`].map((name) => [name, 'envelope'] as const),
  ),
  ...['Metric', 'Gauge', 'Sum', 'Histogram', 'ExponentialHistogram', 'Summary'].map(
    (name) => [name, 'envelope'] as const,
  ),
  ['ArrayValue', 'nested'],
  ['KeyValueList', 'nested'],
])

/** The schema's file, which ClickHouse reads as it is. */
export const protoPath = fileURLToPath(new URL('collector/schema/otlp.proto', packageRoot))

const messages = parse(readFileSync(protoPath, 'utf8'))

/** A message by name. Throws if schema/otlp.proto has none of that name. */
export function messageNamed(name: string): Message {
  const message = messages.get(name)
  if (!message) throw new Error(`schema/otlp.proto has no message ${name}`)
  return message
}

function parse(text: string): Map<string, Message> {
  const found = new Map<string, Message>()
  for (const [, name] of text.matchAll(/^message (\w+)/gm)) {
    found.set(name!, { name: name!, role: ROLES.get(name!), fields: [] })
  }
  let current: Message | undefined
  let oneof = false
  for (const line of text.split('\n')) {
    const opened = /^message (\w+)/.exec(line)
    if (opened) current = found.get(opened[1]!)
    if (/^ +oneof /.test(line)) oneof = true
    if (/^ +}/.test(line)) oneof = false
    const field = /^ +(repeated )?(\w+) (\w+) = (\d+);/.exec(line)
    if (!field || !current) continue
    const scalar = SCALARS.find((known) => known === field[2])
    const message = found.get(field[2]!)
    if (!scalar && !message) throw new Error(`schema/otlp.proto: unknown type ${field[2]}`)
    const number = Number(field[4])
    current.fields[number] = {
      name: field[3]!,
      jsonName: field[3]!.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      idSize: ID_SIZES[field[3]!],
      number,
      repeated: field[1] !== undefined,
      oneof,
      scalar,
      message,
      wireType: scalar ? wireTypeOf(scalar) : 2,
    }
  }
  return found
}

function wireTypeOf(scalar: Scalar): Field['wireType'] {
  if (scalar === 'string' || scalar === 'bytes') return 2
  if (scalar === 'double' || scalar === 'fixed64' || scalar === 'sfixed64') return 1
  return scalar === 'fixed32' ? 5 : 0
}
