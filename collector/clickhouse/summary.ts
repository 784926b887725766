/** The cost of a statement for X-ClickHouse-Summary, from the engine's counters. */
import type { Engine } from '../engine/engine.ts'

/** Starts counting. @returns a function for the summary so far, as JSON. Exact if no other statement ran meanwhile. */
export function startCounting(engine: Engine): () => string {
  const started = process.hrtime.bigint()
  const before = counters(engine)
  return () => summaryOf(before, counters(engine), started)
}

interface Counters {
  rows: number
  bytes: number
  /** The cost of reading the counters, which the next reading includes. */
  own: { rows: number; bytes: number }
}

/** Totals of all statements so far. */
function counters(engine: Engine): Counters {
  // Not on the statement's session: that would end its open stream.
  const answer: {
    data: [string, number][]
    statistics: { rows_read: number; bytes_read: number }
  } = JSON.parse(
    engine.look(
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
