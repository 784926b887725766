/** Writes protobuf wire format (https://protobuf.dev/programming-guides/encoding/); for the collector and bench. */

/** Grows a buffer of protobuf fields; a field that has its default value is the caller's to leave out. */
export class WireWriter {
  #buffer: Buffer
  #length = 0

  constructor(capacity = 1024) {
    this.#buffer = Buffer.allocUnsafe(capacity)
  }

  /** A copy of what was written. */
  bytes(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length))
  }

  /** Wire type 0; `value` is taken modulo 2^64, so a negative bigint is written as int64 does. */
  varint(field: number, value: number | bigint): void {
    this.#tag(field, 0)
    this.#varint(value)
  }

  /** Wire type 1 from an integer, modulo 2^64. */
  fixed64(field: number, value: bigint): void {
    this.#tag(field, 1)
    this.#reserve(8)
    this.#length = this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length)
  }

  /** Wire type 1 from a floating-point number. */
  double(field: number, value: number): void {
    this.#tag(field, 1)
    this.#reserve(8)
    this.#length = this.#buffer.writeDoubleLE(value, this.#length)
  }

  /** Wire type 5, modulo 2^32. */
  fixed32(field: number, value: number): void {
    this.#tag(field, 5)
    this.#reserve(4)
    this.#length = this.#buffer.writeUInt32LE(value >>> 0, this.#length)
  }

  /** Wire type 2 from UTF-8 text. */
  string(field: number, text: string): void {
    const size = Buffer.byteLength(text)
    this.#tag(field, 2)
    this.#varint(size)
    this.#reserve(size)
    this.#length += this.#buffer.write(text, this.#length)
  }

  /** Wire type 2 from bytes. */
  raw(field: number, bytes: Uint8Array): void {
    this.#tag(field, 2)
    this.#varint(bytes.length)
    this.append(bytes)
  }

  /** Wire type 2 holding what `write` writes. */
  message(field: number, write: (inner: WireWriter) => void): void {
    const inner = new WireWriter(256)
    write(inner)
    this.raw(field, inner.#buffer.subarray(0, inner.#length))
  }

  /** Bytes that are already encoded, tag included. */
  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType)
  }

  #varint(value: number | bigint): void {
    this.#reserve(10)
    let low: number
    if (typeof value === 'number' && value >= 0 && value < 0x80000000) {
      low = value
    } else {
      let rest = BigInt.asUintN(64, BigInt(value))
      while (rest > 0x7fffffffn) {
        this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80
        rest >>= 7n
      }
      low = Number(rest)
    }
    while (low > 0x7f) {
      this.#buffer[this.#length++] = (low & 0x7f) | 0x80
      low >>>= 7
    }
    this.#buffer[this.#length++] = low
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + size))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}

/** A length as the prefix of a delimited message. */
export function lengthPrefix(size: number): Buffer {
  const bytes: number[] = []
  let rest = size
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}
