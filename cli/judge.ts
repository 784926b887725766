/** Has the server judge a `--where` before it is asked with it; used by asking.ts. */
import { readQuery } from './catalogue.ts'
import { EXIT, OtraceError } from './errors.ts'
import { compose, type Source, type Statement } from './query/compose.ts'
import { stripHeader } from './query/header.ts'
import { judgeWhere, whereRefused } from './query/where.ts'
import type { Row } from './render/renderer.ts'
import type { Store } from './store/store.ts'

/** Refuses what is no condition on one span, before it becomes part of a statement: by its syntax tree, which the server knows. */
export async function judge(store: Store, expression: string): Promise<void> {
  const sql = stripHeader(readQuery('store/judge.sql')).replace('{expression}', () => expression)
  const tree = await orWhere(expression, rowsOf(store, { sql, params: {} }), true)
  judgeWhere(
    expression,
    tree.map((row) => String(row.explain)),
  )
}

/** The server knows functions and types, and names them here without the question around them. */
export async function tryOut(store: Store, expression: string, source: Source): Promise<void> {
  const { sql, ...rest } = compose(stripHeader(readQuery('store/none.sql')), {}, source)
  // What may be NULL is compared with any text, as long as no row has a value.
  await orWhere(expression, rowsOf(store, { ...rest, sql: sql.replaceAll('OrNull(', 'OrZero(') }))
}

async function rowsOf(store: Store, statement: Statement): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of (await store.ask(statement)).batches) rows.push(...batch)
  return rows
}

/** A server's refusal as a sentence about the condition, where it is about that. */
export async function orWhere<T>(expression: string, asked: Promise<T>, alone = false): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof OtraceError) || error.exit !== EXIT.refused) throw error
    throw whereRefused(expression, error.message, alone) ?? error
  }
}
