/** CityHash128 1.0.2, the checksum of ClickHouse's compressed frames. */

/** Written from the description of the algorithm: https://github.com/google/cityhash (1.0.2) */
const K0 = 0xc3a5c85c97cb3127n
const K1 = 0xb492b66fbe98f273n
const K2 = 0x9ae16a3b2f90404fn
const K3 = 0xc949d7c7509e6557n // of 1.0.2 alone
const MUL = 0x9ddfea08eb382d69n

const u64 = (value: bigint) => BigInt.asUintN(64, value)
const rotate = (value: bigint, by: bigint) =>
  by === 0n ? value : u64((value >> by) | (value << (64n - by)))
const mix = (value: bigint) => value ^ (value >> 47n)

/** @returns 16 bytes, as ClickHouse writes them: two little-endian halves, low first */
export function cityHash128(bytes: Buffer): Buffer {
  const [low, high] = hash(bytes)
  const out = Buffer.allocUnsafe(16)
  out.writeBigUInt64LE(low, 0)
  out.writeBigUInt64LE(high, 8)
  return out
}

type Pair = [low: bigint, high: bigint]

function hash(s: Buffer): Pair {
  const at = (offset: number) => s.readBigUInt64LE(offset)
  const length = s.length
  if (length >= 16) return seeded(s.subarray(16), [at(0) ^ K3, at(8)])
  if (length >= 8) {
    return seeded(Buffer.alloc(0), [at(0) ^ u64(BigInt(length) * K0), at(length - 8) ^ K1])
  }
  return seeded(s, [K0, K1])
}

function hash16(low: bigint, high: bigint): bigint {
  let a = u64((low ^ high) * MUL)
  a ^= a >> 47n
  let b = u64((high ^ a) * MUL)
  b ^= b >> 47n
  return u64(b * MUL)
}

function seeded(s: Buffer, seed: Pair): Pair {
  if (s.length < 128) return short(s, seed)
  let [x, y] = seed
  let z = u64(BigInt(s.length) * K1)
  const first = s.readBigUInt64LE(0)
  const second = s.readBigUInt64LE(8)
  const v: Pair = [0n, 0n]
  const w: Pair = [0n, 0n]
  v[0] = u64(rotate(y ^ K1, 49n) * K1 + first)
  v[1] = u64(rotate(v[0], 42n) * K1 + second)
  w[0] = u64(rotate(u64(y + z), 35n) * K1 + x)
  w[1] = u64(rotate(u64(x + s.readBigUInt64LE(88)), 53n) * K1)
  let at = 0
  let left = s.length
  do {
    for (let half = 0; half < 2; half++) {
      x = u64(rotate(u64(x + y + v[0] + s.readBigUInt64LE(at + 16)), 37n) * K1)
      y = u64(rotate(u64(y + v[1] + s.readBigUInt64LE(at + 48)), 42n) * K1)
      x ^= w[1]
      y ^= v[0]
      z = rotate(z ^ w[0], 33n)
      weak(s, at, u64(v[1] * K1), u64(x + w[0]), v)
      weak(s, at + 32, u64(z + w[1]), y, w)
      const swap = z
      z = x
      x = swap
      at += 64
    }
    left -= 128
  } while (left >= 128)
  y = u64(y + rotate(w[0], 37n) * K0 + z)
  x = u64(x + rotate(u64(v[0] + z), 49n) * K0)
  for (let done = 0; done < left; ) {
    done += 32
    const from = at + left - done
    y = u64(rotate(u64(y - x), 42n) * K0 + v[1])
    w[0] = u64(w[0] + s.readBigUInt64LE(from + 16))
    x = u64(rotate(x, 49n) * K0 + w[0])
    w[0] = u64(w[0] + v[0])
    weak(s, from, v[0], v[1], v)
  }
  x = hash16(x, v[0])
  y = hash16(y, w[0])
  return [u64(hash16(u64(x + v[1]), w[1]) + y), hash16(u64(x + w[1]), u64(y + v[1]))]
}

/** 32 bytes at `at` into the pair `out`. */
function weak(s: Buffer, at: number, first: bigint, second: bigint, out: Pair): void {
  const z = s.readBigUInt64LE(at + 24)
  let a = u64(first + s.readBigUInt64LE(at))
  let b = rotate(u64(second + a + z), 21n)
  const c = a
  a = u64(a + s.readBigUInt64LE(at + 8) + s.readBigUInt64LE(at + 16))
  b = u64(b + rotate(a, 44n))
  out[0] = u64(a + z)
  out[1] = u64(b + c)
}

/** Up to 128 bytes. */
function short(s: Buffer, seed: Pair): Pair {
  let [a, b] = seed
  let c: bigint
  let d: bigint
  const length = BigInt(s.length)
  let left = s.length - 16
  if (left <= 0) {
    a = u64(mix(u64(a * K1)) * K1)
    c = u64(b * K1 + upTo16(s))
    d = mix(u64(a + (s.length >= 8 ? s.readBigUInt64LE(0) : c)))
  } else {
    c = hash16(u64(s.readBigUInt64LE(s.length - 8) + K1), a)
    d = hash16(u64(b + length), u64(c + s.readBigUInt64LE(s.length - 16)))
    a = u64(a + d)
    for (let at = 0; left > 0; at += 16, left -= 16) {
      a = u64((a ^ u64(mix(u64(s.readBigUInt64LE(at) * K1)) * K1)) * K1)
      b ^= a
      c = u64((c ^ u64(mix(u64(s.readBigUInt64LE(at + 8) * K1)) * K1)) * K1)
      d ^= c
    }
  }
  a = hash16(a, c)
  b = hash16(d, b)
  return [a ^ b, hash16(b, a)]
}

function upTo16(s: Buffer): bigint {
  const length = BigInt(s.length)
  if (s.length > 8) {
    const a = s.readBigUInt64LE(0)
    const b = s.readBigUInt64LE(s.length - 8)
    return hash16(a, rotate(u64(b + length), length)) ^ b
  }
  if (s.length >= 4) {
    const a = BigInt(s.readUInt32LE(0))
    return hash16(u64(length + (a << 3n)), BigInt(s.readUInt32LE(s.length - 4)))
  }
  if (s.length > 0) {
    const a = BigInt(s[0]!)
    const b = BigInt(s[s.length >> 1]!)
    const c = BigInt(s[s.length - 1]!)
    const y = u64(a + (b << 8n))
    const z = u64(length + (c << 2n))
    return u64(mix(u64(u64(y * K2) ^ u64(z * K3))) * K2)
  }
  return K2
}
