/** Spans that were stored more than once: each counts once, in its last version. */
import { clauses } from '../prune.ts'
import { DAY_NS, HOUR_NS } from '../window.ts'
import type { SpansSource } from './source.ts'

/** Whether `spans` has each span once: the collector knows which came again, or they are looked for. */
export function isOnce({ schema, filters, knowsRepeats = false }: SpansSource): boolean {
  return filters.dedupe ?? (schema.repeats !== undefined && knowsRepeats)
}

/** Whether spans that came again may start in the window, or in what queries read around it. */
export function hasRepeats({ schema, repeats, window }: SpansSource): boolean {
  if (!schema.repeats || !repeats) return false
  if (!window || window.inverted) return true
  const { from, to } = window
  // biome-ignore lint/complexity/useMathMinMax: these are bigints
  const before = to - from > DAY_NS ? to - from : DAY_NS
  return repeats.from < to + HOUR_NS && repeats.to > from - before
}

/** The condition of the seconds with such spans, or of the others. */
export function repeatedIn({ schema }: SpansSource, repeated: boolean | undefined): string[] {
  if (repeated === undefined) return []
  return [repeated ? schema.repeats!.second : `NOT (${schema.repeats!.second})`]
}

/** Rows that share these are versions of one span, as in trace/model/duplicates.ts. */
export const IDENTITY = 'trace_id, span_id, service, name, kind, parent_id, time'

/**
 * Each span once, as collectors deliver at least once: the last to end of several versions. If
 * several end together, the last in the order of their columns, which is arbitrary but reproducible.
 */
export function deduped(sql: string): string {
  const identity = IDENTITY.split(', ')
  const others = clauses(sql)
    .columns.map(({ name }) => name)
    .filter((name) => name !== 'duration' && !identity.includes(name))
  const order = [...identity, ...['duration', ...others].map((name) => `${name} DESC`)]
  return `SELECT * FROM (\n${sql}\nORDER BY ${order.join(', ')}\nLIMIT 1 BY ${IDENTITY}\n)`
}

/** The duration of the last version of each span: a filter that matches an older one finds nothing. */
export function lastOf(versions: string): string {
  return `SELECT cityHash64(${IDENTITY}), max(duration) FROM (\n${versions}\n) GROUP BY ${IDENTITY}`
}
