/** Opens a session for one command: the store, its spans table, a checked --where. */
import type { Context } from '../context.ts'
import { OtraceError } from '../errors.ts'
import type { Options } from '../options/options.ts'
import { isUnbounded } from '../output/process.ts'
import { type Repeats, type SpansSource, windowParams } from '../query/compose/source.ts'
import { readLibrary, readSchemas, readSql } from '../query/files.ts'
import { lookupOf } from '../query/schema.ts'
import type { Row } from '../result.ts'
import type { SpanFacts } from '../store/candidates.ts'
import { type Store, whenSent } from '../store/client.ts'
import type { Connection } from '../store/connection.ts'
import { openStore } from '../store/open.ts'
import { findSpansTable, type SpansTable } from '../store/spans-table.ts'
import { askingAhead } from './ask-ahead.ts'
import { checkWhere, dryRun, rewordWhereError } from './check-where.ts'
import { inBackground, isParallel } from './run.ts'
import type { Session } from './session.ts'
import { usualTable } from './usual-table.ts'

/**
 * Opens the store, runs `work` with it, and closes it even after an error.
 * @param options.spansNeeded false if the statement may read other tables
 * @param options.typed the user typed the statement too, so --where may not cause the error
 * @param options.ahead a query of the collector's own tables, sent before the spans table is found
 * @param options.likely asks what `work` will ask if the spans table is as most are: what it asks is sent meanwhile
 */
export async function withSession<T>(
  options: Options,
  context: Context,
  work: (session: Session) => Promise<T>,
  { spansNeeded = true, typed = false, ahead, likely }: SessionNeeds = {},
): Promise<T> {
  const { connection, filters, weighted, window } = options
  return withStore(connection, context, async (store) => {
    const [schemas, library] = [once(readSchemas), once(readLibrary)]
    const sessionOf = (found: SpansTable): Session => {
      const { columns, indexes, siblingTables, unreadable, facts, ...place } = found
      const clipped = options.output.format === 'terminal' && !isUnbounded(context)
      const lookup = facts && lookupOf(place.schema, place.table, siblingTables)?.table
      const source: SpansSource = {
        ...place,
        library: library(),
        filters,
        weighted,
        window,
        clipped,
        lookup,
        repeats: facts && repeatsOf(facts),
        knowsRepeats: facts !== undefined,
        failuresOf:
          facts?.failures && siblingTables.has(place.schema.failures ?? '') ? window : undefined,
        summed: facts?.partial === false,
      }
      const table = { columns, indexes, siblingTables, unreadable }
      return { store, source, options, context, facts: facts && { ...facts, window }, ...table }
    }
    const columnsSql = readSql('internal/store/columns.sql')
    const services = filters.conditions.find(({ filter }) => filter === 'service')?.value ?? []
    const params = { ...windowParams(window), services: [services].flat() as string[] }
    const facts = { sql: readSql('internal/store/facts.sql'), params }
    const find = () => findSpansTable(store, connection, schemas, columnsSql, facts)
    const none = noSpansTable(connection, store)
    const sent =
      ahead && isOwn(connection) && isParallel({ store, options })
        ? inBackground(ahead(sessionOf(none)))
        : undefined
    // The collector's own database is known without asking.
    const isKnown = store.local && !spansNeeded
    const { where } = filters
    const finding = isKnown ? undefined : inBackground(find())
    const asking = askingAhead(store)
    const isUsual = finding && where === undefined && isOwn(connection)
    if (likely && isUsual && isParallel({ store, options })) {
      await whenSent()
      const usual = usualTable(schemas())
      if (usual) inBackground(likely({ ...sessionOf(usual), store: asking.early, ahead: sent }))
    }
    const spans = await finding?.catch((error) => {
      if (spansNeeded || !(error instanceof OtraceError)) throw error
      return undefined
    })
    if (where !== undefined) await checkWhere(store, where)
    const session: Session = { ...sessionOf(spans ?? none), store: asking.later, ahead: sent }
    if (where !== undefined && spans) await dryRun(store, where, session.source)
    const done = work(session)
    return where === undefined || typed ? done : rewordWhereError(where, done)
  })
}

/** A function that is called once, when its result is first needed. */
function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** The times between which spans start that were received again. */
function repeatsOf({ repeats: { first, last } }: SpanFacts): Repeats | undefined {
  if (last === 0) return undefined
  return { from: BigInt(first) * SECOND, to: BigInt(last + 1) * SECOND }
}
const SECOND = 1_000_000_000n

interface SessionNeeds {
  spansNeeded?: boolean
  typed?: boolean
  ahead?: ((session: Session) => Promise<Row[]>) | undefined
  likely?: ((session: Session) => Promise<unknown>) | undefined
}

/** No flag names another table than the collector's. */
function isOwn({ database, table, schema }: Connection): boolean {
  return database === undefined && table === undefined && schema === undefined
}

/** A store without spans, for statements that read other tables. */
function noSpansTable({ database }: Connection, store: Store): SpansTable {
  const schema = {
    name: '',
    title: '',
    needs: new Map(),
    filters: new Map(),
    lookups: [],
    sql: '',
  }
  const own = store.local ? { database: 'otel', table: 'otel_traces' } : { database: '', table: '' }
  const place = { ...own, database: database ?? store.database ?? own.database }
  const empty = { columns: new Map(), indexes: new Map(), siblingTables: new Set<string>() }
  return { ...place, schema, ...empty, settings: {} }
}

async function withStore<T>(
  connection: Connection,
  context: Context,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(connection, context.signal, context.say)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
