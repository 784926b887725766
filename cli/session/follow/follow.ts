/** Rows as they arrive: by new parts of a local table, elsewhere by time with an overlap. */
import { EXIT, OtraceError } from '../../errors.ts'
import type { Row } from '../../result.ts'
import type { Session } from '../session.ts'
import { newParts } from './parts.ts'

/** Where to read new rows. */
export interface Arrivals {
  /** Parts of the table; undefined for all. */
  parts?: string[]
  /** Nanoseconds since 1970: only rows that ended after it. */
  since?: bigint
}

export interface Followed {
  table: string
  /** What it holds. */
  signal: 'traces' | 'logs'
  /** Rows with a `key`, which no other row has, and the time they `ended`, in nanoseconds, as text. */
  read(arrivals: Arrivals): Promise<Row[]>
}

/** A row, and how long after its end it was read, in nanoseconds. */
export interface Arrived {
  row: Row
  lag: bigint
  /** Another version of a row that arrived before. */
  again: boolean
}

const SECOND = 1_000_000_000n
/** Rows that end this long before the newest one are still read; spans of an exporter's batch come seconds late. */
const OVERLAP = 60n * SECOND
/** Keys in memory: 100 MB. */
const MOST_KEYS = 1_000_000
/** Milliseconds between the starts of two reads, half of them a pause or more. A server reads an hour of times. */
const PERIOD = { told: 100, local: 400, remote: 2000 }

/**
 * The rows that arrive from now on, each once, in batches, until ctrl-C. While the store does not answer, it waits and
 * says so.
 */
export async function* follow(
  session: Session,
  followed: Followed,
  signal: AbortSignal,
): AsyncGenerator<Arrived[]> {
  const { context, store } = session
  const begun = context.now()
  const seen = new Map<string, bigint>()
  /** The ends of rows with several versions. */
  const versions = new Map<string, bigint[]>()
  /** No key was dropped. */
  let remembered = true
  // Before the first look: what is stored during it is looked for again.
  let stored = await store.stored(followed.signal, undefined, signal)
  const look = store.local ? await newParts(session, followed.table) : undefined
  // A merge may put what has arrived already into one part with new rows.
  if (look) unseen(await followed.read({ since: overlap() }))
  let silent = false
  while (!signal.aborted) {
    const started = performance.now()
    try {
      let rows: Row[] = []
      if (look) {
        const { fresh, mixed, done } = await look(remembered, silent)
        if (fresh.length > 0) rows = await followed.read({ parts: fresh })
        if (mixed.length > 0)
          rows = rows.concat(await followed.read({ parts: mixed, since: overlap() }))
        done()
      } else rows = await followed.read({ since: overlap() })
      if (silent) context.say(`${store.place} answers again`)
      silent = false
      const arrived = unseen(rows)
      if (arrived.length > 0) yield arrived
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof OtraceError) || error.exit !== EXIT.noStore) throw error
      if (!silent) context.say(`${error.message}; waiting for it`)
      silent = true
    }
    const period = !look ? PERIOD.remote : stored === undefined ? PERIOD.local : PERIOD.told
    await pause(Math.max(period / 2, period - (performance.now() - started)), signal)
    stored = await store.stored(followed.signal, stored, signal)
  }

  function overlap(): bigint {
    return context.now() - OVERLAP
  }

  /** Before the first read, what ended earlier had arrived already. */
  function unseen(rows: Row[]): Arrived[] {
    const now = context.now()
    const found: Arrived[] = []
    for (const row of rows) {
      const [key, ended] = [String(row.key), BigInt(row.ended as string)]
      const known = seen.get(key)
      const again = known !== undefined
      if (known === ended || versions.get(key)?.includes(ended)) continue
      if (again) versions.set(key, [...(versions.get(key) ?? [known]), ended])
      seen.set(key, ended)
      if (look || ended >= begun) found.push({ row, lag: now - ended, again })
    }
    if (seen.size > MOST_KEYS / 2) {
      for (const [key, ended] of seen) {
        if (ended >= now - 2n * OVERLAP && seen.size <= MOST_KEYS) continue
        seen.delete(key)
        versions.delete(key)
        remembered = false
      }
    }
    return found
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
