/** Finds a trace's id and window, from the lookup table if there is one. */

import { EXIT, OtraceError, usage } from '../../errors.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { NO_FILTERS } from '../../query/filters.ts'
import { type Lookup, lookupOf } from '../../query/schema.ts'
import type { Window } from '../../query/window.ts'
import type { Row } from '../../result.ts'
import { builtInQuery, queryRows } from '../run.ts'
import type { Session } from '../session.ts'

const SECOND = 1_000_000_000n

export interface Located {
  id: string
  /** The window of its spans; undefined for all time. */
  window?: Window | undefined
  /** The time outside the lookup table, which may hold more of its spans. */
  outside?: Outside | undefined
}

interface Outside {
  window: Window
  /** ns since 1970: the table has no trace that started later. */
  last: bigint
}

/**
 * Locates the trace whose id is, or begins with, `prefix`; undefined when there is none. A trace missing from the
 * lookup table is older or newer than the table. The local store has no such trace: its collector writes every span's
 * lookup row.
 * @param stored a span with this whole id was just read; on the local store its lookup row may come a moment later
 * @throws OtraceError (exit 2) when several ids begin with `prefix`
 */
export async function locateTrace(
  session: Session,
  prefix: string,
  stored = false,
): Promise<Located | undefined> {
  const { source, store } = session
  const lookup = lookupOf(source.schema, source.table, session.siblingTables)
  let window: Window | undefined
  if (lookup) {
    const [rows, extent] = await Promise.all([
      orElse(sentAhead(session, lookup) ?? lookUp(session, lookup, prefix), []),
      store.local ? undefined : orElse(lookupExtent(session, lookup), undefined),
    ])
    const [row] = only(prefix, rows)
    if (row) {
      const known = windowOf(row)
      return { id: String(row.trace_id), window: known, outside: extent && around(extent, known) }
    }
    if (store.local) return stored ? { id: prefix } : undefined
    window = extent && around(extent).window
  }
  // Reading the ids alone is quicker in a short window.
  const whole = prefix.length === 32
  if (whole && !window) return { id: prefix }
  const asked = builtInQuery('internal/trace/ids.sql', { prefix }, within(source, window), {
    whole,
  })
  const [row] = only(prefix, await queryRows(session, asked))
  return row && { id: String(row.trace_id), window }
}

/** The time ranges that the lookup table doesn't cover, minus `known`. */
function around(extent: Window, known?: Window): Outside {
  // The table truncates times to the second, and may cover a second only partly.
  const [first, last] = [extent.from + SECOND, extent.to - SECOND]
  const from = known && known.from < first ? known.from : first
  const next = known ? known.to : from
  return { window: { ...extent, from, to: last > next ? last : next, inverted: true }, last }
}

/** A window from rows of lookup.sql and lookup-extent.sql, which truncate times to the second. */
function windowOf({ first, last }: Row): Window {
  return { from: BigInt(first as string), to: BigInt(last as string) + SECOND + 1n, bucket: 1 }
}

/** The collector's lookup table. */
const OWN: Lookup = {
  table: 'otel_traces_trace_id_ts',
  id: 'TraceId',
  start: 'Start',
  end: 'End',
  extent: 'Start',
}

/** Looks in the collector's lookup table, before its spans table is found. */
export function lookUpOwn(session: Session, prefix: string): Promise<Row[]> {
  return lookUp(session, OWN, prefix)
}

/** The rows of lookUpOwn, if that was the table to look in. */
function sentAhead({ ahead, source }: Session, { table }: Lookup): Promise<Row[]> | undefined {
  return source.database === 'otel' && table === OWN.table ? ahead : undefined
}

function lookUp(session: Session, lookup: Lookup, prefix: string): Promise<Row[]> {
  const { table, id, start, end } = lookup
  const given = { prefix, lookup: table, id, start, end }
  const whole = prefix.length === 32
  return queryRows(
    session,
    builtInQuery('internal/trace/lookup.sql', given, session.source, { whole }),
  )
}

/** The time range that the table covers; undefined for an empty table. */
async function lookupExtent(session: Session, lookup: Lookup): Promise<Window | undefined> {
  const given = { lookup: lookup.table, start: lookup.extent }
  const asked = builtInQuery('internal/trace/lookup-extent.sql', given, session.source)
  const [row] = await queryRows(session, asked)
  return row && windowOf(row)
}

function only(prefix: string, rows: Row[]): Row[] {
  if (rows.length < 2) return rows
  const ids = rows.slice(0, 5).map((row) => String(row.trace_id))
  throw usage(
    `${rows.length > 5 ? 'more than 5' : rows.length} traces begin with ${prefix}`,
    `give more digits: ${ids.join(', ')}${rows.length > 5 ? ', …' : ''}`,
  )
}

/** The lookup table and the logs are optional: without permission to read them, spans are still shown. */
export async function orElse<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof OtraceError && error.exit === EXIT.refused) return otherwise
    throw error
  }
}

/**
 * All stored spans, or those of a window: the filters that chose the trace must not cut it. Every copy, since a trace
 * tells of them.
 */
export function within({ window: _window, ...source }: SpansSource, window?: Window): SpansSource {
  return { ...source, repeats: undefined, filters: NO_FILTERS, ...(window ? { window } : {}) }
}
