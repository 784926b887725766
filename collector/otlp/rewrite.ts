/**
 * The slow way for the few requests that ClickHouse cannot read as they are: arrays and kvlists become their text, and of
 * a key given twice the last stays; for receive/.
 */
import { type Message, messageNamed, REQUESTS, type Signal } from './proto.ts'
import { WireWriter } from './wire.ts'

const KEY_VALUE = messageNamed('KeyValue')
const ANY_VALUE = messageNamed('AnyValue')
const [STRING, BOOL, INT, DOUBLE, ARRAY, KVLIST, BYTES] = [1, 2, 3, 4, 5, 6, 7] as const

type Value = null | string | boolean | bigint | number | Uint8Array | Value[] | Map<string, Value>

/** @param request one that walk() has let through. */
export function rewrite(signal: Signal, request: Uint8Array): Buffer {
  const out = new WireWriter(request.length)
  copy(out, messageNamed(REQUESTS[signal]), request)
  return out.bytes()
}

function copy(out: WireWriter, message: Message, bytes: Uint8Array): void {
  const attributes = new Map<number, Map<string, Uint8Array>>()
  for (const { number, body, whole } of fieldsOf(bytes)) {
    const child = body && message.fields[number]?.message
    if (!child) {
      out.append(whole)
    } else if (child === KEY_VALUE) {
      const { key, value } = keyValue(body)
      const list = attributes.get(number) ?? new Map<string, Uint8Array>()
      attributes.set(number, list.set(key, value))
    } else if (child === ANY_VALUE) {
      out.raw(number, plain(body))
    } else {
      out.message(number, (inner) => copy(inner, child, body))
    }
  }
  for (const [number, list] of attributes) {
    for (const [key, value] of list) {
      out.message(number, (pair) => {
        // As latin1, a key's bytes are kept whatever they are.
        pair.raw(1, Buffer.from(key, 'latin1'))
        pair.raw(2, plain(value))
      })
    }
  }
}

/** An AnyValue without nested values: those became text. */
function plain(any: Uint8Array): Uint8Array {
  const value = decode(any)
  if (!Array.isArray(value) && !(value instanceof Map)) return any
  const out = new WireWriter()
  out.string(STRING, nestedText(value))
  return out.bytes()
}

/**
 * What Go's json.Marshal makes of it, for so the exporter's Value.AsString does: keys sorted by their bytes, bytes in
 * base64, '' when there is a NaN or an infinity somewhere.
 */
function nestedText(value: Value): string {
  try {
    return json(value)
  } catch (error) {
    if (error instanceof RangeError) return ''
    throw error
  }
}

function json(value: Value): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError('not a JSON number')
    return Object.is(value, -0) ? '-0' : String(value)
  }
  if (value instanceof Uint8Array) return quoted(Buffer.from(value).toString('base64'))
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`
  const keys = [...value.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return `{${keys.map((key) => `${quoted(key)}:${json(value.get(key)!)}`).join(',')}}`
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

function decode(any: Uint8Array): Value {
  let value: Value = null
  for (const { number, body, varint, whole } of fieldsOf(any)) {
    if (number === STRING) value = Buffer.from(body!).toString()
    else if (number === BOOL) value = varint !== 0n
    else if (number === INT) value = BigInt.asIntN(64, varint!)
    else if (number === DOUBLE)
      value = new DataView(whole.buffer, whole.byteOffset + whole.length - 8).getFloat64(0, true)
    else if (number === BYTES) value = body!
    else if (number === ARRAY)
      value = [...fieldsOf(body!)]
        .filter((item) => item.number === 1)
        .map((item) => decode(item.body!))
    else if (number === KVLIST) value = kvlist(body!)
  }
  return value
}

function kvlist(bytes: Uint8Array): Map<string, Value> {
  const map = new Map<string, Value>()
  for (const { number, body } of fieldsOf(bytes)) {
    if (number !== 1) continue
    const { key, value } = keyValue(body!)
    map.set(Buffer.from(key, 'latin1').toString(), decode(value))
  }
  return map
}

/** @returns the key's bytes as latin1 text, and the AnyValue's bytes. */
function keyValue(bytes: Uint8Array): { key: string; value: Uint8Array } {
  let key = ''
  let value: Uint8Array = new Uint8Array()
  for (const { number, body } of fieldsOf(bytes)) {
    if (number === 1) key = Buffer.from(body!).toString('latin1')
    // A message field given twice is merged: the oneof's last member wins.
    else if (number === 2) value = value.length === 0 ? body! : Buffer.concat([value, body!])
  }
  return { key, value }
}

interface RawField {
  number: number
  /** Of a delimited field, what it holds. */
  body?: Uint8Array
  varint?: bigint
  /** Tag and all. */
  whole: Uint8Array
}

function* fieldsOf(bytes: Uint8Array): Generator<RawField> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const start = at
    const tag = Number(varint())
    const field: RawField = { number: tag >>> 3, whole: bytes }
    const wireType = tag & 7
    if (wireType === 0) {
      field.varint = varint()
    } else if (wireType === 2) {
      const size = Number(varint())
      field.body = bytes.subarray(at, at + size)
      at += size
    } else {
      at += wireType === 1 ? 8 : 4
    }
    field.whole = bytes.subarray(start, at)
    yield field
  }
}
