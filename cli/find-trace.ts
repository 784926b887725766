/** Finds one trace in a store and reads it whole; used by the commands that show traces. */
import type { Asking } from './asking.ts'
import { readQuery } from './catalogue.ts'
import { EXIT, OtraceError } from './errors.ts'
import { whyNothing } from './nothing.ts'
import { compose, type Source, type Statement } from './query/compose.ts'
import { decide } from './query/decide.ts'
import { stripHeader } from './query/header.ts'
import type { Window } from './query/window.ts'
import { type Detail, readTraceRows, spansOfTrace, type TraceRows } from './read-trace.ts'
import type { Row } from './render/renderer.ts'
import { rowsOf, statementOf } from './rows-of.ts'
import { moved, unixNanos } from './trace/instant.ts'
import { type LogRow, readLog } from './trace/span.ts'
import { type BuildOptions, buildTrace, type Span, type Trace } from './trace/tree.ts'

const NOBODY = { conditions: [], traceConditions: [] }
const SECOND = 1_000_000_000n
/** The last moment that the columns hold, in 2262. */
const END = 9_223_372_036_000_000_000n

export interface FindOptions extends BuildOptions {
  detail?: Detail
}

export interface FoundTrace {
  trace: Trace
  logs: LogRow[]
  /** Reads what an outline left out of some spans, into their rows. */
  complete(spans: Span[]): Promise<void>
}

interface Found {
  id: string
  /** When its spans may be, apart from each other; undefined for any time. */
  windows: (Window | undefined)[]
  /** When they may be besides, asked if the trace turns out not to be complete. */
  besides(): Promise<Window[]>
}

/**
 * The trace whose id is, or begins with, `id`, and its log records where the store has them.
 * @param id lower-case hex, 8 to 32 digits
 * @throws OtraceError (exit 5) when there is none; (exit 2) when several begin so
 */
export async function findTrace(
  asking: Asking,
  id: string,
  options: FindOptions,
): Promise<FoundTrace> {
  const found = await resolve(asking, id)
  const read = (windows: Found['windows']) => readWindows(asking, found!.id, windows, options)
  let parts = found ? await read(found.windows) : []
  let trace = traceOf(parts, options)
  if (found && !trace?.complete) {
    parts = [...parts, ...(await read(await found.besides()))]
    trace = traceOf(parts, options)
  }
  if (!trace) {
    throw new OtraceError(
      'notEnough',
      `no trace ${id.length < 32 ? 'begins with' : 'has the id'} ${id} in ${asking.store.place}`,
      'spans come some seconds after they end; `otrace trace --latest` shows the newest trace',
    )
  }
  const logs = asking.beside.has(LOGS) ? await withoutFail(readLogs(asking, trace), []) : []
  const complete = async (spans: Span[]) => {
    const rows = spans.map(({ row }) => row)
    for (const part of parts) await part.complete(rows)
  }
  return { trace, logs, complete }
}

async function readWindows(
  asking: Asking,
  id: string,
  windows: Found['windows'],
  { detail = 'all' }: FindOptions,
): Promise<TraceRows[]> {
  const parts: TraceRows[] = []
  for (const window of windows) {
    parts.push(await readTraceRows(asking, within(asking.source, window), id, detail))
  }
  return parts
}

function traceOf(parts: TraceRows[], options: FindOptions): Trace | undefined {
  const rows = parts.length === 1 ? parts[0]!.rows : parts.flatMap((part) => part.rows)
  return rows.length === 0 ? undefined : buildTrace(rows, options)
}

/** What stands beside the spans (lookup table, logs) helps; a server that does not let us read it still shows the spans. */
async function withoutFail<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof OtraceError && error.exit === EXIT.refused) return otherwise
    throw error
  }
}

/**
 * The id of the trace with the slowest, or the latest, of the spans that the population and the window choose.
 * @throws OtraceError (exit 5) when they choose none
 */
export async function chooseTrace(asking: Asking, which: 'slowest' | 'latest'): Promise<string> {
  const [row] = await rowsOf(asking, statementOf(`trace/${which}.sql`, {}, asking.source))
  if (typeof row?.trace_id === 'string') return row.trace_id
  throw new OtraceError(
    'notEnough',
    'no span in the window is as asked for',
    await whyNothing(asking),
  )
}

/** The statement that reads a trace's spans from the whole store, for `--sql`. */
export function traceStatement({ source }: Asking, id: string): Statement {
  return spansOfTrace(within(source), id)
}

const LOGS = 'otel_logs'

function lookupOf({ table }: Source): string {
  return `${table}_trace_id_ts`
}

/**
 * Where to look for the trace, by its whole id. Undefined when no trace begins so. What the lookup table does not have can only be older
 * than it, or newer; in the local store it is not there at all, as the collector writes no span without it.
 */
async function resolve(asking: Asking, prefix: string): Promise<Found | undefined> {
  const { source, beside, store } = asking
  let windows: Found['windows'] = [undefined]
  if (beside.has(lookupOf(source))) {
    const [row] = only(prefix, await withoutFail(lookUp(asking, prefix), []))
    if (!row && store.local) return undefined
    const known = row && windowOf(row)
    const outside = async () => {
      const extent = await withoutFail(lookupExtent(asking), undefined)
      return extent && around(extent, known)
    }
    if (known) {
      const besides = async () => (store.local ? [] : ((await outside()) ?? []))
      return { id: String(row.trace_id), windows: [known], besides }
    }
    windows = (await outside()) ?? windows
  }
  const besides = async () => []
  // Ids alone are quicker looked for, where the times are short that they can be in.
  if (prefix.length === 32 && windows.includes(undefined)) return { id: prefix, windows, besides }
  const ids = new Map<string, Row>()
  for (const window of windows) {
    const asked = beginning('trace/ids.sql', { prefix }, within(source, window))
    for (const row of await rowsOf(asking, asked)) ids.set(String(row.trace_id), row)
  }
  const [row] = only(prefix, [...ids.values()])
  return row && { id: String(row.trace_id), windows, besides }
}

/** Before the time that a lookup table knows of and after it, as far as that is not known already. */
function around(extent: Window, known: Window | undefined): Window[] {
  // Its times are cut to the second, of which it may know a part.
  const [first, last] = [extent.from + SECOND, extent.to - SECOND]
  const to = known && known.from < first ? known.from : first
  const next = known ? known.to : to
  return [
    { ...extent, from: 0n, to },
    { ...extent, from: last > next ? last : next, to: END },
  ]
}

/** From rows of lookup.sql and lookup-extent.sql, whose times are cut to the second. */
function windowOf({ first, last }: Row): Window {
  return { from: BigInt(first as string), to: BigInt(last as string) + SECOND + 1n, bucket: 1 }
}

function lookUp(asking: Asking, prefix: string): Promise<Row[]> {
  const given = { prefix, lookup: lookupOf(asking.source) }
  return rowsOf(asking, beginning('trace/lookup.sql', given, asking.source))
}

/** A file that looks for traces whose id is the prefix, if that is a whole one, and else begins so. */
function beginning(
  path: string,
  given: { prefix: string; lookup?: string },
  source: Source,
): Statement {
  const sql = decide(stripHeader(readQuery(path)), 'whole', given.prefix.length === 32)
  return compose(sql, given, source)
}

/** The time it knows of; undefined for an empty table. */
async function lookupExtent(asking: Asking): Promise<Window | undefined> {
  const given = { lookup: lookupOf(asking.source) }
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

async function readLogs(asking: Asking, { id, origin, duration }: Trace): Promise<LogRow[]> {
  const from = BigInt(unixNanos(origin))
  const to = BigInt(unixNanos(moved(origin, duration))) + 1n
  const source = within(asking.source, { from, to, bucket: 1 })
  const given = { trace_id: id, logs: LOGS }
  return (await rowsOf(asking, statementOf('trace/logs-of-trace.sql', given, source))).map(readLog)
}

/** Everything that is stored, or was within a time: what chose the trace must not cut it. */
function within({ window: _window, ...source }: Source, window?: Window): Source {
  return { ...source, population: NOBODY, ...(window ? { window } : {}) }
}
