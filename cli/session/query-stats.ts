/** Describes a query's estimated reads (`--explain`) and its actual cost (`-v`). */

import type { BoundQuery } from '../query/compose/bound-query.ts'
import { type Cost, flatRows, type Store } from '../store/client.ts'
import { formatUnit, plural } from '../units/units.ts'
import type { Session } from './session.ts'

/** Lists the rows, granules and parts that a statement would read, by table. */
export async function explain({ store, source, context }: Session, statement: BoundQuery) {
  const sql = `EXPLAIN ESTIMATE ${statement.sql}`
  const estimate = await store.ask({ ...statement, sql }, { database: source.database })
  const of = (count: unknown, one: string) => plural(Number(count), one, `${one}s`, String(count))
  let reads = false
  for await (const { database, table, parts, rows, marks } of flatRows(estimate.batches)) {
    reads = true
    context.say(
      `would read ${of(rows, 'row')} in ${of(marks, 'granule')} of ${of(parts, 'part')} of ${database}.${table}`,
    )
  }
  if (!reads) context.say('would read nothing that is stored in a table')
}

/** The cost of a query, and its limits if the server imposed its own. */
export function statsText(cost: Cost | undefined, store: Store): string {
  const limits = store.ownLimits() ? "; under the server's own limits: it does not take ours" : ''
  if (!cost) return `${store.place} does not say what the query cost${limits}`
  return `${costText(cost)}${limits}`
}

/** `read 3 rows, 40 B in 12 ms` */
export function costText({ rows, bytes, ms }: Cost): string {
  const read = plural(rows, 'row', 'rows', formatUnit(rows, 'short'))
  return `read ${read}, ${formatUnit(bytes, 'bytes')} in ${formatUnit(ms, 'ms')}`
}
