/** The spans table of a statement, what is asked of it, and the values it always binds. */
import type { Filters } from '../filters.ts'
import type { Schema } from '../schema.ts'
import { clickhouseTime, DAY_NS, HOUR_NS, type Hours, type Window } from '../window.ts'
import type { ClickHouseSettings, ParamValue } from './bound-query.ts'

/** SQL beside the schema: `queries/shared/`. */
export interface Library {
  /** A SELECT whose WITH defines functions for every query. */
  functions: string
  /** Relations over `spans`, by name. */
  relations: Record<string, string>
  /** `red` of whole hours, added up. */
  hours?: string
}

/** The spans table, and the spans of it that count. */
export interface SpansSource {
  schema: Schema
  library: Library
  database: string
  table: string
  filters: Filters
  /** Absent for all stored spans. */
  window?: Window
  /** Server settings that statements over spans need. */
  settings?: ClickHouseSettings
  /** False counts a sampled span once. */
  weighted?: boolean
  /** False finds requests by kinds and roots alone. */
  crossing?: boolean
  /** False leaves the names of operations as they are. */
  bareNames?: boolean
  /** Hours of the window that are added up. */
  hours?: Hours
  /** The table is Distributed: its shards add spans up only in the SELECT that reads them. */
  distributed?: boolean
  /** Long texts are cut, for a terminal. */
  clipped?: boolean
  /** The collector's table of the times of all traces. */
  lookup?: string | undefined
  /** The times between which spans start that the collector received again, unless every copy counts. */
  repeats?: Repeats | undefined
  /** The collector said which spans came again, if any. */
  knowsRepeats?: boolean
  /** The window whose failed spans the schema's table of them has, with a day around it. */
  failuresOf?: Window | undefined
  /** The table adds up attributes, resources and requests by the hour, of all spans of the window. */
  summed?: boolean
}

export interface Repeats {
  from: bigint
  to: bigint
}

/** Whether a second read of few columns costs less than it saves: from three hours on. */
export function isLong(window: Window | undefined): boolean {
  return !window || window.to - window.from >= 3n * HOUR_NS
}

/** The latest time of DateTime64(9), without its last second. */
const LAST_TIME = 9_223_372_036_000_000_000n

/** For sessions that go on while spans arrive. */
export const ANY_TIME: Repeats = { from: 0n, to: LAST_TIME }

/** The window for statements about all stored times, too. */
export function windowParams(window: Window | undefined): { from: string; to: string } {
  const { from, to } = window ?? { from: 0n, to: LAST_TIME }
  return { from: clickhouseTime(from), to: clickhouseTime(to) }
}

/** The values of the table and of the times around the window, by the names of their placeholders. */
export function hostParams(source: SpansSource): Record<string, ParamValue> {
  const { database, table, window, hours } = source
  const { failures = '' } = source.schema
  if (!window) return { database, table }
  const { from, to, bucket } = window
  const clamped = (at: bigint) => clickhouseTime(at < 0n ? 0n : at > LAST_TIME ? LAST_TIME : at)
  return {
    database,
    table,
    failures,
    from: clickhouseTime(from),
    to: clickhouseTime(to),
    bucket,
    before_from: clamped(from - (to - from)),
    nearby_from: clamped(from - HOUR_NS),
    nearby_to: clamped(to + HOUR_NS),
    ongoing_from: clamped(from - DAY_NS),
    ongoing_duration: String(HOUR_NS),
    ...(hours
      ? { hours_from: clickhouseTime(hours.from), hours_to: clickhouseTime(hours.to) }
      : {}),
  }
}
