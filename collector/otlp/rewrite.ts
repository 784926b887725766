/** Rewrites nested values, duplicate keys, and times and ids that tables cannot hold. */
import { setImmediate } from 'node:timers/promises'
import { FieldReader } from './field-reader.ts'
import { keyValue, nestedText } from './nested-text.ts'
import { type Message, messageNamed, REQUESTS, type Signal } from './proto.ts'
import { repairOf, Times } from './repair.ts'
import { WireWriter } from './wire.ts'

const KEY_VALUE = messageNamed('KeyValue')
const ANY_VALUE = messageNamed('AnyValue')
const STRING = 1
/** Other requests are answered after each turn of this length. */
const TURN_MS = 8
/** Fields between two looks at the clock. */
const FIELDS_A_LOOK = 500

/**
 * @param request one that scan() has let through.
 * @param now nanoseconds since 1970: the time of what has none.
 */
export async function rewrite(signal: Signal, request: Uint8Array, now: bigint): Promise<Buffer> {
  const message = messageNamed(REQUESTS[signal])
  const out = new WireWriter(request.length + 1024)
  const times = new Times(signal, request, now)
  let until = performance.now() + TURN_MS
  for (const _ of copy(out, message, new FieldReader(request), times, now)) {
    if (performance.now() < until) continue
    await setImmediate()
    until = performance.now() + TURN_MS
  }
  return out.view()
}

/**
 * Yields now and then, in the fields of envelopes and rows and in their attributes.
 * @param start when the row around this message starts.
 */
function* copy(
  out: WireWriter,
  message: Message,
  fields: FieldReader,
  times: Times,
  start: bigint,
): Generator<void> {
  let done = 0
  let attributes: Map<number, Map<string, FieldReader>> | undefined
  const repair = message.clocked ? repairOf(message, fields.again(), times, start) : undefined
  while (fields.next()) {
    const { number } = fields
    if (++done % FIELDS_A_LOOK === 0) yield
    const field = message.fields[number]
    const child = fields.wireType === 2 ? field?.message : undefined
    if (child === KEY_VALUE) {
      const { key, value } = keyValue(fields.inner())
      attributes ??= new Map()
      const list = attributes.get(number) ?? new Map<string, FieldReader>()
      attributes.set(number, list.set(key, value))
    } else if (child === ANY_VALUE) {
      writeValue(out, number, fields.inner())
    } else if (child) {
      const size = fields.end - fields.start
      const at = out.open(number, size)
      yield* copy(out, child, fields.inner(), times, repair?.start ?? start)
      out.close(at, size)
    } else if (!repair?.times.has(number)) {
      out.append(fields.whole())
    }
  }
  if (repair) for (const [key] of repair.attributes) attributes?.get(repair.list)?.delete(key)
  for (const [number, list] of attributes ?? []) {
    for (const [key, value] of list) {
      if (++done % FIELDS_A_LOOK === 0) yield
      const size = key.length + value.length
      const pair = out.open(number, size)
      // As latin1, a key's bytes are kept whatever they are.
      out.raw(1, Buffer.from(key, 'latin1'))
      writeValue(out, 2, value)
      out.close(pair, size)
    }
  }
  if (!repair) return
  for (const [number, time] of repair.times) out.fixed64(number, time)
  for (const [key, text] of repair.attributes) {
    const pair = out.open(repair.list)
    out.string(1, key)
    out.message(2, (value) => value.string(STRING, text))
    out.close(pair)
  }
}

/** An AnyValue; a nested one as its text. */
function writeValue(out: WireWriter, number: number, any: FieldReader): void {
  const size = any.length
  const at = out.open(number, size)
  const text = nestedText(any.again())
  if (text === undefined) while (any.next()) out.append(any.whole())
  else out.string(STRING, text)
  out.close(at, size)
}
