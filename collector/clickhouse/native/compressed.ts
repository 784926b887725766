/** ClickHouse's block compression, `compress=1`: frames with a checksum. */
import { cityHash128 } from './city-hash.ts'

const LZ4 = 0x82
/** Method and both sizes. */
const HEADER = 9
/** Bytes of content in a frame. Clients allocate this much. */
const MOST = 2 ** 16

/** Frames of LZ4 blocks without matches: on the loopback interface, compressing costs more than sending. */
export function compressedFrames(content: Uint8Array): Buffer {
  const frames: Buffer[] = []
  for (let at = 0; at < content.length; at += MOST) {
    frames.push(frame(content.subarray(at, at + MOST)))
  }
  return Buffer.concat(frames)
}

/** 16 bytes of checksum, then what it is of: method, sizes, data. */
function frame(content: Uint8Array): Buffer {
  const data = literals(content)
  const head = Buffer.allocUnsafe(HEADER)
  head[0] = LZ4
  head.writeUInt32LE(HEADER + data.length, 1)
  head.writeUInt32LE(content.length, 5)
  const body = Buffer.concat([head, data])
  return Buffer.concat([cityHash128(body), body])
}

/** An LZ4 block of one sequence. A length of 15 or more continues in bytes of 255. */
function literals(content: Uint8Array): Buffer {
  const { length } = content
  if (length < 15) return Buffer.concat([Buffer.from([length << 4]), content])
  const more = length - 15
  const lengths = Buffer.alloc(1 + Math.floor(more / 255) + 1, 255)
  lengths[0] = 0xf0
  lengths[lengths.length - 1] = more % 255
  return Buffer.concat([lengths, content])
}
