/** Drops the oldest days by age and by size on disk. */
import { type Engine, quote } from './engine.ts'
import { FAILURES } from './failures.ts'
import { schemaFile } from './tables.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const SPANS = 'otel_traces'

export interface RetentionLimits {
  /** Days that a day is kept after its last row arrived. */
  days: number
  /** Most bytes of all tables together, merged parts that are still on the disk included. */
  maxBytes: number
}

interface DayOfTable {
  table: string
  /** `2026-11-22` */
  day: string
  bytes: number
  /** Unix seconds of its newest part. */
  written: number
}

/**
 * A clock for ages. When the machine's jumps forward it goes on as before for an hour, in which a wrong one is usually
 * set right: what is dropped is gone. A machine that slept looks the same.
 * @param wall and `steady` are the time of day and a clock that is never set, in milliseconds
 */
export function settledClock(wall = Date.now, steady = () => performance.now()): () => Date {
  let looks: { at: number; offset: number }[] = []
  return () => {
    const at = steady()
    looks = [...looks.filter((look) => look.at > at - HOUR_MS), { at, offset: wall() - at }]
    return new Date(at + Math.min(...looks.map(({ offset }) => offset)))
  }
}

/** Half of the store's own bytes and the disk's free ones. */
export async function defaultMaxBytes(engine: Engine, freeBytes: number): Promise<number> {
  const days = await engine.rows<DayOfTable>(schemaFile('days.sql'))
  return (freeBytes + days.reduce((sum, day) => sum + Number(day.bytes), 0)) / 2
}

/** Parts that the engine could not open, and moved aside. */
export async function countBrokenParts(engine: Engine): Promise<number> {
  const [row] = await engine.rows<{ parts: number }>(
    "SELECT count() AS parts FROM system.detached_parts WHERE database = 'otel' AND reason LIKE 'broken%'",
  )
  return Number(row?.parts ?? 0)
}

/**
 * Late rows are kept as long as timely ones: a day is dropped when it ended `days` ago and received nothing since.
 * Beyond `maxBytes` the oldest days are dropped, but never the newest.
 * @returns the dropped days, as `otel_traces 2026-11-22`
 */
export async function dropOldDays(
  engine: Engine,
  limits: RetentionLimits,
  now: Date,
): Promise<string[]> {
  const days = await engine.rows<DayOfTable>(schemaFile('days.sql'))
  const oldest = now.getTime() - limits.days * DAY_MS
  const newest = days
    .map(({ day }) => day)
    .sort()
    .at(-1)
  let bytes = days.reduce((sum, day) => sum + Number(day.bytes), 0)
  const dropped: string[] = []
  const kept = new Set(days.filter(({ table }) => table === SPANS).map(({ day }) => day))
  // A day of spans goes before what belongs to it: without the facts about spans, counts would be wrong.
  const order = ({ table, day }: DayOfTable) => `${day} ${table}`
  for (const day of days.toSorted((a, b) => (order(a) < order(b) ? -1 : 1))) {
    if (day.table.startsWith(`${SPANS}_`) && kept.has(day.day)) continue
    const isOld = Date.parse(day.day) + DAY_MS < oldest && day.written * 1000 < oldest
    const isTooMuch = bytes > limits.maxBytes && day.day !== newest
    // Merged after its spans, it seems younger; a new day may come before its spans.
    const isOrphan =
      `otel.${day.table}` === FAILURES && day.written * 1000 < now.getTime() - HOUR_MS
    if (!isOld && !isTooMuch && !isOrphan) continue
    await engine.run(`ALTER TABLE otel.${day.table} DROP PARTITION ${quote(day.day)}`)
    bytes -= Number(day.bytes)
    if (day.table === SPANS) kept.delete(day.day)
    dropped.push(`${day.table} ${day.day}`)
  }
  return dropped
}
