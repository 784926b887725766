/** Writes protobuf wire format (https://protobuf.dev/programming-guides/encoding/). */

/** The value of each ASCII hex digit, 255 for other bytes. */
const HEX = new Uint8Array(256).fill(255)
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16)
  HEX[digit.charCodeAt(0)] = value
  HEX[digit.toUpperCase().charCodeAt(0)] = value
}

/** A growing buffer of protobuf fields. The caller leaves out fields with their default value. */
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

  /** What was written, without a copy: nothing may be written after it. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#length)
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

  /** Wire type 2 from a range of bytes. */
  range(field: number, bytes: Uint8Array, start: number, end: number): void {
    const size = end - start
    this.#tag(field, 2)
    this.#varint(size)
    this.#reserve(size)
    const buffer = this.#buffer
    // A call into C++ costs more than a loop over a short text.
    if (size > 48) buffer.set(bytes.subarray(start, end), this.#length)
    else for (let i = 0, at = this.#length; i < size; i++) buffer[at + i] = bytes[start + i]!
    this.#length += size
  }

  /** Wire type 2 from hex digits of even number. @returns false, and writes nothing, where one is not. */
  hex(field: number, digits: Uint8Array, start: number, end: number): boolean {
    const before = this.#length
    this.#tag(field, 2)
    this.#varint((end - start) >>> 1)
    this.#reserve((end - start) >>> 1)
    for (let at = start; at < end; at += 2) {
      const high = HEX[digits[at]!]!
      const low = HEX[digits[at + 1]!]!
      if ((high | low) > 15) {
        this.#length = before
        return false
      }
      this.#buffer[this.#length++] = (high << 4) | low
    }
    return true
  }

  /** Wire type 1 from two halves of 32 bits. */
  halves(field: number, low: number, high: number): void {
    this.#tag(field, 1)
    this.#reserve(8)
    this.#buffer.writeUInt32LE(low, this.#length)
    this.#length = this.#buffer.writeUInt32LE(high, this.#length + 4)
  }

  /** Wire type 2 from the fields that `write` writes. */
  message(field: number, write: (inner: WireWriter) => void): void {
    const start = this.open(field)
    write(this)
    this.close(start)
  }

  /**
   * Begins a message; what is written until `close` is its content.
   * @param expected about its size, if known
   * @returns where it starts.
   */
  open(field: number, expected = 0): number {
    const width = widthOf(expected)
    this.#tag(field, 2)
    this.#reserve(width)
    this.#length += width
    return this.#length
  }

  /**
   * Ends the message that `open` began at `start`. A content moves if its size takes more or fewer bytes than expected.
   * @param expected as `open` was told.
   */
  close(start: number, expected = 0): void {
    const size = this.#length - start
    const width = widthOf(expected)
    const wider = widthOf(size) - width
    // Here, because a buffer that grows keeps what is before #length: 10 bytes for #varint, and for what moves.
    this.#reserve(10)
    if (wider !== 0) this.#buffer.copyWithin(start + wider, start, this.#length)
    this.#length = start - width
    this.#varint(size)
    this.#length += size
  }

  /** Encoded bytes, tag included. */
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

/** Bytes of a size as a varint. */
function widthOf(size: number): number {
  let width = 1
  for (let rest = size >>> 7; rest > 0; rest >>>= 7) width++
  return width
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
