/** Writes the indexes and sums of spans that an earlier version stored, one day at a time. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Engine, quote } from './engine.ts'
import { schemaFile } from './tables.ts'

const POLL_MS = 250

export interface ReindexedDay {
  /** `2026-11-22` */
  day: string
  spans: number
  /** Days that are done, and all. */
  done: number
  days: number
}

/**
 * A day is a mutation, which the engine continues after a restart. Until it is done, its spans are read as before.
 * @param onDay called after each day
 * @param isOver whether to stop; asked between two polls
 */
export async function reindex(
  engine: Engine,
  onDay: (day: ReindexedDay) => void,
  isOver: () => boolean = () => false,
): Promise<void> {
  const days = await lacking(engine)
  for (const [i, { day, spans }] of days.entries()) {
    if (isOver()) return
    const statement = schemaFile('reindex_day.sql')
    await engine.run(statement.replace(/\/\*\+ day \*\/'[^']*'/g, () => quote(day)))
    while (!isOver() && (await lacking(engine)).some((one) => one.day === day)) {
      const [failed] = await engine.rows<{ reason: string }>(
        `SELECT latest_fail_reason AS reason FROM system.mutations
         WHERE database = 'otel' AND table = 'otel_traces' AND NOT is_done AND reason != ''`,
      )
      if (failed) throw new Error(`indexing ${day} fails: ${failed.reason}`)
      await sleep(POLL_MS)
    }
    if (!isOver()) onDay({ day, spans: Number(spans), done: i + 1, days: days.length })
  }
}

const lacking = (engine: Engine) =>
  engine.rows<{ day: string; spans: number }>(schemaFile('days_to_reindex.sql'))
