/** What every command that asks does in the same way: open the store and find the spans, chosen as the flags say. */

import { readProfiles, readQuery } from './catalogue.ts'
import { type Connection, connectionOf, type Globals } from './config.ts'
import type { Context } from './context.ts'
import { OtraceError } from './errors.ts'
import { judge, orWhere, tryOut } from './judge.ts'
import type { Source } from './query/compose.ts'
import { stripHeader } from './query/header.ts'
import { type Population, readPopulation } from './query/population.ts'
import type { Filter } from './query/profile.ts'
import { readWindow } from './query/window.ts'
import { findSpans, type SpanTable } from './store/find-spans.ts'
import { openStore } from './store/open.ts'
import type { Store } from './store/store.ts'

/** A store with its spans found, for the length of one command. */
export interface Asking {
  store: Store
  source: Source
  flags: Globals
  context: Context
  /** The table's columns, name → type; skip indexes are called `index:<what they are on>`. */
  columns: ReadonlyMap<string, string>
  /** Tables of the same database that have a column for a trace's id. */
  beside: ReadonlySet<string>
  /** What would have told of the indexes, had this user been let: `system.data_skipping_indices`. */
  unread?: string | undefined
}

/**
 * Opens the store, runs `work` with it, and closes it whatever happens.
 * @param options.windowless no window unless one is asked for
 * @param options.spansNeeded false for a statement that may well be about something else
 * @param options.typed whether the statement was typed too, so that not all that is wrong is a --where's fault
 */
export async function asking<T>(
  flags: Globals,
  context: Context,
  work: (asking: Asking) => Promise<T>,
  { windowless = false, spansNeeded = true, typed = false } = {},
): Promise<T> {
  const population = readPopulation(flags)
  refuseImpossible(flags, population)
  const everything = windowless && !flags.since && !flags.from && !flags.to
  const window = everything ? undefined : readWindow(flags, context.now())
  const connection = connectionOf(flags, context.env)
  return withStore(connection, context, async (store) => {
    const columnsSql = stripHeader(readQuery('store/columns.sql'))
    const spans = await findSpans(store, connection, readProfiles(), columnsSql).catch((error) => {
      if (spansNeeded || !(error instanceof OtraceError)) throw error
      return undefined
    })
    const { where } = population
    if (where !== undefined) await judge(store, where)
    const { columns, beside, unread, ...place } = spans ?? nowhere(connection, store)
    const source = {
      ...place,
      red: stripHeader(readQuery('red/from-spans.sql')),
      percentiles: stripHeader(readQuery('red/percentiles.sql')),
      population,
      weighted: flags.weight !== false,
      ...(window ? { window } : {}),
    }
    if (where !== undefined && spans) await tryOut(store, where, source)
    const asked = work({ store, source, flags, context, columns, beside, unread })
    return where === undefined || typed ? asked : orWhere(where, asked)
  })
}

/** Durations that no span has. */
function refuseImpossible({ minDuration, maxDuration }: Globals, { conditions }: Population): void {
  const length = (filter: Filter) => conditions.find((one) => one.filter === filter)?.value
  const [least, most] = [length('min-duration'), length('max-duration')]
  if (least === undefined || most === undefined || Number(least) <= Number(most)) return
  throw new OtraceError(
    'usage',
    `no span is at least ${minDuration} and at most ${maxDuration} long`,
    'make --min-duration shorter than --max-duration, or leave one of them out',
  )
}

/** A store without spans, for statements about other tables. */
function nowhere({ database }: Connection, store: Store): SpanTable {
  const profile = {
    name: '',
    title: '',
    needs: new Map(),
    filters: new Map(),
    lookups: [],
    sql: '',
  }
  const place = { database: database ?? store.database ?? '', table: '' }
  return { ...place, profile, columns: new Map(), beside: new Set(), settings: {} }
}

/** Opens the store, runs `work` with it, and closes it whatever happens. */
export async function withStore<T>(
  connection: Connection,
  context: Context,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(connection, context.signal)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
