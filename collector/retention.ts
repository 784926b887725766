/** Drops whole days that are too old, or too much for the disk; for main.ts. */
import { quote, type Store } from './store.ts'
import { schemaFile } from './tables.ts'

const DAY_MS = 86_400_000

export interface RetentionLimits {
  /** Days that a day's data is kept after the last of it came in. */
  days: number
  /** Bytes that all tables together may have. */
  maxBytes: number
}

interface DayOfTable {
  table: string
  /** `2026-11-22` */
  day: string
  bytes: number
  /** When its newest part was written, in Unix seconds. */
  written: number
}

/** Half of what the disk could hold of the store: its own bytes and the free ones. */
export async function defaultMaxBytes(store: Store, freeBytes: number): Promise<number> {
  const days = await store.rows<DayOfTable>(schemaFile('days.sql'))
  return (freeBytes + days.reduce((sum, day) => sum + Number(day.bytes), 0)) / 2
}

/**
 * What arrives late is kept as long as what arrives in time: a day goes when it is over, and nothing has come in for it,
 * for `days`. Beyond `maxBytes` the oldest days go, but never the newest.
 * @returns the days dropped, as `otel_traces 2026-11-22`.
 */
export async function dropOldDays(
  store: Store,
  limits: RetentionLimits,
  now: Date,
): Promise<string[]> {
  const days = await store.rows<DayOfTable>(schemaFile('days.sql'))
  const oldest = now.getTime() - limits.days * DAY_MS
  const newest = days
    .map(({ day }) => day)
    .sort()
    .at(-1)
  let bytes = days.reduce((sum, day) => sum + Number(day.bytes), 0)
  const dropped: string[] = []
  for (const day of days.toSorted((a, b) => (a.day < b.day ? -1 : 1))) {
    const isOld = Date.parse(day.day) + DAY_MS < oldest && day.written * 1000 < oldest
    const isTooMuch = bytes > limits.maxBytes && day.day !== newest
    if (!isOld && !isTooMuch) continue
    await store.run(`ALTER TABLE otel.${day.table} DROP PARTITION ${quote(day.day)}`)
    bytes -= Number(day.bytes)
    dropped.push(`${day.table} ${day.day}`)
  }
  return dropped
}
