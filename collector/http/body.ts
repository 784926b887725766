/** Reads request bodies within limits of bytes and memory. */
import type { Readable } from 'node:stream'
import { BodyError } from './body-error.ts'
import { tooLarge } from './decompress.ts'

/**
 * Beyond so many pieces they have this many bytes on average: each takes 250 bytes of memory and 10 µs of the event
 * loop beside its own.
 */
const MOST_SHORT_PIECES = 1000
const SHORT_BYTES = 256

/** A body that takes longer gives way when the memory is used up: others would wait for a sender that never ends. */
const SLOW_MS = 5_000

/** A body that is still arriving. */
interface Arriving {
  since: number
  /** Gives its memory back, and ends its read with 503. */
  stop(): void
}

/**
 * A memory limit for all bodies of one server. Bodies beyond it are refused with 503, after those that arrive too
 * slowly.
 */
export class BodyBudget {
  readonly #limit: number
  readonly #slowMs: number
  readonly #arriving = new Set<Arriving>()
  #used = 0

  constructor(limit: number, slowMs = SLOW_MS) {
    this.#limit = limit
    this.#slowMs = slowMs
  }

  /**
   * Reads a body and passes it to `use`. It counts against the limit, first compressed, then decompressed, until `use`
   * ends.
   * @param limit in bytes, compressed.
   * @param announced Content-Length in bytes, 0 if unknown.
   * @param decode decompresses the body and passes it on.
   * @throws BodyError
   */
  async read<Result>(
    stream: Readable,
    limit: number,
    announced: number,
    decode: (body: Buffer, use: (body: Buffer) => Promise<Result>) => Promise<Result>,
    use: (body: Buffer) => Promise<Result>,
  ): Promise<Result> {
    if (announced > limit) throw tooLarge(limit)
    this.#check(announced)
    let own = 0
    const set = (size: number) => {
      this.#used += size - own
      own = size
    }
    try {
      const grow = (chunk: Buffer) => {
        set(own + chunk.length)
        this.#check(0)
      }
      const body = await this.#receive(stream, limit, grow, () => set(0))
      return await decode(body, (body) => {
        set(body.length)
        this.#check(0)
        return use(body)
      })
    } finally {
      set(0)
    }
  }

  async #receive(
    stream: Readable,
    limit: number,
    grow: (chunk: Buffer) => void,
    release: () => void,
  ): Promise<Buffer> {
    const body = collect(stream, limit, grow)
    const stop = () => {
      release()
      body.stop(new BodyError(503, 'the body arrives too slowly'))
    }
    const arriving = { since: performance.now(), stop }
    this.#arriving.add(arriving)
    try {
      return await body.whole
    } finally {
      this.#arriving.delete(arriving)
    }
  }

  #check(more: number): void {
    for (const arriving of this.#arriving) {
      if (this.#used + more <= this.#limit) return
      // In the order of their beginning.
      if (performance.now() - arriving.since < this.#slowMs) break
      this.#arriving.delete(arriving)
      arriving.stop()
    }
    if (this.#used + more > this.#limit)
      throw new BodyError(503, 'too much is being received at once')
  }
}

/** @param grow called with each chunk; it throws when the budget is used up. */
function collect(
  stream: Readable,
  limit: number,
  grow: (chunk: Buffer) => void,
): { whole: Promise<Buffer>; stop(error: unknown): void } {
  const chunks: Buffer[] = []
  let stop = (_: unknown) => {}
  const whole = new Promise<Buffer>((resolve, reject) => {
    let size = 0
    let pieces = 0
    let isWhole = false
    stop = (error) => {
      // Read and drop the rest: closing the connection early would lose the answer.
      stream.off('data', take)
      stream.resume()
      chunks.length = 0
      reject(error)
    }
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (++pieces > MOST_SHORT_PIECES && size < pieces * SHORT_BYTES) {
        stop(new BodyError(400, 'the body arrives in too small pieces'))
        // Reading and dropping the rest would cost as much.
        stream.destroy()
        return
      }
      try {
        if (size > limit) throw tooLarge(limit)
        grow(chunk)
        chunks.push(chunk)
      } catch (error) {
        stop(error)
      }
    }
    stream.on('data', take)
    stream.on('end', () => {
      isWhole = true
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size))
    })
    stream.on('error', reject)
    stream.on('close', () => {
      if (!isWhole) reject(new BodyError(400, 'the request ended before its body'))
    })
    stream.on('aborted', () =>
      reject(new BodyError(400, 'the request ended in the middle of its body')),
    )
  })
  return { whole, stop: (error) => stop(error) }
}
