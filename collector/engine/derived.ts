/** Creates the tables made from spans, and completes them after a restart of the machine. */
import { createHash } from 'node:crypto'
import { uptime } from 'node:os'
import { join } from 'node:path'
import { readOwnFile } from '../address-file.ts'
import type { Engine } from './engine.ts'
import { createFailures, DEFINED_BY, FAILURES } from './failures.ts'
import { COMPLETE } from './store-folders.ts'
import { writePrivate } from './sync.ts'

const FACTS = 'otel.otel_traces_facts'
const LOOKUP = 'otel.otel_traces_trace_id_ts'
/** Clocks are adjusted, so the start of the machine is known to some minutes only. */
const SAME_START_MS = 180_000

/**
 * Creates the tables and their views. The spans of an earlier version get facts, too. After a restart of the machine
 * all rows are written again: a power cut may keep a part of spans and lose what was made from it. Counts of sampled
 * spans would be wrong, and traces not found. Existing rows merge.
 * @param schema the text of a file in collector/schema
 * @param columns the definitions of the spans table's, if it was made just now
 */
export async function createDerived(
  engine: Engine,
  schema: (name: string) => string,
  columns?: string,
): Promise<void> {
  const select = schema('facts_of_traces.sql')
  const definition = digest(schema, ['facts_of_traces'])
  const isNew = mark(engine)[1] !== definition || !(await hasTable(engine, FACTS))
  const isWhole = await isComplete(engine)
  const failures = digest(schema, DEFINED_BY)
  const isKept = isWhole && mark(engine)[2] === failures && (await hasTable(engine, FAILURES))
  await engine.run(schema('otel_traces_trace_id_ts.sql'))
  const isEmpty = columns !== undefined
  if (!isWhole && !isEmpty) await completeLookup(engine, schema)
  await engine.run(schema('otel_traces_trace_id_ts_mv.sql'))
  if (isNew) {
    // Under another name until it is complete: nothing is loaded meanwhile.
    const draft = `${FACTS}_draft`
    await engine.run(`DROP TABLE IF EXISTS ${draft} SYNC`)
    await engine.run(schema('otel_traces_facts.sql').replace(FACTS, draft))
    if (!isEmpty) await engine.run(`INSERT INTO ${draft} ${select}`)
    // Those of an earlier version lack some, or mean others.
    await engine.run(`DROP VIEW IF EXISTS ${FACTS}_mv SYNC`)
    await engine.run(`DROP TABLE IF EXISTS ${FACTS} SYNC`)
    await engine.run(`RENAME TABLE ${draft} TO ${FACTS}`)
  } else if (!isWhole) {
    await engine.run(`INSERT INTO ${FACTS} ${select}`)
  }
  await engine.run(`CREATE MATERIALIZED VIEW IF NOT EXISTS ${FACTS}_mv TO ${FACTS} AS ${select}`)
  await createFailures(engine, schema, isKept, columns)
  writePrivate(
    join(engine.directory, COMPLETE),
    `${machineStart()} ${definition} ${failures}`,
    false,
  )
}

/** A digest of the statements in files of the schema; comments do not count. */
function digest(schema: (name: string) => string, files: string[]): string {
  const lines = files.flatMap((name) => schema(`${name}.sql`).split('\n'))
  const statements = lines.filter((line) => !line.startsWith('--'))
  return createHash('sha256').update(statements.join('\n')).digest('hex')
}

/** Writes the lookup rows of all spans, one day at a time: a day's traces are held in memory. */
async function completeLookup(engine: Engine, schema: (name: string) => string): Promise<void> {
  const days = await engine.rows<{ day: string }>(schema('days_after_block.sql'), {
    table: 'otel_traces',
    block: -1,
  })
  const refill = schema('refill_trace_id_ts.sql').replace(
    /_part IN \([^)]*\)/,
    () => 'toDate(Timestamp) = {day:Date}',
  )
  for (const { day } of days) await engine.run(refill, { day })
}

async function hasTable(engine: Engine, table: string): Promise<boolean> {
  const [found] = await engine.rows<{ tables: number }>(
    `SELECT count() AS tables FROM system.tables
    WHERE database = 'otel' AND name = '${table.replace('otel.', '')}'`,
  )
  return Number(found?.tables) > 0
}

/** The words of the file. */
function mark(engine: Engine): string[] {
  return readOwnFile(join(engine.directory, COMPLETE))?.text.split(' ') ?? []
}

/** Whether nothing was lost from the tables since they were complete. */
export async function isComplete(engine: Engine): Promise<boolean> {
  const marked = Number(mark(engine)[0])
  if (!(Math.abs(marked - machineStart()) < SAME_START_MS)) return false
  const tables = [FACTS, LOOKUP, FAILURES].map((name) => `'${name.replace('otel.', '')}'`)
  const [broken] = await engine.rows<{ parts: number }>(
    `SELECT count() AS parts FROM system.detached_parts WHERE database = 'otel' AND table IN (${tables})`,
  )
  return Number(broken?.parts ?? 0) === 0
}

/** Milliseconds since 1970. */
function machineStart(): number {
  return Date.now() - Math.round(uptime() * 1000)
}
