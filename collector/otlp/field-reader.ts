/** Reads the fields of a protobuf message that scan() has let through. */

/** A cursor over the fields between two offsets. */
export class FieldReader {
  readonly bytes: Uint8Array
  /** The current field. */
  number = 0
  wireType = 0
  /** Offsets of its tag, of its content, and behind it. */
  tag = 0
  start = 0
  end: number
  readonly #last: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.end = start
    this.#last = end
  }

  /** Goes to the next field. @returns whether there is one. */
  next(): boolean {
    if (this.end >= this.#last) return false
    this.tag = this.end
    const tag = this.#size()
    this.number = tag >>> 3
    this.wireType = tag & 7
    if (this.wireType === 2) {
      const size = this.#size()
      this.start = this.end
      this.end += size
    } else {
      this.start = this.end
      if (this.wireType === 0) while (this.bytes[this.end++]! >= 0x80);
      else this.end += this.wireType === 1 ? 8 : 4
    }
    return true
  }

  /** Bytes behind the current field. */
  get length(): number {
    return this.#last - this.end
  }

  /** The fields of the current field, a message. */
  inner(): FieldReader {
    return new FieldReader(this.bytes, this.start, this.end)
  }

  /** A cursor at the first of the same fields. To be called before next(). */
  again(): FieldReader {
    return new FieldReader(this.bytes, this.end, this.#last)
  }

  /** The content of the current field. */
  content(): Uint8Array {
    return this.bytes.subarray(this.start, this.end)
  }

  /** The current field, tag and all. */
  whole(): Uint8Array {
    return this.bytes.subarray(this.tag, this.end)
  }

  /** The content as text, each byte a character. */
  latin1(): string {
    return this.#buffer().toString('latin1', this.start, this.end)
  }

  text(): string {
    return this.#buffer().toString('utf8', this.start, this.end)
  }

  /** A varint, modulo 2^64. */
  varint(): bigint {
    let value = 0n
    for (let at = this.start, shift = 0n; at < this.end; at++, shift += 7n) {
      value |= BigInt(this.bytes[at]! & 0x7f) << shift
    }
    return BigInt.asUintN(64, value)
  }

  fixed64(): bigint {
    return this.#buffer().readBigUInt64LE(this.start)
  }

  double(): number {
    return this.#buffer().readDoubleLE(this.start)
  }

  #size(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.end++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }

  #buffer(): Buffer {
    const { buffer, byteOffset, length } = this.bytes
    return this.bytes instanceof Buffer ? this.bytes : Buffer.from(buffer, byteOffset, length)
  }
}
