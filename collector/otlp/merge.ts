/** Fields that a message has several times and may have once, as protobuf reads them. */
import { FieldReader } from './field-reader.ts'
import { type Message, messageNamed, REQUESTS, type Signal } from './proto.ts'
import { WireWriter } from './wire.ts'

/**
 * The request with each such field once: the last number, text or member of a oneof, and messages merged
 * (https://protobuf.dev/programming-guides/encoding/#last-one-wins). ClickHouse would read '' for two texts.
 * @param request one that scan() has let through.
 */
export function merge(signal: Signal, request: Uint8Array): Buffer {
  const out = new WireWriter(request.length + 16)
  copy(out, messageNamed(REQUESTS[signal]), new FieldReader(request))
  return out.view()
}

function copy(out: WireWriter, { fields: known }: Message, fields: FieldReader): void {
  const kept = new Map<number, { parts: Uint8Array[]; tag: number }>()
  let chosen: number | undefined
  for (const all = fields.again(); all.next(); ) {
    const { number, tag } = all
    const field = known[number]
    if (field?.repeated !== false) continue
    if (field.oneof) {
      // Another member takes the place of this one, and of all its parts.
      if (chosen !== undefined && chosen !== number) kept.delete(chosen)
      chosen = number
    }
    const parts = kept.get(number)?.parts ?? []
    parts.push(all.content())
    kept.set(number, { parts, tag })
  }
  while (fields.next()) {
    const { number } = fields
    const field = known[number]
    if (field?.repeated === false && kept.get(number)?.tag !== fields.tag) continue
    if (field?.message && fields.wireType === 2) {
      const parts = kept.get(number)?.parts ?? []
      const isOne = parts.length < 2
      const inner = isOne ? fields.inner() : new FieldReader(Buffer.concat(parts))
      const size = inner.length
      const at = out.open(number, size)
      copy(out, field.message, inner)
      out.close(at, size)
    } else {
      out.append(fields.whole())
    }
  }
}
