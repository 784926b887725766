/** The messages of schema/otlp.proto as tables. */
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
  /** The oneof that the field belongs to. */
  oneof?: string
  /** One of these two is set. */
  scalar?: Scalar
  message?: Message
  /** Bytes of a trace's or a span's id. */
  idSize?: number
  /** 1 for a span's trace id, 2 for its own id, 0 for any other field. */
  idBit: number
  /** A bit of its own where a message has the field once, else 0. */
  onceBit: number
  /** How a time in nanoseconds is used: see Clock. */
  clock?: Clock
  /** The most that the fifth byte of a varint may hold: the number has 32 bits, or 31 and a sign. */
  fifthByte?: number
  /** 0 varint, 1 eight bytes, 2 delimited, 5 four bytes; of one element for a repeated field. */
  wireType: 0 | 1 | 2 | 5
}

/** `row` places a row, or an event, in time; `end` is the later time of a row; `other` is neither. */
export type Clock = 'row' | 'end' | 'other'

export interface Message {
  name: string
  /** Bytes of an empty one in ClickHouse's columns, without the elements of its lists. */
  width: number
  /**
   * A `row` becomes a row of a table, with a copy of the `envelope` messages around it. ClickHouse cannot turn a
   * `nested` value to text.
   */
  role: 'row' | 'envelope' | 'nested' | undefined
  /** Whether it has a field whose clock is `row`. */
  clocked: boolean
  /** Sparse, by field number. */
  fields: (Field | undefined)[]
}

/** The three OTLP signals, named as in their HTTP paths. */
export const SIGNALS = ['traces', 'logs', 'metrics'] as const
export type Signal = (typeof SIGNALS)[number]

/** The message of each signal's request. */
export const REQUESTS: Record<Signal, string> = {
  traces: 'TracesRequest',
  logs: 'LogsRequest',
  metrics: 'MetricsRequest',
}

const CLOCKS: Record<string, Clock> = {
  'Span.start_time_unix_nano': 'row',
  'Span.end_time_unix_nano': 'end',
  'Event.time_unix_nano': 'row',
  'LogRecord.time_unix_nano': 'row',
  'LogRecord.observed_time_unix_nano': 'end',
  ...Object.fromEntries(
    ['Number', 'Histogram', 'ExponentialHistogram', 'Summary'].map(
      (kind) => [`${kind}DataPoint.time_unix_nano`, 'row'] as const,
    ),
  ),
}

const FIFTH_BYTES: Partial<Record<Scalar, number>> = { int32: 0x07, uint32: 0x0f, sint32: 0x0f }

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

/** The schema's file, read by ClickHouse too. */
export const protoPath = fileURLToPath(new URL('collector/schema/otlp.proto', packageRoot))

const messages = parse(readFileSync(protoPath, 'utf8'))

/** The names of all messages. */
export const messageNames = [...messages.keys()]

/** A message by name. Throws if schema/otlp.proto has no such message. */
export function messageNamed(name: string): Message {
  const message = messages.get(name)
  if (!message) throw new Error(`schema/otlp.proto has no message ${name}`)
  return message
}

function parse(text: string): Map<string, Message> {
  const found = new Map<string, Message>()
  for (const [, name] of text.matchAll(/^message (\w+)/gm)) {
    found.set(name!, { name: name!, role: ROLES.get(name!), width: 0, clocked: false, fields: [] })
  }
  let current: Message | undefined
  let oneof: string | undefined
  for (const line of text.split('\n')) {
    const opened = /^message (\w+)/.exec(line)
    if (opened) current = found.get(opened[1]!)
    const group = /^ +oneof (\w+)/.exec(line)
    if (group) oneof = group[1]
    if (/^ +}/.test(line)) oneof = undefined
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
      idBit: current.name === 'Span' && Number(field[4]) < 3 ? Number(field[4]) : 0,
      onceBit: field[1] === undefined && number < 32 ? 1 << number : 0,
      clock: field[3]!.endsWith('time_unix_nano')
        ? (CLOCKS[`${current.name}.${field[3]}`] ?? 'other')
        : undefined,
      fifthByte: scalar && FIFTH_BYTES[scalar],
      number,
      repeated: field[1] !== undefined,
      oneof,
      scalar,
      message,
      wireType: scalar ? wireTypeOf(scalar) : 2,
    }
  }
  for (const made of found.values()) {
    made.width = widthOf(made)
    made.clocked = made.fields.some((field) => field?.clock === 'row')
  }
  return found
}

/** A String column has an offset of eight bytes for each value, an Array column for each list. */
function widthOf(message: Message): number {
  let width = new Set(message.fields.flatMap((field) => field?.oneof ?? [])).size
  for (const field of message.fields) {
    if (!field || field.message?.role === 'nested') continue
    if (field.repeated) width += 8
    else width += field.message ? widthOf(field.message) : scalarWidth(field.scalar!)
  }
  return width
}

function scalarWidth(scalar: Scalar): number {
  if (scalar === 'bool') return 1
  return scalar.endsWith('32') ? 4 : 8
}

function wireTypeOf(scalar: Scalar): Field['wireType'] {
  if (scalar === 'string' || scalar === 'bytes') return 2
  if (scalar === 'double' || scalar === 'fixed64' || scalar === 'sfixed64') return 1
  return scalar === 'fixed32' ? 5 : 0
}
