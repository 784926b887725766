/** Whether a statement has steps of time, of `--bucket`. */
import { readsAll } from './prune.ts'
import { mentions, placeholders, reads } from './sql-text.ts'

/** By the parameter, or by the column of `red`. A column of that name elsewhere is the statement's own. */
export const hasSteps = (sql: string): boolean =>
  placeholders(sql).has('bucket') ||
  (reads(sql, 'red') && (readsAll(sql) || mentions(sql, 'bucket')))
