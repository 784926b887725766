/** An LZ4 frame without compression, for clients that accept nothing else. */
import { Transform, type TransformCallback } from 'node:stream'

/** Magic, version 1 with independent blocks, blocks of up to 4 MiB, and the checksum of these two bytes. */
const HEAD = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73])
const MOST = 2 ** 22
const STORED = 0x80000000

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */
export class StoredLz4 extends Transform {
  #begun = false

  override _transform(bytes: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#begin()
    for (let at = 0; at < bytes.length; at += MOST) {
      const block = bytes.subarray(at, at + MOST)
      this.push(word(block.length + STORED))
      this.push(block)
    }
    done()
  }

  override _flush(done: TransformCallback): void {
    this.#begin()
    this.push(word(0))
    done()
  }

  /** Holds nothing back. */
  flush(): void {}

  #begin(): void {
    if (!this.#begun) this.push(HEAD)
    this.#begun = true
  }
}

function word(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32LE(value)
  return bytes
}
