/** Finds one trace in a store and reads it whole; used by the commands that show traces. */
import type { Asking } from './asking.ts'
import { OtraceError } from './errors.ts'
import { locateTrace, within, withoutFail } from './locate-trace.ts'
import { whyNothing } from './nothing.ts'
import type { Statement } from './query/compose.ts'
import type { Window } from './query/window.ts'
import { type Detail, readTraceRows, spansOfTrace, type TraceRows } from './read-trace.ts'
import { rowsOf, statementOf } from './rows-of.ts'
import { moved, unixNanos } from './trace/instant.ts'
import { type LogRow, readLog } from './trace/span.ts'
import { type BuildOptions, buildTrace, type Span, type Trace } from './trace/tree.ts'

const LOGS = 'otel_logs'

export interface FindOptions extends BuildOptions {
  detail?: Detail
}

export interface FoundTrace {
  trace: Trace
  logs: LogRow[]
  /** Reads what an outline left out of some spans, into their rows. */
  complete(spans: Span[]): Promise<void>
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
  const found = await locateTrace(asking, id)
  let parts: TraceRows[] = []
  let trace: Trace | undefined
  if (found) {
    const { id, window, outside } = found
    const read = (when?: Window) =>
      readTraceRows(asking, within(asking.source, when), id, options.detail ?? 'all')
    parts = [await read(window)]
    trace = traceOf(parts, options)
    if (outside && (!trace || mayHaveMore(trace, outside.last))) {
      parts.push(await read(outside.window))
      trace = traceOf(parts, options)
    }
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

/** Nothing began before the one root of a complete trace, nor after its end. */
function mayHaveMore({ complete, roots, origin, duration }: Trace, last: bigint): boolean {
  const ended = BigInt(unixNanos(moved(origin, duration)))
  return !complete || roots.length !== 1 || ended >= last
}

function traceOf(parts: TraceRows[], options: FindOptions): Trace | undefined {
  const rows = parts.length === 1 ? parts[0]!.rows : parts.flatMap((part) => part.rows)
  return rows.length === 0 ? undefined : buildTrace(rows, options)
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

async function readLogs(asking: Asking, { id, origin, duration }: Trace): Promise<LogRow[]> {
  const from = BigInt(unixNanos(origin))
  const to = BigInt(unixNanos(moved(origin, duration))) + 1n
  const source = within(asking.source, { from, to, bucket: 1 })
  const given = { trace_id: id, logs: LOGS }
  return (await rowsOf(asking, statementOf('trace/logs-of-trace.sql', given, source))).map(readLog)
}
