/** What every command that asks does in the same way: open the store, find the spans, ask, write, say what it cost. */

import { readProfiles, readQuery } from './catalogue.ts'
import { type Connection, connectionOf, type Globals } from './config.ts'
import type { Context } from './context.ts'
import { costText, explain } from './cost.ts'
import { OtraceError } from './errors.ts'
import { judge, orWhere, tryOut } from './judge.ts'
import { whyNothing } from './nothing.ts'
import { type Format, write, writeAnswer } from './output.ts'
import type { Source, Statement } from './query/compose.ts'
import { stripHeader } from './query/header.ts'
import { type Population, readPopulation } from './query/population.ts'
import type { Filter } from './query/profile.ts'
import { DEFAULT_SINCE, readWindow } from './query/window.ts'
import type { Panel } from './render/panels.ts'
import type { Column, Row } from './render/renderer.ts'
import type { Unit } from './render/units.ts'
import { findSpans, type SpanTable } from './store/find-spans.ts'
import { openStore } from './store/open.ts'
import type { Result, Store } from './store/store.ts'
import { settleWeights } from './weights.ts'

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

export async function collect(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = []
  for await (const row of rows) all.push(row)
  return all
}

/** How an answer is drawn, beside its columns. */
export interface Look {
  title: string
  panel: Panel
  units: Record<string, Unit>
  /** Most rows; one more was asked for, and is what tells that there are more. */
  limit?: number
  /** Changes the answer's columns and rows before they are written. */
  reshape?: (result: Result) => Result
}

/** Asks one statement and writes its answer, or prints it (`--sql`); explains and measures it where that was asked for. */
export async function answer(asking: Asking, composed: Statement, look: Look): Promise<void> {
  const { store, source, flags, context } = asking
  if (flags.sql) return write(printed(composed))
  const { statement, note } = await settleWeights(store, source, composed)
  if (flags.explain) await explain(asking, statement)
  const measured = Boolean(flags.verbose || flags.explain)
  const asked = await store.ask(statement, { database: source.database, measured })
  const result = look.reshape?.(asked) ?? asked
  const columns = withUnits(result.columns, look.units)
  const seen = { rows: 0, something: false }
  const limit = look.limit ?? Number.POSITIVE_INFINITY
  const title = [look.title, look.title && windowText(asking)].filter(Boolean).join(' · ')
  await writeAnswer(
    { title, columns, rows: firstRows(result.rows, limit, seen) },
    formatOf(flags),
    look.panel,
    context.screen(flags.utc),
  )
  if (seen.rows > limit) {
    const shown = limit === 1 ? 'the first row is' : `the first ${limit} rows are`
    context.say(`only ${shown} shown: there are more, see --limit`)
  }
  if (!seen.something && look.title !== '') context.say(await whyNothing(asking))
  if (note) context.say(note)
  if (measured) context.say(costText(result.cost, store))
}

/** Columns with the units that their question gives them. */
export function withUnits(columns: Column[], units: Record<string, Unit>): Column[] {
  return columns.map((column) => {
    const unit = units[column.name]
    return unit ? { ...column, unit } : column
  })
}

/** The format that the flags ask for. */
export function formatOf(flags: Globals): Format {
  return flags.json ? 'json' : (flags.output ?? 'terminal')
}

/** Steps without anything in them are not something: a question over time has rows for each. */
async function* firstRows(
  rows: AsyncIterable<Row>,
  limit: number,
  seen: { rows: number; something: boolean },
) {
  for await (const row of rows) {
    if (++seen.rows <= limit) yield row
    seen.something ||= Object.entries(row).some(([name, cell]) => name !== 'time' && Boolean(cell))
  }
}

/** The window in words, as it was asked for. */
function windowText({ source, flags }: Asking): string {
  if (!source.window) return ''
  if (flags.from === undefined && flags.to === undefined)
    return `last ${flags.since ?? DEFAULT_SINCE}`
  const from = flags.from ?? `${flags.since ?? DEFAULT_SINCE} before`
  return `from ${from} to ${flags.to ?? 'now'}`
}

function printed({ sql, params }: Statement): string {
  const values = Object.entries(params).map(
    ([name, value]) => `-- ${name} = ${JSON.stringify(value)}`,
  )
  return `${[...values, sql].join('\n')}\n`
}
