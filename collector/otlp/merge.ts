/** Fields that a message has several times and may have once, as protobuf reads them. */
import { FieldReader } from './field-reader.ts'
import { type Message, messageNamed, REQUESTS, type Signal } from './proto.ts'
import { WireWriter } from './wire.ts'

/**
 * The request with each such field once: the last number or text, and messages merged
 * (https://protobuf.dev/programming-guides/encoding/#last-one-wins). ClickHouse would read '' for two texts.
 * @param request one that scan() has let through.
 */
export function merge(signal: Signal, request: Uint8Array): Buffer {
  const out = new WireWriter(request.length)
  copy(out, messageNamed(REQUESTS[signal]), new FieldReader(request))
  return out.view()
}

function copy(out: WireWriter, { fields: known }: Message, fields: FieldReader): void {
  const contents = new Map<number, Uint8Array[]>()
  const lastTag = new Map<number, number>()
  for (const all = fields.again(); all.next(); lastTag.set(all.number, all.tag)) {
    if (known[all.number]?.repeated !== false) continue
    const earlier = contents.get(all.number)
    if (earlier) earlier.push(all.content())
    else contents.set(all.number, [all.content()])
  }
  while (fields.next()) {
    const { number } = fields
    const field = known[number]
    const parts = contents.get(number)
    if (parts && lastTag.get(number) !== fields.tag) continue
    if (field?.message && fields.wireType === 2) {
      const isOne = parts === undefined || parts.length === 1
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
