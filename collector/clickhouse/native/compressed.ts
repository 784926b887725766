/** ClickHouse's block compression, `compress=1` and `decompress=1`: frames with a checksum. */
import { unlz4Block } from '../../http/lz4.ts'
import { unzstd } from '../../http/zstd.ts'
import { RefusedStatementError } from '../errors.ts'
import { cityHash128 } from './city-hash.ts'

const LZ4 = 0x82
const ZSTD = 0x90
const NONE = 0x02
const CHECKSUM = 16
/** Method and both sizes. */
const HEADER = 9
/** Bytes of content in a frame. Clients allocate this much. */
const MOST = 2 ** 16
/** Bytes of frames beyond their content: heads, and blocks that do not get smaller. */
const MOST_BESIDE = 2 ** 16

/** Frames of LZ4 blocks without matches: on the loopback interface, compressing costs more than sending. */
export function compressedFrames(content: Uint8Array): Buffer {
  const frames: Buffer[] = []
  for (let at = 0; at < content.length; at += MOST) {
    frames.push(frame(content.subarray(at, at + MOST)))
  }
  return Buffer.concat(frames)
}

/**
 * The content of frames.
 * @param limit bytes of content
 * @throws RefusedStatementError as ClickHouse does for damaged frames
 */
export async function framesContent(body: Buffer, limit: number): Promise<Buffer> {
  // Each frame has a checksum, however little is in it.
  if (body.length > limit + MOST_BESIDE) throw tooLong()
  const parts: Buffer[] = []
  let room = limit
  for (let at = 0; at < body.length; ) {
    if (body.length - at < CHECKSUM + HEADER) throw cutOff()
    const head = at + CHECKSUM
    const [stored, size] = [body.readUInt32LE(head + 1), body.readUInt32LE(head + 5)]
    if (stored < HEADER || head + stored > body.length) throw cutOff()
    if (size > room) throw tooLong()
    const content = body.subarray(head, head + stored)
    if (!cityHash128(content).equals(body.subarray(at, head))) {
      throw refused("Checksum doesn't match: corrupted data", 40, 'CHECKSUM_DOESNT_MATCH')
    }
    parts.push(await contentOf(content[0]!, content.subarray(HEADER), size))
    room -= size
    at = head + stored
  }
  return Buffer.concat(parts)
}

async function contentOf(method: number, data: Buffer, size: number): Promise<Buffer> {
  try {
    if (method === LZ4) return unlz4Block(data, size)
    if (method === ZSTD) return Buffer.from(await unzstd(data, size))
    if (method === NONE && data.length === size) return data
  } catch {
    throw refused('Cannot decompress: corrupted data', 271, 'CANNOT_DECOMPRESS')
  }
  throw refused('Unknown compression method', 89, 'UNKNOWN_COMPRESSION_METHOD')
}

const refused = (message: string, code: number, name: string) =>
  new RefusedStatementError(message, code, name)
const tooLong = () => refused('the compressed statement is too long', 131, 'TOO_LARGE_STRING_SIZE')
const cutOff = () => refused('Cannot read all data', 33, 'CANNOT_READ_ALL_DATA')

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
