/** The SELECT of a schema with its marks resolved, but for the lookup of parents. */
import { SPANS_COLUMNS } from '../filters/where-rules.ts'
import { paste, resolveConditions } from '../marks.ts'
import { clauses, type Item, joined, withText } from '../prune.ts'
import type { Schema } from '../schema.ts'
import { mentions } from '../sql-text.ts'
import type { ParamValue } from './bound-query.ts'
import type { SpansSource } from './source.ts'

/** The column or attribute of `--by` that groups everything together. */
export const BY_NOTHING = 'none'

/** Columns that need a parameter of the query, or are for built-in queries alone. */
const HIDDEN_COLUMNS = [
  'dimension',
  'stored_time',
  'error_type',
  'of_user',
  'severity',
  'is_failure',
  'may_be_database',
  'attribute_keys',
  'resource_keys',
]

/** What marks are resolved by, beside the source. */
interface Choice {
  weighted: boolean
  /** The column or attribute of `dimension`. */
  by?: ParamValue | undefined
  /** Text that may name a hidden column. */
  reader?: string
  /** Leaves open whether a resource has the attribute of `dimension`. */
  sharedOpen?: boolean
}

/** The schema's SELECT with every mark resolved except those of the lookup of parents. */
export function settled(
  {
    schema,
    crossing = true,
    bareNames = true,
  }: Pick<SpansSource, 'schema' | 'crossing' | 'bareNames'>,
  { weighted, by = BY_NOTHING, reader = '', sharedOpen = false }: Choice,
): string {
  const column = SPANS_COLUMNS.find((name) => name === by)
  const known = {
    weighted,
    crossing,
    bare_names: bareNames,
    by_attribute: by !== BY_NOTHING && column === undefined,
    by_nothing: by === BY_NOTHING,
    ...(sharedOpen ? {} : { shared: true }),
  }
  const decide = (sql: string) =>
    paste(resolveConditions(sql, known), { by_column: column ?? "''" })
  const { definitions, columns, rest } = clauses(schema.sql)
  const shown = columns.filter(
    ({ name }) => !HIDDEN_COLUMNS.includes(name) || mentions(reader, name),
  )
  const each = (items: readonly Item[]) => items.map((item) => withText(item, decide(item.text)))
  return joined({ definitions: each(definitions), columns: each(shown), rest: decide(rest) })
}

/** The schema's SELECT without looking up parents. @param reader names the hidden columns to keep */
export function plainSpans(schema: Schema, reader = ''): string {
  return settled({ schema, crossing: false }, { weighted: true, reader })
}

/** The same SELECT without a column. */
export function without(sql: string, column: string): string {
  const { columns, ...others } = clauses(sql)
  return joined({ ...others, columns: columns.filter(({ name }) => name !== column) })
}
