/** Rows as they arrive: by new parts of a local table, elsewhere by time with an overlap. */
import { EXIT, noStore, OtraceError } from '../errors.ts'
import { shellLine } from '../output/shell-line.ts'
import type { Row } from '../result.ts'
import { builtInQuery, quietRows } from './run.ts'
import type { Session } from './session.ts'

/** Where to read new rows. */
export interface Arrivals {
  /** Parts of the table; undefined for all. */
  parts?: string[]
  /** Nanoseconds since 1970: only rows that ended after it. */
  since?: bigint
}

export interface Followed {
  table: string
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
/**
 * Looks after which a part is not read again. Inserts may end in another order than their blocks, and a merge between a
 * look and its read hides the rows of what it merged.
 */
const LOOKS_AGAIN = 3
/** Milliseconds between the starts of two reads, half of them a pause or more. A server reads an hour of times. */
const PERIOD = { local: 400, remote: 2000 }

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
  let block = store.local ? (await newParts(session, followed.table, -1n)).newest : undefined
  /** The newest block of each of the last looks, the oldest first. */
  const newest = Array<bigint | undefined>(LOOKS_AGAIN).fill(block)
  // A merge may put what has arrived already into one part with new rows.
  if (block !== undefined) unseen(await followed.read({ since: overlap() }))
  let silent = false
  const period = store.local ? PERIOD.local : PERIOD.remote
  while (!signal.aborted) {
    const started = performance.now()
    try {
      const rows: Row[] = []
      if (block === undefined) rows.push(...(await followed.read({ since: overlap() })))
      else {
        const parts = await newParts(session, followed.table, block)
        if (parts.fresh.length > 0) rows.push(...(await followed.read({ parts: parts.fresh })))
        if (parts.mixed.length > 0) {
          rows.push(...(await followed.read({ parts: parts.mixed, since: overlap() })))
        }
        newest.push(parts.newest)
        block = newest.shift()
      }
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
    await pause(Math.max(period / 2, period - (performance.now() - started)), signal)
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
      if (block !== undefined || ended >= begun) found.push({ row, lag: now - ended, again })
    }
    if (seen.size > MOST_KEYS / 2) {
      for (const [key, ended] of seen) {
        if (ended >= now - 2n * OVERLAP && seen.size <= MOST_KEYS) continue
        seen.delete(key)
        versions.delete(key)
      }
    }
    return found
  }
}

/** The parts with rows after a block, and the newest block. */
async function newParts(session: Session, table: string, block: bigint) {
  const { source } = session
  const given = { followed: table, block: String(block) }
  const query = builtInQuery('internal/live/parts.sql', given, source)
  const rows = await quietRows(session, {
    ...query,
    params: { ...query.params, database: source.database },
  })
  const names = (fresh: number) =>
    rows.filter((row) => Number(row.fresh) === fresh).map(({ name }) => String(name))
  const newest = rows.reduce((most, row) => {
    const at = BigInt(row.newest as number | bigint)
    return at > most ? at : most
  }, block)
  return { fresh: names(1), mixed: names(0), newest }
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

/**
 * Counts rows that arrive late or again, and says so at most every 10 seconds and at the end.
 * @param deduped whether other commands count a row once by themselves
 */
export function lateness(noun: string, say: (text: string) => void, deduped = false) {
  const LATE = 10n * SECOND
  let count = 0
  let most = 0n
  let again = 0
  let said = performance.now()
  const some = (n: number) => `${n} ${n === 1 ? noun : `${noun}s`}`
  const report = () => {
    if (count === 0 && again === 0) return
    const seconds = Number(most / SECOND)
    if (count > 0) say(`${some(count)} came up to ${seconds} s late`)
    if (again > 0) {
      const counted = deduped ? 'the last' : 'each without --dedupe'
      const about = `each version has a line, and other commands count ${counted}`
      say(`${some(again)} came again with another end: ${about}`)
    }
    count = 0
    again = 0
    most = 0n
    said = performance.now()
  }
  return {
    add({ lag, again: isVersion }: Arrived) {
      if (isVersion) again++
      if (lag < LATE) return
      count++
      if (lag > most) most = lag
    },
    /** @param end say it now */
    report(end = false) {
      if (end || performance.now() - said > 10_000) report()
    },
  }
}

/** A longer silence looks like a hang, in milliseconds. */
const QUIET_MS = 2000

/**
 * Says on a terminal what is waited for, unless something arrives soon.
 * @param what such as `spans`, and the flags that choose them
 * @returns a function to call when something has arrived, or at the end of the wait
 */
export function sayIfQuiet({ context, store }: Session, what: string, flags: string[]): () => void {
  if (!context.stderr.isTTY) return () => {}
  const chosen = flags.length === 0 ? what : `${what} with ${shellLine(flags)}`
  const timer = setTimeout(
    () => context.say(`waiting for ${chosen} to arrive at ${store.place}; ctrl-C ends`),
    QUIET_MS,
  )
  timer.unref()
  return () => clearTimeout(timer)
}

/** Aborted by ctrl-C, and after some seconds. */
export function endAfter(seconds: number | undefined, signal: AbortSignal): AbortSignal {
  if (seconds === undefined) return signal
  // Node 20 collects a signal of AbortSignal.any before its timeout
  const ending = new AbortController()
  const end = () => ending.abort()
  const timer = setTimeout(end, seconds * 1000)
  timer.unref()
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  return ending.signal
}

/** @throws OtraceError (exit 3) for a store that no collector fills */
export function refuseUnfilled({ store }: Session): void {
  if (/^https?:/.test(store.place)) return
  throw noStore(`no collector runs on ${store.place}`, 'start one with `otrace up`')
}
