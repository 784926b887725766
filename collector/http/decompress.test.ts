/** Every encoding: round trips, limits and damaged input. */
import { execFileSync } from 'node:child_process'
import * as zlib from 'node:zlib'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decompressed } from './decompress.ts'

const decompress = (body: Buffer, encoding: string | undefined, limit: number) =>
  decompressed(body, encoding, limit, async (decoded) => decoded)

/** Some of it repeats, some does not. */
const TEXT = Buffer.from(
  Array.from({ length: 3000 }, (_, i) => `span ${i} ${Math.imul(i, 2654435761) >>> 0}\n`).join(''),
)
const LIMIT = 2 ** 20
const DAMAGES = process.env.OTRACE_LONG ? 300 : 100

/** A Snappy block of literals, and of copies where a piece repeats the one before it. */
function snappyBlock(bytes: Buffer): Buffer {
  const parts: Buffer[] = [varint(bytes.length)]
  for (let at = 0; at < bytes.length; ) {
    const repeats = (length: number) =>
      at >= 8 &&
      at + length <= bytes.length &&
      bytes.compare(bytes, at, at + length, at - 8, at - 8 + length) === 0
    const length = [64, 8].find(repeats)
    if (length) {
      // A copy with an offset of two bytes: from 8 back.
      parts.push(Buffer.from([((length - 1) << 2) | 2, 8, 0]))
      at += length
    } else {
      const piece = bytes.subarray(at, at + 8)
      parts.push(Buffer.from([(piece.length - 1) << 2]), piece)
      at += piece.length
    }
  }
  return Buffer.concat(parts)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    bytes.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
    if (rest <= 0x7f) return Buffer.from(bytes)
  }
}

function snappyFramed(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0xff, 6, 0, 0]), Buffer.from('sNaPpY')]
  for (let at = 0; at < bytes.length; at += 65_536) {
    const content = snappyBlock(bytes.subarray(at, at + 65_536))
    const head = Buffer.alloc(8)
    head.writeUIntLE(content.length + 4, 1, 3)
    parts.push(head, content)
  }
  return Buffer.concat(parts)
}

const hasTool = (name: string) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const tool = (name: string, ...options: string[]) =>
  [
    (bytes: Buffer) =>
      execFileSync(name, [...options, '-c', '-'], { input: bytes, maxBuffer: 2 ** 27 }),
    hasTool(name),
  ] as const

describe.each<[string, (bytes: Buffer) => Buffer, boolean]>([
  ['gzip', gzipSync, true],
  ['x-gzip', gzipSync, true],
  ['deflate', deflateSync, true],
  ['deflate', deflateRawSync, true],
  ['zlib', deflateSync, true],
  ['br', brotliCompressSync, true],
  ['snappy', snappyBlock, true],
  ['snappy', snappyFramed, true],
  ['x-snappy-framed', snappyFramed, true],
  ['zstd', ...tool('zstd', '-q')],
  ['zstd', ...tool('zstd', '-q', '-19', '--no-check')],
  ['lz4', ...tool('lz4', '-q')],
  ['lz4', ...tool('lz4', '-q', '-9', '-BD', '-B4')],
])('%s', (name, compress, isHere) => {
  test.runIf(isHere)('is decoded', async () => {
    for (const bytes of [TEXT, Buffer.from('short'), Buffer.alloc(200_000, 'abcdefgh')])
      expect((await decompress(compress(bytes), name, LIMIT)).equals(bytes)).toBe(true)
  })

  test.runIf(isHere)('is decoded where it is large', async () => {
    const bytes = Buffer.alloc(9 * LIMIT, 'abcdefgh')
    const whole = compress(bytes)
    for (let i = 0; i < 2; i++)
      expect((await decompress(whole, name, 16 * LIMIT)).equals(bytes)).toBe(true)
    await expect(decompress(whole, name, 8.5 * LIMIT)).rejects.toMatchObject({ status: 413 })
  })

  test.runIf(isHere)('is refused beyond its limit', async () => {
    await expect(decompress(compress(TEXT), name, 10_000)).rejects.toMatchObject({ status: 413 })
    const zeros = compress(Buffer.alloc(4 * LIMIT))
    await expect(decompress(zeros, name, LIMIT)).rejects.toMatchObject({ status: 413 })
  })

  test.runIf(isHere)('is refused if damaged, in linear time', async () => {
    const whole = compress(TEXT)
    let refused = 0
    for (let i = 0; i < DAMAGES; i++) {
      const bytes = Buffer.from(whole)
      const at = (i * 7919) % bytes.length
      if (i % 3 === 0) bytes[at] = bytes[at]! ^ (1 << (i % 8))
      const damaged = i % 3 === 0 ? bytes : bytes.subarray(0, at)
      try {
        const out = await decompress(damaged, name, LIMIT)
        expect(out.length).toBeLessThanOrEqual(LIMIT)
      } catch (error) {
        expect([400, 413]).toContain((error as { status: number }).status)
        refused++
      }
    }
    expect(refused).toBeGreaterThan(DAMAGES / 3)
  })
})

describe('a zstd body that costs far more than its size is refused', () => {
  /** A frame of 32 blocks, each a run of 1,000 bytes. Flags: 0 a window follows, 0xe0 a size of eight bytes. */
  const frame = (flags: number, ...rest: number[]) => {
    const blocks = Array.from({ length: 32 }, (_, i) => [(i === 31 ? 3 : 2) | 0x40, 0x1f, 0, 65])
    return Buffer.from([0x28, 0xb5, 0x2f, 0xfd, flags, ...rest, ...blocks.flat()])
  }
  const size = (bytes: number) => [0, 8, 16, 24].map((shift) => (bytes >>> shift) & 255)

  test('by its window', async () => {
    // Windows of 128 KiB, 8 MiB, 1 GiB and 2 GiB.
    expect((await decompress(frame(0, 7 << 3), 'zstd', LIMIT)).length).toBe(32_000)
    expect((await decompress(frame(0, 13 << 3), 'zstd', LIMIT)).length).toBe(32_000)
    const refused = { status: 400 }
    await expect(decompress(frame(0, 20 << 3), 'zstd', LIMIT)).rejects.toMatchObject(refused)
    await expect(decompress(frame(0, 21 << 3), 'zstd', LIMIT)).rejects.toMatchObject(refused)
  })

  test('by its size', async () => {
    const claimed = frame(0xe0, ...size(2 ** 31 - 2 ** 22), 0, 0, 0, 0)
    await expect(decompress(claimed, 'zstd', LIMIT)).rejects.toMatchObject({
      status: expect.toSatisfy((status) => [400, 413].includes(status)),
    })
  })

  test('by its blocks', async () => {
    const frames = Buffer.concat(Array(100).fill(frame(0, 13 << 3)))
    const decoded = decompress(frames, 'zstd', 64 * LIMIT)
    const isNative = 'zstdDecompress' in zlib
    if (isNative) expect((await decoded).length).toBe(3_200_000)
    else await expect(decoded).rejects.toMatchObject({ status: 400 })
  })
})

describe('an odd body', () => {
  /** A Zstandard frame of one raw block. */
  const zstd = (text: string, flags = 0x20, dictionary: number[] = []) => {
    const block = [(text.length << 3) | 1, 0, 0]
    const head = [0x28, 0xb5, 0x2f, 0xfd, flags, ...dictionary, text.length]
    return Buffer.concat([Buffer.from([...head, ...block]), Buffer.from(text)])
  }
  /** An LZ4 frame of one raw block, which names its size. */
  const lz4 = (text: string, size = text.length) => {
    const head = [0x04, 0x22, 0x4d, 0x18, 0x68, 0x40, size, 0, 0, 0, 0, 0, 0, 0, 0]
    const block = Buffer.from([...head, text.length, 0, 0, 0x80])
    return Buffer.concat([block, Buffer.from(text), Buffer.alloc(4)])
  }
  const skipped = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2])
  const identifier = snappyFramed(Buffer.alloc(0)).subarray(0, 10)
  const both = (one: Buffer, ...more: Buffer[]) => Buffer.concat([one, ...more])

  test.each<[string, string, Buffer]>([
    ['of two frames', 'zstd', both(zstd('on'), zstd('e'))],
    ['with frames to skip', 'zstd', both(skipped, zstd('one'), skipped)],
    ['with dictionary 0', 'zstd', zstd('one', 0x21, [0])],
    ['of two frames', 'lz4', both(lz4('on'), lz4('e'))],
    ['with frames to skip', 'lz4', both(skipped, lz4('one'), skipped)],
    ['of two members', 'gzip', both(gzipSync('on'), gzipSync('e'))],
    [
      'of two streams',
      'snappy',
      both(snappyFramed(Buffer.from('on')), snappyFramed(Buffer.from('e'))),
    ],
  ])('%s is decoded: %s', async (_, name, body) => {
    expect(`${await decompress(body, name, LIMIT)}`).toBe('one')
  })

  const isNative = 'zstdDecompress' in zlib
  test.each<[string, string, Buffer, string]>([
    [
      'that needs a dictionary',
      'zstd',
      zstd('one', 0x21, [7]),
      isNative ? '' : 'it needs a dictionary',
    ],
    [
      'with bytes after it',
      'zstd',
      both(zstd('one'), Buffer.alloc(2)),
      isNative ? '' : 'the data is cut off',
    ],
    ['of another size than it names', 'lz4', lz4('one', 4), 'not of the size that it names'],
    [
      'with a chunk without a checksum',
      'snappy',
      both(identifier, Buffer.from([1, 2, 0, 0, 1, 2])),
      'a chunk is cut off',
    ],
  ])('%s is refused: %s', async (_, name, body, message) => {
    const refused = {
      status: 400,
      message: expect.stringContaining(`not valid ${name}: ${message}`),
    }
    await expect(decompress(body, name, LIMIT)).rejects.toMatchObject(refused)
  })
})

test.each([undefined, '', 'identity', 'none', ' None '])('%j means no encoding', async (name) => {
  expect(await decompress(TEXT, name, LIMIT)).toBe(TEXT)
})

test.each(['compress', 'gzip, gzip', '__proto__', 'constructor'])(
  '%s is refused with the names of what is supported',
  async (name) => {
    await expect(decompress(TEXT, name, LIMIT)).rejects.toMatchObject({
      status: 415,
      message: `Content-Encoding ${name} is not supported: use gzip, deflate, zlib, br, zstd, snappy, lz4 or none`,
    })
  },
)
