/** What a receiver refused of a request that it answered with success. */

/** https://opentelemetry.io/docs/specs/otlp/#partial-success */
export interface PartialSuccess {
  /** Spans, records or points, 0 for a warning alone. */
  rejected: number
  /** What the receiver says; may be empty. */
  message: string
}

const NOTHING: PartialSuccess = { rejected: 0, message: '' }

/**
 * Reads the answer to an OTLP request, in protobuf or JSON.
 * @returns nothing refused for an answer that is neither
 */
export function partialSuccess(answer: Buffer): PartialSuccess {
  return inJson(answer.toString()) ?? inProtobuf(answer) ?? NOTHING
}

function inJson(text: string): PartialSuccess | undefined {
  try {
    const { partialSuccess: found } = JSON.parse(text)
    const [count] = Object.entries(found ?? {}).flatMap(([name, value]) =>
      /^rejected/.test(name) ? [Number(value)] : [],
    )
    return { rejected: count || 0, message: String(found?.errorMessage ?? '') }
  } catch {
    return undefined
  }
}

function inProtobuf(bytes: Buffer): PartialSuccess | undefined {
  const partial = fieldsOf(bytes)?.get(1)
  if (!Buffer.isBuffer(partial)) return undefined
  const fields = fieldsOf(partial)
  const [rejected, message] = [fields?.get(1), fields?.get(2)]
  return {
    rejected: typeof rejected === 'number' ? rejected : 0,
    message: Buffer.isBuffer(message) ? message.toString() : '',
  }
}

/** https://protobuf.dev/programming-guides/encoding/#structure */
const [VARINT, FIXED_64, BYTES, FIXED_32] = [0, 1, 2, 5]

/** Fields of a protobuf message by number. Numbers of fixed size are left out. @returns undefined for other bytes */
function fieldsOf(bytes: Buffer): Map<number, number | Buffer> | undefined {
  const fields = new Map<number, number | Buffer>()
  let at = 0
  const varint = () => {
    for (let [value, factor] = [0, 1]; ; factor *= 128) {
      const byte = bytes[at++]
      if (byte === undefined) return Number.NaN
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    const [number, type] = [Math.floor(tag / 8), tag % 8]
    if (type === VARINT) fields.set(number, varint())
    else if (type === FIXED_64) at += 8
    else if (type === FIXED_32) at += 4
    else if (type === BYTES) {
      const size = varint()
      fields.set(number, bytes.subarray(at, at + size))
      at += size
    } else return undefined
    // Also where a number is not one.
    if (!(at <= bytes.length)) return undefined
  }
  return fields
}
