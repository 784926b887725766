/** Finds one trace in a store and reads it whole; used by the commands that show traces. */
import type { Asking } from './asking.ts'
import { readQuery } from './catalogue.ts'
import { costText, explain } from './cost.ts'
import { EXIT, OtraceError } from './errors.ts'
import { whyNothing } from './nothing.ts'
import { compose, type ParamValue, type Source, type Statement } from './query/compose.ts'
import { stripHeader } from './query/header.ts'
import type { Row } from './render/renderer.ts'
import { moved, unixNanos } from './trace/instant.ts'
import { type LogRow, readLog, spanReader } from './trace/span.ts'
import { type BuildOptions, buildTrace, type Trace } from './trace/tree.ts'

const NOBODY = { conditions: [], traceConditions: [] }
const SECOND = 1_000_000_000n

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
  options: BuildOptions,
): Promise<{ trace: Trace; logs: LogRow[] }> {
  const found = await resolve(asking, id)
  let trace = found && (await readTrace(asking, found, options))
  // A lookup table can be younger than the spans: what it knows of a trace is then not all of it.
  if (found?.window && !trace?.complete) {
    trace = await readTrace(asking, { id: found.id }, options)
  }
  if (!trace) {
    throw new OtraceError(
      'notEnough',
      `no trace ${id.length < 32 ? 'begins with' : 'has the id'} ${id} in ${asking.store.place}`,
      'spans come some seconds after they end; `otrace trace --latest` shows the newest trace',
    )
  }
  const logs = asking.beside.has(LOGS) ? await withoutFail(readLogs(asking, trace), []) : []
  return { trace, logs }
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
  const [row] = await ask(asking, statement(`trace/${which}.sql`, {}, asking.source))
  if (typeof row?.trace_id === 'string') return row.trace_id
  throw new OtraceError(
    'notEnough',
    'no span in the window is as asked for',
    await whyNothing(asking),
  )
}

/** The statement that reads a trace's spans from the whole store, for `--sql`. */
export function spansOfTrace(source: Source, id: string): Statement {
  return statement('trace/spans-of-trace.sql', { trace_id: id }, whole(source))
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
    const asked = ask(asking, statement('trace/lookup.sql', given, source))
    const [row] = only(prefix, await withoutFail(asked, []))
    if (row) {
      const from = BigInt(row.first as string)
      const to = BigInt(row.last as string) + SECOND + 1n
      return { id: String(row.trace_id), window: { from, to, bucket: 1 } }
    }
  }
  if (prefix.length === 32) return { id: prefix }
  const rows = await ask(asking, statement('trace/ids.sql', { prefix }, whole(source)))
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
  options: BuildOptions,
): Promise<Trace | undefined> {
  const source = { ...whole(asking.source), ...(window ? { window } : {}) }
  const given = { trace_id: id }
  const [resources, batches] = await Promise.all([
    ask(asking, statement('trace/resources-of-trace.sql', given, source)),
    batchesOf(asking, statement('trace/spans-of-trace.sql', given, source)),
  ])
  const read = spanReader(id, resources)
  const spans = []
  for await (const batch of batches) for (const row of batch) spans.push(read(row))
  return spans.length === 0 ? undefined : buildTrace(spans, options)
}

async function readLogs(asking: Asking, { id, origin, duration }: Trace): Promise<LogRow[]> {
  const from = BigInt(unixNanos(origin))
  const to = BigInt(unixNanos(moved(origin, duration))) + 1n
  const source = { ...whole(asking.source), window: { from, to, bucket: 1 } }
  const given = { trace_id: id, logs: LOGS }
  return (await ask(asking, statement('trace/logs-of-trace.sql', given, source))).map(readLog)
}

/** One statement's rows; `--explain` and `--verbose` are answered for each. */
export async function ask(asking: Asking, sql: Statement): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of await batchesOf(asking, sql)) for (const row of batch) rows.push(row)
  return rows
}

/** The same, some rows at a time. */
export async function batchesOf(asking: Asking, sql: Statement): Promise<AsyncIterable<Row[]>> {
  const { store, source, flags, context } = asking
  const measured = Boolean(flags.verbose || flags.explain)
  if (flags.explain) await explain(asking, sql)
  const { batches, cost } = await store.ask(sql, { database: source.database, measured })
  if (measured) context.say(costText(cost, store))
  return batches
}

function statement(path: string, given: Record<string, ParamValue>, source: Source): Statement {
  return compose(stripHeader(readQuery(path)), given, source)
}

/** Everything that is stored: what chose the trace must not cut it. */
function whole({ window: _window, ...source }: Source): Source {
  return { ...source, population: NOBODY }
}
