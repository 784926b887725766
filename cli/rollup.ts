/** Finds ClickStack's sums of attributes, from which `otrace attributes` answers where they hold the whole window. */
import { collect } from './answer.ts'
import type { Asking } from './asking.ts'
import type { Source } from './query/compose.ts'
import { isEverybody } from './query/population.ts'
import type { Window } from './query/window.ts'
import type { Row } from './render/renderer.ts'
import { statementOf } from './rows-of.ts'

export interface Rollup {
  table: string
  /** What was asked for, widened to whole steps of the rollup. */
  window: Window
}

/** Nanoseconds of the rollup's 15 minutes, which start at whole quarters of an hour in every time zone. */
const STEP = 900_000_000_000n

/**
 * The rollup beside the table of spans; undefined where there is none, where it began later than the spans of the window, where it
 * has no attributes, and for a chosen population, which it knows nothing of.
 */
export async function findRollup({
  store,
  source,
}: Pick<Asking, 'store' | 'source'>): Promise<Rollup | undefined> {
  if (!source.window || !isEverybody(source.population)) return undefined
  const table = `${source.table}_kv_rollup_15m`
  const { from, to } = source.window
  const window = {
    ...source.window,
    from: from - (from % STEP),
    to: to + ((STEP - (to % STEP)) % STEP),
  }
  const first = async (path: string, asked: Source): Promise<Row | undefined> => {
    const statement = statementOf(path, { rollup: table }, asked)
    const [row] = await collect((await store.ask(statement, { database: source.database })).rows)
    return row
  }
  if (!(await first('attributes/rollup.sql', source))) return undefined
  const row = await first('attributes/rollup-start.sql', { ...source, window })
  if (!row) return undefined
  const start = BigInt(Number(row.start)) * 1_000_000_000n
  const before = { ...source, window: { ...window, to: start } }
  if (start > window.from && (await first('store/any.sql', before))) return undefined
  return { table, window }
}
