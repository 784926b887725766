/** Runs queries: a query file bound to its values, and its rows. */
import type { BoundQuery, ParamValue } from '../query/compose/bound-query.ts'
import { compose } from '../query/compose/compose.ts'
import type { SpansSource } from '../query/compose/source.ts'
import { readSql } from '../query/files.ts'
import { resolveCondition } from '../query/marks.ts'
import type { Row } from '../result.ts'
import { type Cost, readAll } from '../store/client.ts'
import { explain, statsText } from './query-stats.ts'
import type { Session } from './session.ts'

/**
 * A file of `queries/`, bound to its values.
 * @param known the marked conditions, by name, and their values
 */
export function builtInQuery(
  path: string,
  given: Record<string, ParamValue>,
  source: SpansSource,
  known: Record<string, boolean> = {},
): BoundQuery {
  const sql = Object.entries(known).reduce(
    (text, [name, value]) => resolveCondition(text, name, value),
    readSql(path),
  )
  return compose(sql, given, source)
}

/** Every row of a query; --explain and --verbose report on it. */
export async function queryRows(session: Session, query: BoundQuery): Promise<Row[]> {
  return readAll(await queryBatches(session, query))
}

/** The first row of a query, reported like queryRows. */
export async function queryRow(session: Session, query: BoundQuery): Promise<Row | undefined> {
  return (await queryRows(session, query))[0]
}

/** The rows of a query in batches as they arrive, reported like queryRows. */
export async function queryBatches(
  session: Session,
  query: BoundQuery,
): Promise<AsyncIterable<Row[]>> {
  const { store, source, options, context } = session
  const { output } = options
  const measured = output.verbose || output.explain
  if (output.explain) await explain(session, query)
  const { batches, cost } = await store.ask(query, { database: source.database, measured })
  if (measured) context.say(statsText(cost, store))
  return batches
}

/**
 * Calls `read` with each row of a query whose columns are numbers of fixed sizes, reported like queryRows.
 * @param width bytes of a row
 */
export async function queryNumbers(
  session: Session,
  query: BoundQuery,
  width: number,
  read: (rows: DataView, at: number) => void,
): Promise<void> {
  const { store, source, options, context } = session
  const { output } = options
  const measured = output.verbose || output.explain
  if (output.explain) await explain(session, query)
  const { pieces, cost } = await store.askBytes(query, { database: source.database, measured })
  if (measured) context.say(statsText(cost, store))
  let cut: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) {
    const bytes = cut.length === 0 ? piece : Buffer.concat([cut, piece])
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = 0
    for (; at + width <= bytes.length; at += width) read(view, at)
    cut = bytes.subarray(at)
  }
}

/** Every row of an auxiliary query: --explain and --verbose skip it. */
export async function quietRows(
  { store, source }: Pick<Session, 'store' | 'source'>,
  query: BoundQuery,
): Promise<Row[]> {
  return (await measuredRows({ store, source }, query, false)).rows
}

/** Every row of an auxiliary query, and its cost if `measured` and sent by the server. */
export async function measuredRows(
  { store, source }: Pick<Session, 'store' | 'source'>,
  query: BoundQuery,
  measured: boolean,
): Promise<{ rows: Row[]; cost: Cost | undefined }> {
  const { batches, cost } = await store.ask(query, { database: source.database, measured })
  return { rows: await readAll(batches), cost }
}

/**
 * Whether statements may run side by side. A user of another server may not run two at once, and the collector counts
 * what all statements read.
 */
export function isParallel({ store, options: { output } }: Pick<Session, 'store' | 'options'>) {
  return store.local && !output.verbose && !output.explain && !output.sql
}

/** Work that begins while the server answers; its error counts only where it is awaited. */
export function inBackground<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return work
}
