/** Asks the statements behind a view, which are many to one answer; used by `trace` and `flame`. */
import type { Asking } from './asking.ts'
import { readQuery } from './catalogue.ts'
import { costText, explain } from './cost.ts'
import { compose, type ParamValue, type Source, type Statement } from './query/compose.ts'
import { decide } from './query/decide.ts'
import { stripHeader } from './query/header.ts'
import type { Row } from './render/renderer.ts'

/**
 * A file of `queries/` as a statement.
 * @param known conditions `if({name:UInt8}, …, …)` that are settled already
 */
export function statementOf(
  path: string,
  given: Record<string, ParamValue>,
  source: Source,
  known: Record<string, boolean> = {},
): Statement {
  const sql = Object.entries(known).reduce(
    (text, [name, value]) => decide(text, name, value),
    stripHeader(readQuery(path)),
  )
  return compose(sql, given, source)
}

/** One statement's rows; `--explain` and `--verbose` are answered for each. */
export async function rowsOf(asking: Asking, sql: Statement): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of await batchesOf(asking, sql)) for (const row of batch) rows.push(row)
  return rows
}

/** The same, some rows at a time. */
export async function batchesOf(asking: Asking, sql: Statement): Promise<AsyncIterable<Row[]>> {
  const { store, source, flags, context } = asking
  const measured = Boolean(flags.verbose || flags.explain)
  if (flags.explain) await explain(asking, sql)
  const { batches, cost } = await store.ask(sql, { database: source.database, measured })
  if (measured) context.say(costText(cost, store))
  return batches
}
