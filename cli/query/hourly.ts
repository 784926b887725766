/** Which queries over `red` can be answered from sums of hours. */
import type { Filters } from './filters.ts'
import { clauses } from './prune.ts'
import type { Filter } from './schema.ts'
import { looksUpParents, mentions } from './sql-text.ts'
import type { Window } from './window.ts'

/** Columns of `--by` that sums of hours have. */
const COLUMNS = ['service', 'name', 'kind', 'http_status', 'is_error', 'is_entry']
/** Filters that sums of hours can apply. */
const FILTERS: Filter[] = ['service', 'name', 'operation', 'kind', 'error']
/** What a filter is called beyond its flag. */
const COMPARISON = /-(?:equals|differs|matches|above|below|at-least|at-most|present)$/
const HOUR_SECONDS = 3600

/** What a filter is typed as. */
export const flagOf = (filter: Filter) => `--${filter.replace(COMPARISON, '')}`

interface HourlySource {
  /** SELECTs of relations over spans, and of `red` from sums of hours where the schema has them. */
  library: { relations: Record<string, string>; hours?: string }
  filters: Filters
  window?: Window
}

/**
 * Why sums of hours cannot answer a query; undefined if they can.
 * @param whole the composed statement over spans
 * @param text the query in it
 * @param by the column or attribute of `--by`, if it has one
 */
export function whyNotHourly(
  whole: string,
  text: string,
  by: string | undefined,
  { library, filters, window }: HourlySource,
): string | undefined {
  if (library.hours === undefined || looksUpParents(whole))
    return 'some requests are known by the service of their parent alone'
  if (whole.includes('without_ids(')) return 'some names of operations need the path'
  const known = new Set(clauses(library.hours).columns.map(({ name }) => name))
  const missing = clauses(library.relations.red!).columns.find(
    ({ name }) => !known.has(name) && mentions(text, name),
  )
  if (missing) return `sums of hours have no ${missing.name}`
  if (by !== undefined && !COLUMNS.includes(by)) return `sums of hours have no ${by}`
  const filter = filters.conditions.find((one) => !FILTERS.includes(one.filter))
  if (filter) return `sums of hours cannot apply ${flagOf(filter.filter)}`
  if (filters.traceConditions.length > 0) return 'sums of hours have no traces'
  if (filters.dedupe || filters.where) return 'sums of hours have no single spans'
  if (mentions(text, 'bucket') && (window?.bucket ?? 0) % HOUR_SECONDS !== 0)
    return 'a bucket is not of whole hours'
  return undefined
}
