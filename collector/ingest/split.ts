/** Splits an OTLP request into two halves by rows. */
import { type Message, messageNamed, REQUESTS, type Signal } from '../otlp/proto.ts'
import { lengthPrefix } from '../otlp/wire.ts'

/** The two halves of a valid request, or undefined when it has one row. */
export function halve(signal: Signal, request: Buffer): [Buffer, Buffer] | undefined {
  return halveMessage(messageNamed(REQUESTS[signal]), request)
}

interface FieldBytes {
  number: number
  /** Offsets of the field with its tag, and of its content. */
  start: number
  content: number
  end: number
}

function halveMessage(message: Message, bytes: Buffer): [Buffer, Buffer] | undefined {
  const all = [...fieldsOf(bytes)]
  const isInner = ({ number }: FieldBytes) => {
    const child = message.fields[number]?.message
    return child?.role === 'row' || child?.role === 'envelope'
  }
  const inner = all.filter(isInner)
  const around = all.filter((field) => !isInner(field)).map((field) => whole(bytes, field))
  if (inner.length > 1) {
    const middle = inner.length >> 1
    const half = (fields: FieldBytes[]) =>
      Buffer.concat([...around, ...fields.map((field) => whole(bytes, field))])
    return [half(inner.slice(0, middle)), half(inner.slice(middle))]
  }
  const [only] = inner
  const child = only && message.fields[only.number]!.message!
  if (!only || child!.role === 'row') return undefined
  const halves = halveMessage(child!, bytes.subarray(only.content, only.end))
  if (!halves) return undefined
  const tag = lengthPrefix(only.number * 8 + 2)
  const [first, second] = halves.map((half) =>
    Buffer.concat([...around, tag, lengthPrefix(half.length), half]),
  )
  return [first!, second!]
}

function whole(bytes: Buffer, { start, end }: FieldBytes): Buffer {
  return bytes.subarray(start, end)
}

/** The fields of a message that scan() has passed. */
function* fieldsOf(bytes: Buffer): Generator<FieldBytes> {
  let at = 0
  const varint = () => {
    let [value, factor, byte] = [0, 1, 0x80]
    while (byte >= 0x80) {
      byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * factor
      factor *= 128
    }
    return value
  }
  while (at < bytes.length) {
    const start = at
    const tag = varint()
    const wireType = tag & 7
    let content = at
    if (wireType === 2) {
      const size = varint()
      content = at
      at += size
    } else if (wireType === 0) varint()
    else at += wireType === 1 ? 8 : 4
    yield { number: Math.floor(tag / 8), start, content, end: at }
  }
}
