/** A read of the parts after the start, so that damage is reported before a query meets it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Engine, quote } from './engine.ts'

/** The newest parts, in bytes. */
const MOST_BYTES = 4 * 2 ** 30
/** Time at rest, as a multiple of the time at work: queries and storing go first. */
const REST = 4

interface Part {
  table: string
  name: string
  bytes: number
}

const PARTS = `SELECT table, name, bytes_on_disk AS bytes FROM system.parts
  WHERE database = 'otel' AND active ORDER BY modification_time DESC, table, name`

/** Checks parts in the background. @returns a function that stops it, and resolves when it has ended */
export function startPartChecks(engine: Engine): () => Promise<void> {
  const stopping = new AbortController()
  const work = checkParts(engine, stopping.signal).catch(() => undefined)
  return async () => {
    stopping.abort()
    await work
  }
}

async function checkParts(engine: Engine, signal: AbortSignal): Promise<void> {
  let bytes = 0
  for (const part of await engine.rows<Part>(PARTS)) {
    bytes += Number(part.bytes)
    if (signal.aborted || bytes > MOST_BYTES) return
    const began = performance.now()
    await readPart(engine, part)
    await sleep((performance.now() - began) * REST, undefined, { signal, ref: false })
  }
}

/** Reads a part whole: CHECK TABLE does not end when it is cancelled, and a stop would wait for it. */
async function readPart(engine: Engine, { table, name }: Part): Promise<void> {
  const text = `SELECT * FROM otel.${table} WHERE _part = ${quote(name)}`
  const setup = ['SET max_threads = 1, max_block_size = 8192']
  // A damaged part is noted there. Another failure is of the next query, too.
  await engine.threads.run({ setup, text, format: 'Null' }).catch(() => undefined)
}
