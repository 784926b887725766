/** The table of failed spans: made, filled, and filled with old days. */
import { type Engine, quote } from './engine.ts'

export const FAILURES = 'otel.otel_traces_failures'
/** Where a day is made anew. */
const DRAFT = `${FAILURES}_draft`
/** Which parts to take failed spans from: those with sums of hours, or those of an earlier version. */
const PARTS = {
  known: { least: 1, most: 1 },
  old: { least: 0, most: 0 },
  all: { least: 0, most: 1 },
}

type Schema = (name: string) => string

/** The files of the schema that say what the table has. */
export const DEFINED_BY = ['otel_traces_failures', 'otel_traces_failures_mv', 'additions_to_traces']

/**
 * Creates the table and its view.
 * @param isMade whether the table has every failed span of parts with sums of hours; else all are stored again
 * @param columns the definitions of the spans table's, if it was made just now
 */
export async function createFailures(
  engine: Engine,
  schema: Schema,
  isMade: boolean,
  columns?: string,
): Promise<void> {
  // A killed process may have left it, and its folder is about to be watched.
  await engine.run(`DROP TABLE IF EXISTS ${DRAFT} SYNC`)
  if (!isMade) {
    await engine.run(`DROP VIEW IF EXISTS ${FAILURES}_mv SYNC`)
    await engine.run(`DROP TABLE IF EXISTS ${FAILURES} SYNC`)
    const [copy = '', without = ''] = schema('otel_traces_failures.sql').split(/;\n/)
    if (columns === undefined) {
      for (const statement of [copy, without]) await engine.run(statement)
      await refill(engine, schema)
    } else {
      // To remove the indexes of a copy takes six times as long.
      await engine.run(copy.replace(/AS otel\..*/, () => `(${columns})`))
    }
  }
  await engine.run(schema('otel_traces_failures_mv.sql'))
}

/** Stores the failed spans of all parts with sums of hours. */
async function refill(engine: Engine, schema: Schema): Promise<void> {
  const days = await engine.rows<{ day: string }>(
    `SELECT DISTINCT partition AS day FROM system.parts
     WHERE database = 'otel' AND table = 'otel_traces' AND active AND has(projections, 'red')`,
  )
  const sql = schema('refill_failures.sql')
  for (const { day } of days) await engine.run(sql, { day, ...PARTS.known })
}

/** Stores the failed spans of a day's parts without sums, which a mutation is about to give them. */
export async function addOldFailures(engine: Engine, schema: Schema, day: string): Promise<void> {
  const session = engine.session()
  try {
    await session.queryBindAsync(schema('refill_failures.sql'), { day, ...PARTS.old })
  } finally {
    session.close()
  }
}

/** The days of a table's parts after a block, as `2026-11-22`. */
export async function daysAfter(
  engine: Engine,
  schema: Schema,
  table: string,
  block: number,
): Promise<string[]> {
  const sql = schema('days_after_block.sql')
  const rows = await engine.rows<{ day: string }>(sql, { table, block })
  return rows.map(({ day }) => day)
}

/**
 * After a failed INSERT, which may have stored a span and not the failed one, or the other way round: makes both equal.
 * A second run after a kill changes nothing.
 * @param stored the days of its spans
 * @param block the last one before it; undefined if an earlier version began it
 */
export async function renewFailures(
  engine: Engine,
  schema: Schema,
  stored: string[],
  block: number | undefined,
): Promise<void> {
  const table = FAILURES.replace('otel.', '')
  const failed = block === undefined ? [] : await daysAfter(engine, schema, table, block)
  for (const day of new Set([...stored, ...failed])) await renewDay(engine, schema, day)
}

async function renewDay(engine: Engine, schema: Schema, day: string): Promise<void> {
  await engine.run(`DROP TABLE IF EXISTS ${DRAFT} SYNC`)
  await engine.run(`CREATE TABLE ${DRAFT} AS ${FAILURES}`)
  const refill = schema('refill_failures.sql').replaceAll(FAILURES, DRAFT)
  await engine.run(refill, { day, ...PARTS.all })
  const [made] = await engine.rows<{ rows: number }>(`SELECT count() AS rows FROM ${DRAFT}`)
  const [verb, from] = Number(made?.rows) > 0 ? ['REPLACE', `FROM ${DRAFT}`] : ['DROP', '']
  await engine.run(`ALTER TABLE ${FAILURES} ${verb} PARTITION ${quote(day)} ${from}`)
  await engine.run(`DROP TABLE ${DRAFT} SYNC`)
}
