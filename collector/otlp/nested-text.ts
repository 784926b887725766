/** The text of an array or a kvlist, as the OpenTelemetry exporter writes it. */
import { FieldReader } from './field-reader.ts'
import { messageNamed } from './proto.ts'

const [STRING, BOOL, INT, DOUBLE, ARRAY, KVLIST, BYTES] = [
  'string_value',
  'bool_value',
  'int_value',
  'double_value',
  'array_value',
  'kvlist_value',
  'bytes_value',
].map((name) => messageNamed('AnyValue').fields.find((field) => field?.name === name)!.number)

/**
 * What Go's json.Marshal makes of an AnyValue, as the exporter's Value.AsString does: keys sorted by their bytes, bytes
 * in base64, '' for a value with a NaN or an infinity in it.
 * @returns undefined for a value that is not nested.
 */
export function nestedText(any: FieldReader): string | undefined {
  let last = 0
  const fields = any.again()
  while (fields.next()) last = fields.number
  if (last !== ARRAY && last !== KVLIST) return undefined
  try {
    return json(any)
  } catch (error) {
    if (error instanceof NotFiniteError) return ''
    throw error
  }
}

class NotFiniteError extends Error {}

function json(any: FieldReader): string {
  let text = 'null'
  while (any.next()) {
    if (any.number === STRING) text = quoted(any.text())
    else if (any.number === BOOL) text = String(any.varint() !== 0n)
    else if (any.number === INT) text = String(BigInt.asIntN(64, any.varint()))
    else if (any.number === DOUBLE) text = double(any.double())
    else if (any.number === BYTES) text = quoted(Buffer.from(any.content()).toString('base64'))
    else if (any.number === ARRAY) text = array(any.inner())
    else if (any.number === KVLIST) text = kvlist(any.inner())
  }
  return text
}

function double(value: number): string {
  if (!Number.isFinite(value)) throw new NotFiniteError()
  return Object.is(value, -0) ? '-0' : String(value)
}

function array(list: FieldReader): string {
  const items: string[] = []
  while (list.next()) if (list.number === 1) items.push(json(list.inner()))
  return `[${items.join(',')}]`
}

function kvlist(list: FieldReader): string {
  // Keys as latin1: their order is that of their bytes.
  const items = new Map<string, string>()
  while (list.next()) {
    if (list.number !== 1) continue
    const { key, value } = keyValue(list.inner())
    items.set(key, json(value))
  }
  const keys = [...items.keys()].sort()
  const named = keys.map(
    (key) => `${quoted(Buffer.from(key, 'latin1').toString())}:${items.get(key)}`,
  )
  return `{${named.join(',')}}`
}

/** A KeyValue's key as latin1, and its value. */
export function keyValue(pair: FieldReader): { key: string; value: FieldReader } {
  let key = ''
  const values: Uint8Array[] = []
  let value = new FieldReader(pair.bytes, 0, 0)
  while (pair.next()) {
    if (pair.number === 1) key = pair.latin1()
    if (pair.number !== 2) continue
    values.push(pair.content())
    value = pair.inner()
  }
  // A message field given twice is merged.
  return { key, value: values.length > 1 ? new FieldReader(Buffer.concat(values)) : value }
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}
