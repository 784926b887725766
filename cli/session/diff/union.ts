/** One statement over several groups of spans, each of which has its own filters and window. */
import {
  type BoundQuery,
  type ParamValue,
  withoutSimpler,
} from '../../query/compose/bound-query.ts'
import { compose } from '../../query/compose/compose.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { readSql } from '../../query/files.ts'
import { paste } from '../../query/marks.ts'
import { renamePlaceholders } from '../../query/sql-text.ts'

/** A group of spans, and the values that a query binds for it. */
export interface Part {
  source: SpansSource
  given: Record<string, ParamValue>
}

/**
 * The rows of a query for each part, whose number it binds as `part`.
 * @param around a query that reads the rows of all parts as `/*+ parts *\/`, with its values
 */
export function unite(
  file: string,
  parts: readonly Part[],
  around?: { file: string; given: Record<string, ParamValue> },
): BoundQuery {
  const params: Record<string, ParamValue> = {}
  const statements = parts.map(({ source, given }, part) => {
    const one = withoutSimpler(compose(readSql(file), { ...given, part }, source))
    const own = (name: string) => `part${part}_${name}`
    for (const [name, value] of Object.entries(one.params)) params[own(name)] = value
    return { ...one, sql: renamePlaceholders(one.sql, own) }
  })
  const rows = statements.map(({ sql }) => `(\n${sql}\n)`).join('\nUNION ALL\n')
  const [first] = statements
  return {
    ...first,
    sql: around ? paste(readSql(around.file), { parts: `(\n${rows}\n)` }) : rows,
    params: { ...params, ...around?.given },
  }
}
