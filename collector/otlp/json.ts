/** OTLP's JSON to its protobuf, by schema/otlp.proto; for receive/http.ts. */
import { type Field, type Message, messageNamed, REQUESTS, type Signal } from './proto.ts'
import { MalformedRequestError } from './walk.ts'
import { WireWriter } from './wire.ts'

/** Names that decoders may meet in place of an enum's number (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). */
const ENUMS: Record<string, { prefix: string; names: string[] }> = {
  kind: {
    prefix: 'SPAN_KIND_',
    names: ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'],
  },
  code: { prefix: 'STATUS_CODE_', names: ['UNSET', 'OK', 'ERROR'] },
  aggregation_temporality: {
    prefix: 'AGGREGATION_TEMPORALITY_',
    names: ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'],
  },
  severity_number: {
    prefix: 'SEVERITY_NUMBER_',
    names: [
      'UNSPECIFIED',
      ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((level) => [
        level,
        `${level}2`,
        `${level}3`,
        `${level}4`,
      ]),
    ],
  },
}

const ANY_VALUE = messageNamed('AnyValue')
const DOUBLE_VALUE = 4
/** A value nested deeper is refused, as the walk does. */
const MAX_DEPTH = 100

/**
 * The same request in protobuf. Fields that are not known are left out, null is the default, 64-bit integers keep all
 * their digits whether they come as numbers or as strings.
 * @throws MalformedRequestError naming the field.
 */
export function jsonToProtobuf(signal: Signal, body: Buffer): Buffer {
  let value: unknown
  try {
    value = JSON.parse(keepDigits(body.toString('utf8')))
  } catch (error) {
    throw new MalformedRequestError(`not valid JSON: ${(error as Error).message}`)
  }
  const out = new WireWriter(body.length)
  writeMessage(out, messageNamed(REQUESTS[signal]), value, 'the request', 0)
  return out.bytes()
}

/** Puts quotes around integers that a JavaScript number could not hold. */
function keepDigits(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    /^-?\d{16,}$/.test(token) ? `"${token}"` : token,
  )
}

function writeMessage(
  out: WireWriter,
  message: Message,
  value: unknown,
  path: string,
  depth: number,
): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(path, 'an object')
  }
  if (depth > MAX_DEPTH) throw new MalformedRequestError(`${path}: nested too deeply`)
  for (const field of message.fields) {
    if (!field) continue
    const content = (value as Record<string, unknown>)[field.jsonName]
    if (content === undefined || content === null) continue
    const where = `${path}.${field.jsonName}`
    if (!field.repeated) {
      writeField(out, field, content, where, depth)
    } else if (Array.isArray(content)) {
      for (const [index, item] of content.entries()) {
        // An empty AnyValue in a list is a value; null stands for it.
        const element = item === null && field.message === ANY_VALUE ? {} : item
        writeField(out, field, element, `${where}[${index}]`, depth)
      }
    } else {
      throw wrong(where, 'an array')
    }
  }
}

function writeField(
  out: WireWriter,
  field: Field,
  value: unknown,
  path: string,
  depth: number,
): void {
  const { number, message, scalar } = field
  if (message) {
    out.message(number, (inner) => writeMessage(inner, message, value, path, depth + 1))
    return
  }
  switch (scalar) {
    case 'string':
      if (typeof value !== 'string') throw wrong(path, 'a string')
      out.string(number, value)
      break
    case 'bytes':
      if (typeof value !== 'string') throw wrong(path, 'a string')
      out.raw(
        number,
        field.idSize === undefined ? base64(value, path) : id(value, field.idSize, path),
      )
      break
    case 'bool':
      if (typeof value !== 'boolean') throw wrong(path, 'true or false')
      out.varint(number, value ? 1 : 0)
      break
    case 'double':
      out.double(number, double(value, path))
      break
    case 'int64': {
      const whole = integer(value, path)
      // The JavaScript SDK calls every whole number an int, 1e21 too: here it is the double that it was.
      if (BigInt.asIntN(64, whole) === whole) out.varint(number, whole)
      else out.double(DOUBLE_VALUE, Number(value))
      break
    }
    case 'fixed64':
    case 'sfixed64':
      out.fixed64(number, integer(value, path))
      break
    case 'fixed32':
      out.fixed32(number, Number(integer(value, path)))
      break
    case 'sint32': {
      const signed = Number(integer(value, path))
      out.varint(number, signed < 0 ? -2 * signed - 1 : 2 * signed)
      break
    }
    default: {
      const names = ENUMS[field.name]
      const named =
        typeof value === 'string' && names
          ? names.names.indexOf(value.replace(names.prefix, ''))
          : -1
      out.varint(number, named >= 0 ? named : integer(value, path))
    }
  }
}

function integer(value: unknown, path: string): bigint {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  if (typeof value === 'string' && /^[+-]?\d{1,20}$/.test(value))
    return BigInt(value.replace('+', ''))
  throw wrong(path, 'an integer')
}

function double(value: unknown, path: string): number {
  if (typeof value === 'number') return value
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value)
  if (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)))
    return Number(value)
  throw wrong(path, 'a number')
}

function id(value: string, size: number, path: string): Buffer {
  if (value !== '' && (value.length !== size * 2 || !/^[0-9a-f]*$/i.test(value))) {
    throw wrong(path, `${size * 2} hex digits`)
  }
  return Buffer.from(value, 'hex')
}

function base64(value: string, path: string): Buffer {
  if (!/^[\w+/-]*=*$/.test(value)) throw wrong(path, 'base64')
  return Buffer.from(value, 'base64')
}

function wrong(path: string, expected: string): MalformedRequestError {
  return new MalformedRequestError(`not a valid OTLP request: ${path} must be ${expected}`)
}
