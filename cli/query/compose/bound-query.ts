/** A statement with the values that it binds, and simpler ones that may answer as well. */
import type { Hours } from '../window.ts'

export type ParamValue = string | number | string[]

/** By ClickHouse's names. */
export type ClickHouseSettings = Record<string, number | string>

/** A statement and the values that the server binds to its `{name:Type}` placeholders. */
export interface BoundQuery {
  sql: string
  params: Record<string, ParamValue>
  /** Server settings, in addition to the limits. */
  settings?: ClickHouseSettings
  /** The result has counts, rates or percentiles of spans. */
  counts?: true
  /** The column with the values of --by, of which those that read as `(absent)` and `(other)` are quoted. */
  named?: string
  /** The same statement without weights, if the result depends on them. */
  unweighted?: () => BoundQuery
  /** The same statement without looking up parents: requests by kind and root alone. */
  uncrossed?: () => BoundQuery
  /** The same statement with raw names: no path after a server span's bare method. */
  plainNames?: () => BoundQuery
  /** The same statement over sums of whole hours and the spans around them, or the reason why not. */
  hourly?: ((hours: Hours) => BoundQuery) | string
}

/** The simpler statements of a query. */
export const SIMPLER = ['unweighted', 'uncrossed', 'plainNames'] as const

/** The statement and its simpler ones, each with other SQL. */
export function mapSql(query: BoundQuery, change: (sql: string) => string): BoundQuery {
  const mapped = { ...query, sql: change(query.sql) }
  for (const name of SIMPLER) {
    const simpler = query[name]
    if (simpler) mapped[name] = () => mapSql(simpler(), change)
  }
  return mapped
}

/** The statement alone, which runs without a look for sampled spans and the like. */
export function withoutSimpler({ sql, params, settings }: BoundQuery): BoundQuery {
  return { sql, params, settings }
}
