/** Filters: conditions on spans, which a schema turns into SQL. */
import type { Filter } from './schema.ts'

/** One predicate of the schema, with the values to bind. */
export interface Condition {
  filter: Filter
  key?: string
  value?: string | number | string[]
}

export interface Filters {
  conditions: Condition[]
  /** Conditions that some span of the trace meets. */
  traceConditions: Condition[]
  /** A SQL condition over the columns of `spans`, as typed. */
  where?: string
  /** Duplicates of a span count once, or each; if absent, those that the collector saw come count once. */
  dedupe?: boolean
}

export const NO_FILTERS: Filters = { conditions: [], traceConditions: [] }

/** Whether every span counts, duplicates included. */
export function isUnfiltered({ conditions, traceConditions, where, dedupe }: Filters): boolean {
  return conditions.length + traceConditions.length === 0 && where === undefined && !dedupe
}

/** `dedupe` of two filters together. */
export function dedupeOf(one: Filters, other: Filters): Pick<Filters, 'dedupe'> {
  const dedupe = one.dedupe || other.dedupe || (one.dedupe ?? other.dedupe)
  return dedupe === undefined ? {} : { dedupe }
}
