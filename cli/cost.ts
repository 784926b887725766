/** What a query would read (`--explain`), and what it read (`-v`), in words. */
import type { Asking } from './asking.ts'
import type { Statement } from './query/compose.ts'
import { formatUnit } from './render/units.ts'
import type { Cost, Store } from './store/store.ts'

/** Says which rows, granules and parts of which tables a statement would read. */
export async function explain({ store, source, context }: Asking, statement: Statement) {
  const sql = `EXPLAIN ESTIMATE ${statement.sql}`
  const estimate = await store.ask({ ...statement, sql }, { database: source.database })
  let reads = false
  for await (const { database, table, parts, rows, marks } of estimate.rows) {
    reads = true
    context.say(
      `would read ${rows} rows in ${marks} granules of ${parts} parts of ${database}.${table}`,
    )
  }
  if (!reads) context.say('would read nothing that is stored in a table')
}

/** What a query cost, and whose limits it ran under where they are not ours. */
export function costText(cost: Cost | undefined, store: Store): string {
  const limits = store.ownLimits() ? "; under the server's own limits: it does not take ours" : ''
  if (!cost) return `${store.place} does not say what the query cost${limits}`
  const ms = formatUnit(cost.ms, 'ms')
  return `read ${formatUnit(cost.rows, 'short')} rows, ${formatUnit(cost.bytes, 'bytes')} in ${ms}${limits}`
}
