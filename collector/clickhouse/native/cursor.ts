/** A position in the bytes of a Native block, and what a column is to it. */

/** More bytes are needed. */
export const MORE = Symbol('more bytes')

/** A position in bytes that may end early. Every method throws MORE there. */
export class Cursor {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  skip(length: number): void {
    if (this.at + length > this.#bytes.length) throw MORE
    this.at += length
  }

  /** LEB128. */
  varint(): number {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.at]
      if (byte === undefined) throw MORE
      this.at += 1
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }

  u64(): number {
    this.skip(8)
    return Number(this.#bytes.readBigUInt64LE(this.at - 8))
  }

  /** Little-endian, of 1, 2 or 4 bytes. */
  number(size: number): number {
    this.skip(size)
    return this.#bytes.readUIntLE(this.at - size, size)
  }

  text(): string {
    const length = this.varint()
    this.skip(length)
    return this.#bytes.toString('utf8', this.at - length, this.at)
  }
}

/** Moves the cursor behind the data of this many rows. */
export type Data = (cursor: Cursor, rows: number) => void

/** What a column of a type is made of: a prefix for all its rows, then their data. */
export interface Column {
  /** Moves the cursor behind the prefix, which may tell what data follows. */
  prefix(cursor: Cursor): Data
}
