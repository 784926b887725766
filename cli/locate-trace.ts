/** Finds out when a trace's spans were: by the lookup table, and in the times that it knows nothing of. Used by find-trace.ts. */
import type { Asking } from './asking.ts'
import { EXIT, OtraceError } from './errors.ts'
import type { Source } from './query/compose.ts'
import type { Lookup } from './query/profile.ts'
import type { Window } from './query/window.ts'
import type { Row } from './render/renderer.ts'
import { rowsOf, statementOf } from './rows-of.ts'

const NOBODY = { conditions: [], traceConditions: [] }
const SECOND = 1_000_000_000n

export interface Located {
  id: string
  /** When its spans may be; undefined for any time. */
  window?: Window | undefined
  /** When it may have more of them, of which the lookup table does not know. */
  outside?: Outside | undefined
}

interface Outside {
  window: Window
  /** ns since 1970: what started later is not in the table. */
  last: bigint
}

/**
 * Where to look for the trace whose id is, or begins with, `prefix`. Undefined when there is none. What the lookup table does not have
 * can only be older than it, or newer; in the local store it is not there at all, as the collector writes no span without it.
 * @throws OtraceError (exit 2) when several begin so
 */
export async function locateTrace(asking: Asking, prefix: string): Promise<Located | undefined> {
  const { source, store } = asking
  const lookup = lookupOf(asking)
  let window: Window | undefined
  if (lookup) {
    const [rows, extent] = await Promise.all([
      withoutFail(lookUp(asking, lookup, prefix), []),
      store.local ? undefined : withoutFail(lookupExtent(asking, lookup), undefined),
    ])
    const [row] = only(prefix, rows)
    if (row) {
      const known = windowOf(row)
      return { id: String(row.trace_id), window: known, outside: extent && around(extent, known) }
    }
    if (store.local) return undefined
    window = extent && around(extent).window
  }
  // Ids alone are quicker looked for, where the times are short that they can be in.
  const whole = prefix.length === 32
  if (whole && !window) return { id: prefix }
  const asked = statementOf('trace/ids.sql', { prefix }, within(source, window), { whole })
  const [row] = only(prefix, await rowsOf(asking, asked))
  return row && { id: String(row.trace_id), window }
}

/** Before the time that a lookup table knows of and after it, as far as that is not known already. */
function around(extent: Window, known?: Window): Outside {
  // Its times are cut to the second, of which it may know a part.
  const [first, last] = [extent.from + SECOND, extent.to - SECOND]
  const from = known && known.from < first ? known.from : first
  const next = known ? known.to : from
  return { window: { ...extent, from, to: last > next ? last : next, outside: true }, last }
}

/** From rows of lookup.sql and lookup-extent.sql, whose times are cut to the second. */
function windowOf({ first, last }: Row): Window {
  return { from: BigInt(first as string), to: BigInt(last as string) + SECOND + 1n, bucket: 1 }
}

function lookUp(asking: Asking, lookup: Lookup, prefix: string): Promise<Row[]> {
  const { table, id, start, end } = lookup
  const given = { prefix, lookup: table, id, start, end }
  const whole = prefix.length === 32
  return rowsOf(asking, statementOf('trace/lookup.sql', given, asking.source, { whole }))
}

/** The time it knows of; undefined for an empty table. */
async function lookupExtent(asking: Asking, lookup: Lookup): Promise<Window | undefined> {
  const given = { lookup: lookup.table, start: lookup.extent }
  const asked = statementOf('trace/lookup-extent.sql', given, asking.source)
  const [row] = await rowsOf(asking, asked)
  return row && windowOf(row)
}

function only(prefix: string, rows: Row[]): Row[] {
  if (rows.length < 2) return rows
  const ids = rows.slice(0, 5).map((row) => String(row.trace_id))
  throw new OtraceError(
    'usage',
    `${rows.length > 5 ? 'more than 5' : rows.length} traces begin with ${prefix}`,
    `give more digits: ${ids.join(', ')}${rows.length > 5 ? ', …' : ''}`,
  )
}

/** What stands beside the spans (lookup table, logs) helps; a server that does not let us read it still shows the spans. */
export async function withoutFail<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof OtraceError && error.exit === EXIT.refused) return otherwise
    throw error
  }
}

/** Everything that is stored, or was within a time: what chose the trace must not cut it. */
export function within({ window: _window, ...source }: Source, window?: Window): Source {
  return { ...source, population: NOBODY, ...(window ? { window } : {}) }
}

/** The first lookup table of the schema that is beside the spans. */
function lookupOf({ source, beside }: Asking): Lookup | undefined {
  return source.profile.lookups
    .map((lookup) => ({ ...lookup, table: lookup.table.replace('{table}', () => source.table) }))
    .find(({ table }) => beside.has(table))
}
