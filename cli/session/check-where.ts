/** Validates `--where` on the server before it is used. */
import { EXIT, OtraceError } from '../errors.ts'
import type { SpansSource } from '../query/compose/source.ts'
import { readSql } from '../query/files.ts'
import { checkWhereTree, whereRefused } from '../query/filters/where-rules.ts'
import { whereSql } from '../query/filters/where-spellings.ts'
import { paste } from '../query/marks.ts'
import { functionKinds } from '../store/checked-store.ts'
import { readAll, type Store } from '../store/client.ts'
import { builtInQuery, quietRows } from './run.ts'

/**
 * Refuses a text that is not a condition on one span, by its syntax tree.
 * @throws OtraceError (exit 2)
 */
export async function checkWhere(store: Store, expression: string): Promise<void> {
  const sql = paste(readSql('internal/store/where-tree.sql'), { expression: whereSql(expression) })
  const read = async () => readAll((await store.ask({ sql, params: {} })).batches)
  const tree = await rewordWhereError(expression, read(), true)
  checkWhereTree(
    expression,
    tree.map((row) => String(row.explain)),
    await functionKinds(),
  )
}

/**
 * Checks functions and types, which only the server knows, without the query around them.
 * @throws OtraceError (exit 2)
 */
export async function dryRun(store: Store, expression: string, source: SpansSource): Promise<void> {
  const query = builtInQuery('internal/store/dry-run.sql', {}, source)
  // A Nullable column accepts any text in a comparison while no row has a value.
  const sql = query.sql.replaceAll('OrNull(', 'OrZero(')
  await rewordWhereError(expression, quietRows({ store, source }, { ...query, sql }))
}

/** Rewords a server's error about the condition as a sentence. */
export async function rewordWhereError<T>(
  expression: string,
  asked: Promise<T>,
  alone = false,
): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof OtraceError) || error.exit !== EXIT.refused) throw error
    throw whereRefused(expression, error.message, alone) ?? error
  }
}
