/**
 * OTLP's JSON to protobuf, by schema/otlp.proto.
 *
 * One file: one recursive reader, and the spellings that it accepts.
 */
import { fieldNamed } from './json-names.ts'
import { JsonReader } from './json-reader.ts'
import { type Field, type Message, messageNamed, REQUESTS, SIGNALS, type Signal } from './proto.ts'
import { MalformedRequestError, misdirected } from './scan.ts'
import { WireWriter } from './wire.ts'

/**
 * Names that may take the place of an enum's number (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
 */
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

/** The lists of a signal: `resourceMetrics`, `scope_logs`. */
const LIST_OF = /^(?:resource|scope|instrumentation_?library)_?(spans|logs|metrics)$/i

const KEY_VALUE = messageNamed('KeyValue')
const ANY_VALUE = messageNamed('AnyValue')
const DOUBLE_VALUE = 4
/** A deeper message is refused, as scan() does. */
const MAX_DEPTH = 100
const BILLION = 1_000_000_000

/**
 * The same request in protobuf. Fields may have their names in lowerCamelCase or as in the .proto. Unknown fields are
 * left out, null is the default, and 64-bit integers keep all their digits as numbers or as strings.
 * @throws MalformedRequestError naming the field.
 */
export function jsonToProtobuf(signal: Signal, body: Buffer): Buffer {
  const writer = new Transcoder(signal, body)
  return writer.run()
}

class Transcoder {
  readonly #signal: Signal
  readonly #json: JsonReader
  readonly #out: WireWriter
  /** The path to the current value: fields, and positions in lists. */
  readonly #fields: Field[] = []
  readonly #positions: number[] = []
  #depth = 0
  #rows = 0
  /**
   * The name of an unknown field: of the request, of a message that has no known one, or a list where rows are
   * expected.
   */
  #unknown: string | undefined

  constructor(signal: Signal, body: Buffer) {
    this.#signal = signal
    this.#json = new JsonReader(body)
    this.#out = new WireWriter(body.length + 16)
  }

  run(): Buffer {
    this.#message(messageNamed(REQUESTS[this.#signal]))
    this.#json.finish()
    if (this.#rows === 0 && this.#unknown !== undefined) {
      const [, kind = ''] = LIST_OF.exec(this.#unknown) ?? []
      const other = SIGNALS.find((signal) => signal === kind.toLowerCase().replace('span', 'trace'))
      if (other && other !== this.#signal) throw misdirected(other)
      const name = JSON.stringify(this.#unknown)
      throw new MalformedRequestError(
        `not a valid OTLP request: it has no ${this.#signal}, and ${name} is not a field of OTLP`,
      )
    }
    return this.#out.view()
  }

  #message(message: Message): void {
    const json = this.#json
    if (!json.isObject()) {
      // What is not JSON is said as such.
      json.skip()
      // Deeper fields are of a value before it.
      this.#fields.length = this.#depth
      this.#fail('an object')
    }
    if (this.#depth > MAX_DEPTH)
      throw new MalformedRequestError(`${this.#path()}: nested too deeply`)
    if (message.role === 'row') this.#rows++
    if (!json.enter()) return
    let isKnown = false
    let unknown: string | undefined
    do {
      json.key()
      const field = this.#field(message)
      isKnown ||= field !== undefined
      if (field === undefined) {
        // Values may be of a later version.
        if (this.#rows === 0 && message !== KEY_VALUE && message !== ANY_VALUE) {
          unknown ??= json.text().slice(0, 100)
          const isRows = message.role === 'envelope' && json.isList()
          if (isRows || this.#depth === 0) this.#unknown ??= json.text().slice(0, 100)
        }
        json.skip()
      } else if (!json.literal('null')) {
        this.#fields[this.#depth] = field
        this.#positions[this.#depth] = -1
        if (field.repeated) this.#list(field)
        else this.#value(field)
      }
    } while (json.another('}'))
    if (!isKnown) this.#unknown ??= unknown
  }

  #field(message: Message): Field | undefined {
    const json = this.#json
    if (!json.isEscaped) return fieldNamed(message, json.bytes, json.start, json.end)
    const name = Buffer.from(json.text())
    return fieldNamed(message, name, 0, name.length)
  }

  #list(field: Field): void {
    const json = this.#json
    if (!json.isList()) {
      json.skip()
      this.#fail('an array')
    }
    if (!json.enter()) return
    do {
      this.#positions[this.#depth]!++
      // An empty AnyValue in a list is a value, which null may take the place of.
      if (field.message === ANY_VALUE && json.literal('null'))
        this.#out.message(field.number, () => {})
      else this.#value(field)
    } while (json.another(']'))
  }

  #value(field: Field): void {
    const { number, message, scalar } = field
    const json = this.#json
    const out = this.#out
    if (message) {
      const start = out.open(number)
      this.#depth++
      this.#message(message)
      this.#depth--
      out.close(start)
      return
    }
    switch (scalar) {
      case 'string':
        this.#string('a string')
        if (json.isEscaped) out.string(number, json.text())
        else out.range(number, json.bytes, json.start, json.end)
        break
      case 'bytes':
        this.#string('a string')
        if (field.idSize === undefined) this.#base64(number)
        else this.#id(number, field.idSize)
        break
      case 'bool': {
        const isTrue = json.literal('true')
        if (!isTrue && !json.literal('false')) {
          json.skip()
          this.#fail('true or false')
        }
        out.varint(number, isTrue ? 1 : 0)
        break
      }
      case 'double':
        out.double(number, this.#double())
        break
      case 'fixed64':
      case 'sfixed64':
        this.#digits()
        if (!this.#writeHalves(number)) out.fixed64(number, this.#integer())
        break
      case 'int64': {
        this.#digits()
        const whole = this.#integer()
        // The JavaScript SDK sends every whole number as an int, 1e21 too: such a one stays a double.
        if (BigInt.asIntN(64, whole) === whole) out.varint(number, whole)
        else out.double(DOUBLE_VALUE, Number(json.text()))
        break
      }
      case 'fixed32':
        this.#digits()
        out.fixed32(number, Number(BigInt.asUintN(32, this.#integer())))
        break
      case 'sint32': {
        this.#digits()
        const signed = Number(this.#integer())
        out.varint(number, signed < 0 ? -2 * signed - 1 : 2 * signed)
        break
      }
      default:
        this.#enumOrInteger(field)
    }
  }

  #enumOrInteger(field: Field): void {
    const names = ENUMS[field.name]
    this.#digits()
    const first = this.#json.bytes[this.#json.start]!
    const named =
      names && first > 0x39 ? names.names.indexOf(this.#json.text().replace(names.prefix, '')) : -1
    this.#out.varint(field.number, named >= 0 ? named : this.#integer())
  }

  /** Reads a number, or a string that may be one. */
  #digits(): void {
    const json = this.#json
    if (json.isString()) json.string()
    else if (json.isNumber()) {
      json.isEscaped = false
      json.number()
    } else {
      json.skip()
      this.#fail('an integer')
    }
  }

  /** Writes 10 to 19 digits, as times have, without a bigint. @returns false for anything else. */
  #writeHalves(number: number): boolean {
    const { bytes, start, end } = this.#json
    if (end - start < 10 || end - start > 19) return false
    let upper = 0
    let lower = 0
    for (let at = start; at < end; at++) {
      const digit = bytes[at]! - 0x30
      if (digit < 0 || digit > 9) return false
      if (at < end - 9) upper = upper * 10 + digit
      else lower = lower * 10 + digit
    }
    // upper * 10^9 + lower, by halves of upper: each product is below 2^53.
    const product = Math.floor(upper / 65_536) * BILLION
    const rest = (product % 65_536) * 65_536 + (upper % 65_536) * BILLION + lower
    this.#out.halves(
      number,
      rest % 2 ** 32,
      Math.floor(product / 65_536) + Math.floor(rest / 2 ** 32),
    )
    return true
  }

  #integer(): bigint {
    const text = this.#json.text()
    if (text.length <= 21 && /^[+-]?\d{1,20}$/.test(text)) return BigInt(text.replace('+', ''))
    // A number such as 1e3 or 5.0; JSON.parse has always taken those.
    const value = text.length <= 400 && /^[-\d]/.test(text) ? Number(text) : Number.NaN
    if (Number.isInteger(value)) return BigInt(value)
    return this.#fail('an integer')
  }

  #double(): number {
    const json = this.#json
    if (json.isNumber()) {
      json.isEscaped = false
      json.number()
      return Number(json.text())
    }
    this.#string('a number')
    const text = json.text()
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (Number.isNaN(value) && text !== 'NaN') this.#fail('a number')
    return value
  }

  #id(number: number, size: number): void {
    const { bytes, start, end } = this.#json
    const fits = end === start || end - start === size * 2
    if (!fits || !this.#out.hex(number, bytes, start, end)) this.#fail(`${size * 2} hex digits`)
  }

  #base64(number: number): void {
    const text = this.#json.text()
    if (!/^[\w+/-]*={0,2}$/.test(text)) this.#fail('base64')
    this.#out.raw(number, Buffer.from(text, 'base64'))
  }

  #string(expected: string): void {
    if (!this.#json.isString()) {
      this.#json.skip()
      this.#fail(expected)
    }
    this.#json.string()
  }

  #path(): string {
    let path = 'the request'
    for (let i = 0; i <= this.#depth && i < this.#fields.length; i++) {
      const position = this.#positions[i]!
      path += `.${this.#fields[i]!.jsonName}${position < 0 ? '' : `[${position}]`}`
    }
    return path
  }

  #fail(expected: string): never {
    throw new MalformedRequestError(`not a valid OTLP request: ${this.#path()} must be ${expected}`)
  }
}
