/** Writes the indexes and sums of spans that an earlier version stored, one day at a time. */
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Engine, quote } from './engine.ts'
import { addOldFailures } from './failures.ts'
import { schemaFile } from './tables.ts'

const POLL_MS = 250
/** The indexes that INSERTs leave to merges, which write them anyway: any part may lack them. */
export const LEFT_TO_MERGES = ['idx_span_attr_key', 'idx_kind', 'idx_status', 'idx_events']

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
    await addOldFailures(engine, schemaFile, day)
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

interface Part {
  day: string
  path: string
  spans: number
  /** Whether it has all sums of hours. */
  summed: number
}

/** The days with a part that lacks something, newest first. */
async function lacking(engine: Engine): Promise<{ day: string; spans: number }[]> {
  const statement = schemaFile('reindex_day.sql')
  const all = [...statement.matchAll(/MATERIALIZE INDEX (\w+)/g)].map(([, name]) => name!)
  const indexes = all.filter((name) => !LEFT_TO_MERGES.includes(name))
  const days = new Map<string, number>()
  for (const { day, path, spans, summed } of await engine.rows<Part>(
    schemaFile('parts_to_reindex.sql'),
  )) {
    if (Number(summed) && hasIndexes(path, indexes)) continue
    days.set(day, (days.get(day) ?? 0) + Number(spans))
  }
  return [...days].map(([day, spans]) => ({ day, spans }))
}

/** Whether a part's folder has the files of the indexes. One that a merge has replaced lacks nothing. */
function hasIndexes(path: string, indexes: string[]): boolean {
  let files: string[]
  try {
    files = readdirSync(path)
  } catch {
    return true
  }
  return indexes.every((name) => files.some((file) => file.startsWith(`skp_idx_${name}.`)))
}
