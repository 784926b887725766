/** ClickStack's 15-minute attribute rollup, where it covers the window. */

import type { SpansSource } from '../../query/compose/source.ts'
import { isUnfiltered } from '../../query/filters.ts'
import type { Window } from '../../query/window.ts'
import type { Row } from '../../result.ts'
import { builtInQuery, quietRows } from '../../session/run.ts'
import type { Session } from '../../session/session.ts'

export interface Rollup {
  table: string
  /** The query window, widened to whole steps of the rollup. */
  window: Window
}

/** 15 minutes in nanoseconds: the rollup's steps align with UTC in every time zone. */
const STEP = 900_000_000_000n

/**
 * The rollup of the spans table. Undefined without one, with filters, without attributes in it,
 * and where it starts after the first spans of the window.
 */
export async function findRollup({
  store,
  source,
}: Pick<Session, 'store' | 'source'>): Promise<Rollup | undefined> {
  const { rollup } = source.schema
  if (!rollup || !source.window || !isUnfiltered(source.filters)) return undefined
  const table = rollup.replace('{table}', source.table)
  const { from, to } = source.window
  const window = {
    ...source.window,
    from: from - (from % STEP),
    to: to + ((STEP - (to % STEP)) % STEP),
  }
  const first = async (path: string, asked: SpansSource): Promise<Row | undefined> => {
    const query = builtInQuery(path, { rollup: table }, asked)
    return (await quietRows({ store, source }, query))[0]
  }
  if (!(await first('internal/attributes/rollup.sql', source))) return undefined
  const row = await first('internal/attributes/rollup-start.sql', { ...source, window })
  if (!row) return undefined
  const start = BigInt(Number(row.start)) * 1_000_000_000n
  const before = { ...source, window: { ...window, to: start } }
  if (start > window.from && (await first('internal/store/any-span.sql', before))) return undefined
  return { table, window }
}
