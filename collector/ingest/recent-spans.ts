/** The spans that came lately, by hashes: finds a span that comes again. */
import { closeSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { Engine } from '../engine/engine.ts'
import { writePrivate } from '../engine/sync.ts'
import { schemaFile } from '../engine/tables.ts'
import { HASHED } from '../otlp/span-hash.ts'
import { notify } from '../status.ts'

/** Places of one bucket; 32 bytes, half a line of a processor's cache. */
const PLACES = 8
const BUCKETS = 2 ** 19
/** The engine takes a million values of one parameter. */
const SECONDS_PER_STATEMENT = 100_000
/** Words before the seconds in the file. */
const HEAD = 3

/**
 * A table of 16 MiB that remembers a span until eight later ones took its bucket: of the latest million spans it
 * forgets fewer than one in a thousand. Of a billion new spans about two are taken for one that came before.
 */
export class RecentSpans {
  readonly #path: string
  readonly #tags = new Uint32Array(BUCKETS * PLACES)
  /** Unix seconds in which spans start that came again, and are not in the store yet. */
  readonly #seconds = new Set<number>()
  /** Whether nothing is known of the spans that wait in the spool. */
  readonly isNew: boolean

  /**
   * Reads what save() left, once: what comes later would be missing in it.
   * @param isKept whether the file stays, for a process that receives nothing: it needs the seconds alone
   */
  constructor(path: string, isKept: boolean) {
    this.#path = path
    const saved = read(path, isKept)
    this.isNew = saved === undefined
    if (!saved) return
    if (!isKept) rmSync(path, { force: true })
    const { seconds, tags } = saved
    for (const second of seconds) this.#seconds.add(second)
    for (let i = 0; i + 1 < tags.length; i += 2) this.#tags[tags[i]!] = tags[i + 1]!
  }

  /** Adds the spans of a request that is acknowledged; `hashes` are those of scan(). */
  add(hashes: ArrayLike<number>): void {
    const tags = this.#tags
    for (let i = 0; i < hashes.length; i += HASHED) {
      const first = (hashes[i]! % BUCKETS) * PLACES
      const tag = hashes[i + 1]! || 1
      let at = first
      while (at < first + PLACES && tags[at] !== tag) at++
      if (at < first + PLACES) this.#seconds.add(secondOf(hashes[i + 2]!, hashes[i + 3]!))
      else at--
      for (; at > first; at--) tags[at] = tags[at - 1]!
      tags[first] = tag
    }
  }

  /**
   * Stores the seconds in which spans start that came again, before the spans: no answer may count one twice.
   * @throws the engine's error; the next call tries again
   */
  async store(engine: Engine): Promise<void> {
    if (this.#seconds.size === 0) return
    const all = [...this.#seconds]
    for (let at = 0; at < all.length; at += SECONDS_PER_STATEMENT) {
      const seconds = all.slice(at, at + SECONDS_PER_STATEMENT)
      await engine.run(schemaFile('load_repeats.sql'), { seconds })
      for (const second of seconds) this.#seconds.delete(second)
    }
  }

  /** Writes the table for the next start. Without it, spans of this one that come again count as new. */
  save(): void {
    try {
      writePrivate(this.#path, this.#bytes(), false)
    } catch {
      rmSync(this.#path, { force: true, recursive: true })
    }
  }

  /** The number of seconds, checksums of the seconds and of the rest, the seconds, and each used place with its tag. */
  #bytes(): Uint8Array {
    const tags = this.#tags
    let used = 0
    for (let at = 0; at < tags.length; at++) if (tags[at] !== 0) used++
    const seconds = this.#seconds.size
    const saved = new Uint32Array(HEAD + seconds + 2 * used)
    saved[0] = seconds
    saved.set([...this.#seconds], HEAD)
    let next = HEAD + seconds
    for (let at = 0; at < tags.length; at++) {
      if (tags[at] === 0) continue
      saved[next++] = at
      saved[next++] = tags[at]!
    }
    saved[1] = sumOf(saved.subarray(HEAD, HEAD + seconds))
    saved[2] = sumOf(saved.subarray(HEAD + seconds))
    return new Uint8Array(saved.buffer)
  }
}

const sumOf = (part: Uint32Array) =>
  crc32(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))

function secondOf(high: number, low: number): number {
  return Number(((BigInt(high) << 32n) | BigInt(low)) / 1_000_000_000n)
}

/**
 * The seconds, and places with their tags. Undefined without a file, and for one whose checksums do not match.
 * @param secondsAlone whether to leave the tags, of which a million take 25 ms and 20 MB.
 */
function read(
  path: string,
  secondsAlone: boolean,
): { seconds: Uint32Array; tags: Uint32Array } | undefined {
  try {
    // Reading a pipe never ends.
    const found = statSync(path)
    if (!found.isFile()) return undefined
    const all = secondsAlone ? beginning(path, found.size) : words(readFileSync(path))
    const [count = 0, ofSeconds, ofTags] = all
    const seconds = all.subarray(HEAD, HEAD + count)
    const tags = all.subarray(HEAD + count)
    const isWhole =
      seconds.length === count &&
      sumOf(seconds) === ofSeconds &&
      (secondsAlone || sumOf(tags) === ofTags)
    if (isWhole) return { seconds, tags }
    notify(
      'recent spans',
      () => `spans that come again count as new: ${path} is damaged or of an earlier version`,
    )
    return undefined
  } catch {
    return undefined
  }
}

/** The words up to the last second. */
function beginning(path: string, size: number): Uint32Array {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(4)
    readSync(file, bytes)
    const head = Buffer.alloc(Math.min(size, 4 * (HEAD + bytes.readUInt32LE())))
    return words(head.subarray(0, readSync(file, head, { position: 0 })))
  } finally {
    closeSync(file)
  }
}

function words(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(new Uint8Array(bytes).buffer, 0, bytes.length >>> 2)
}
