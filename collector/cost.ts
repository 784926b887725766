/** What a statement cost, for X-ClickHouse-Summary: the engine's own counters before and after; for execute.ts. */
import type { Store } from './store.ts'

/** Begins to count. @returns the summary so far, as JSON; exact when no other statement ran meanwhile. */
export function meter(store: Store): () => string {
  const started = process.hrtime.bigint()
  const before = counters(store)
  return () => summaryOf(before, counters(store), started)
}

interface Counters {
  rows: number
  bytes: number
  /** What it cost to ask, which is in the next answer. */
  own: { rows: number; bytes: number }
}

/** What all statements together have read so far. */
function counters(store: Store): Counters {
  // Not on the statement's session: a stream that is open there would end.
  const answer: {
    data: [string, number][]
    statistics: { rows_read: number; bytes_read: number }
  } = JSON.parse(
    store.look(
      "SELECT event, value FROM system.events WHERE event IN ('SelectedRows', 'SelectedBytes')",
    ),
  )
  const found = new Map(answer.data)
  return {
    rows: Number(found.get('SelectedRows') ?? 0),
    bytes: Number(found.get('SelectedBytes') ?? 0),
    own: { rows: answer.statistics.rows_read, bytes: answer.statistics.bytes_read },
  }
}

/** The engine counts per process. */
function summaryOf(before: Counters, after: Counters, started: bigint): string {
  return JSON.stringify({
    read_rows: String(Math.max(0, after.rows - before.rows - before.own.rows)),
    read_bytes: String(Math.max(0, after.bytes - before.bytes - before.own.bytes)),
    written_rows: '0',
    written_bytes: '0',
    total_rows_to_read: '0',
    result_rows: '0',
    result_bytes: '0',
    elapsed_ns: String(process.hrtime.bigint() - started),
  })
}
