/** Finds one trace in a store and reads it whole; used by the commands that show traces. */
import type { Asking } from './asking.ts'
import { EXIT, OtraceError } from './errors.ts'
import { whyNothing } from './nothing.ts'
import type { Source, Statement } from './query/compose.ts'
import { readTraceRows, spansOfTrace } from './read-trace.ts'
import type { Row } from './render/renderer.ts'
import { rowsOf, statementOf } from './rows-of.ts'
import { moved, unixNanos } from './trace/instant.ts'
import { type LogRow, readLog } from './trace/span.ts'
import { type BuildOptions, buildTrace, type Span, type Trace } from './trace/tree.ts'

const NOBODY = { conditions: [], traceConditions: [] }
const SECOND = 1_000_000_000n

export interface FindOptions extends BuildOptions {
  /** Only what a folded tree needs is wanted at first. */
  outline?: boolean
}

export interface FoundTrace {
  trace: Trace
  logs: LogRow[]
  /** Reads what an outline left out of some spans, into their rows. */
  complete(spans: Span[]): Promise<void>
}

interface Found {
  id: string
  window?: Source['window']
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
  let read = found && (await readTrace(asking, found, options))
  // A lookup table can be younger than the spans: what it knows of a trace is then not all of it.
  if (found?.window && !read?.trace.complete) {
    read = await readTrace(asking, { id: found.id }, options)
  }
  if (!read) {
    throw new OtraceError(
      'notEnough',
      `no trace ${id.length < 32 ? 'begins with' : 'has the id'} ${id} in ${asking.store.place}`,
      'spans come some seconds after they end; `otrace trace --latest` shows the newest trace',
    )
  }
  const logs = asking.beside.has(LOGS) ? await withoutFail(readLogs(asking, read.trace), []) : []
  return { ...read, logs }
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
  return spansOfTrace(whole(source), id)
}

const LOGS = 'otel_logs'

function lookupOf({ table }: Source): string {
  return `${table}_trace_id_ts`
}

/** The whole id, and when its spans started if the lookup table knows. Undefined when no trace begins so. */
async function resolve(asking: Asking, prefix: string): Promise<Found | undefined> {
  const { source, beside } = asking
  if (beside.has(lookupOf(source))) {
    const given = { prefix, lookup: lookupOf(source) }
    const asked = rowsOf(asking, statementOf('trace/lookup.sql', given, source))
    const [row] = only(prefix, await withoutFail(asked, []))
    if (row) {
      const from = BigInt(row.first as string)
      const to = BigInt(row.last as string) + SECOND + 1n
      return { id: String(row.trace_id), window: { from, to, bucket: 1 } }
    }
  }
  if (prefix.length === 32) return { id: prefix }
  const rows = await rowsOf(asking, statementOf('trace/ids.sql', { prefix }, whole(source)))
  const [row] = only(prefix, rows)
  return row && { id: String(row.trace_id) }
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

async function readTrace(
  asking: Asking,
  { id, window }: Found,
  options: FindOptions,
): Promise<Omit<FoundTrace, 'logs'> | undefined> {
  const source = { ...whole(asking.source), ...(window ? { window } : {}) }
  const { rows, complete } = await readTraceRows(asking, source, id, options.outline ?? false)
  if (rows.length === 0) return undefined
  return {
    trace: buildTrace(rows, options),
    complete: (spans) => complete(spans.map(({ row }) => row)),
  }
}

async function readLogs(asking: Asking, { id, origin, duration }: Trace): Promise<LogRow[]> {
  const from = BigInt(unixNanos(origin))
  const to = BigInt(unixNanos(moved(origin, duration))) + 1n
  const source = { ...whole(asking.source), window: { from, to, bucket: 1 } }
  const given = { trace_id: id, logs: LOGS }
  return (await rowsOf(asking, statementOf('trace/logs-of-trace.sql', given, source))).map(readLog)
}

/** Everything that is stored: what chose the trace must not cut it. */
function whole({ window: _window, ...source }: Source): Source {
  return { ...source, population: NOBODY }
}
