/** Finds one trace and reads its spans and log records. */

import { notFound } from '../../errors.ts'
import type { BoundQuery } from '../../query/compose/bound-query.ts'
import { NO_FILTERS } from '../../query/filters.ts'
import { HOUR_NS, type Window } from '../../query/window.ts'
import { type BuildOptions, buildTrace } from '../../trace/model/build.ts'
import { moved, parseInstant, unixNanos } from '../../trace/model/instant.ts'
import { type LogRow, readLog } from '../../trace/model/span-row.ts'
import type { Span, Trace } from '../../trace/model/trace.ts'
import { noSpans } from '../empty-result.ts'
import {
  builtInQuery,
  inBackground,
  isParallel,
  queryBatches,
  queryRows,
  quietRows,
} from '../run.ts'
import type { Session } from '../session.ts'
import { locateTrace, orElse, within } from './locate-trace.ts'
import {
  askFirstSpans,
  type ReadDepth,
  readTraceRows,
  spansOfTrace,
  type TraceRows,
} from './read-spans.ts'

export interface FindOptions extends BuildOptions {
  detail?: ReadDepth
  /** Stack traces are shown. */
  stacks?: boolean
  /** The id is that of a span which was just read. */
  stored?: boolean
}

export interface FoundTrace {
  trace: Trace
  logs: LogRow[]
  /** Completes the rows of some spans of an outline. */
  complete(spans: Span[]): Promise<void>
}

/**
 * The trace whose id is, or begins with, `id`, and its log records if the store has any.
 * @param id lower-case hex, 8 to 32 digits
 * @throws OtraceError (exit 5) when there is none; (exit 2) when several ids begin with `id`
 */
export async function findTrace(
  session: Session,
  id: string,
  options: FindOptions,
): Promise<FoundTrace> {
  const found = await locateTrace(session, id, options.stored)
  let parts: TraceRows[] = []
  let trace: Trace | undefined
  let early: EarlyLogs | undefined
  if (found) {
    const { id, window, outside } = found
    if (window && isParallel(session)) {
      const wide = withEnd(window)
      early = { window: wide, rows: inBackground(readLogsWithin(session, id, wide)) }
    }
    const read = (when?: Window) =>
      readTraceRows(
        session,
        within(session.source, when),
        id,
        options.detail ?? 'all',
        options.stacks,
      )
    parts = [await read(window)]
    trace = traceOf(parts, options)
    if (outside && (!trace || mayHaveMore(trace, outside.last))) {
      parts.push(await read(outside.window))
      trace = traceOf(parts, options)
    }
  }
  if (!trace) {
    const ofSpan = await orElse(traceOfSpan(session, id), undefined)
    throw notFound(
      `no trace ${id.length < 32 ? 'begins with' : 'has the id'} ${id} in ${session.store.place}`,
      ofSpan
        ? `it is the id of a span: otrace trace ${ofSpan}`
        : 'spans come some seconds after they end; `otrace trace --latest` shows the newest trace',
    )
  }
  const logs = await orElse(readLogs(session, trace, early), [])
  const complete = async (spans: Span[]) => {
    const rows = spans.map(({ row }) => row)
    for (const part of parts) await part.complete(rows)
  }
  return { trace, logs, complete }
}

/** The lookup table has starts: the last span may end later. */
const withEnd = (window: Window): Window => ({ ...window, to: window.to + HOUR_NS })

/** Asks what findTrace asks first for a trace that the lookup table has. */
export async function askTraceAhead(
  session: Session,
  prefix: string,
  { detail = 'all', stacks }: FindOptions,
): Promise<unknown> {
  const { id, window } = (await locateTrace(session, prefix)) ?? {}
  if (id === undefined || window === undefined) return undefined
  const logs = logsStatement(session, id, withEnd(window))
  const spans = askFirstSpans(session, within(session.source, window), id, detail, stacks)
  return Promise.all([spans, logs && queryBatches(session, logs)])
}

const SPAN_ID = /^[0-9a-f]{16}$/

/** The trace of the span of the last day that has this id. */
async function traceOfSpan(session: Session, id: string): Promise<string | undefined> {
  if (!SPAN_ID.test(id)) return undefined
  const now = session.context.now()
  const window = { from: now - 24n * HOUR_NS, to: now + HOUR_NS, bucket: 60 }
  const filters = { ...NO_FILTERS, where: `span_id = '${id}'` }
  const source = { ...session.source, filters, window, weighted: false }
  const [row] = await quietRows(session, builtInQuery('internal/trace/latest.sql', {}, source))
  return row && String(row.trace_id)
}

/** No span starts before the only root of a complete trace, or after its end. */
function mayHaveMore({ complete, roots, origin, duration }: Trace, last: bigint): boolean {
  const ended = BigInt(unixNanos(moved(origin, duration)))
  return !complete || roots.length !== 1 || ended >= last
}

function traceOf(parts: TraceRows[], options: FindOptions): Trace | undefined {
  const rows = parts.length === 1 ? parts[0]!.rows : parts.flatMap((part) => part.rows)
  return rows.length === 0 ? undefined : buildTrace(rows, options)
}

/**
 * The id of the trace with the slowest, or the latest, span that matches the filters and the window.
 * @throws OtraceError (exit 5) when no span matches
 */
export async function chooseTrace(session: Session, which: 'slowest' | 'latest'): Promise<string> {
  const [row] = await queryRows(
    session,
    builtInQuery(`internal/trace/${which}.sql`, {}, session.source),
  )
  if (typeof row?.trace_id === 'string') return row.trace_id
  throw await noSpans(session)
}

/** The statement that reads a trace's spans from the whole store, for `--sql`. */
export function traceStatement({ source }: Session, id: string): BoundQuery {
  return spansOfTrace(within(source), id)
}

/** Log records that are read beside the spans, within times of the lookup table. */
interface EarlyLogs {
  window: Window
  rows: Promise<LogRow[]>
}

/** The log records from an hour before the trace until an hour after it. */
async function readLogs(
  session: Session,
  { id, origin, duration }: Trace,
  early?: EarlyLogs,
): Promise<LogRow[]> {
  const from = BigInt(unixNanos(origin))
  const to = BigInt(unixNanos(moved(origin, duration))) + 1n
  if (!early || from < early.window.from || to > early.window.to) {
    return readLogsWithin(session, id, { from, to, bucket: 1 })
  }
  return (await early.rows).filter(({ time }) => {
    const at = BigInt(unixNanos(parseInstant(time)))
    return at >= from - HOUR_NS && at < to + HOUR_NS
  })
}

/** The log records of an hour before and after the window, too. */
async function readLogsWithin(session: Session, id: string, window: Window): Promise<LogRow[]> {
  const statement = logsStatement(session, id, window)
  return statement ? (await queryRows(session, statement)).map(readLog) : []
}

function logsStatement(session: Session, id: string, window: Window): BoundQuery | undefined {
  const { logs } = session.source.schema
  if (logs === undefined || !session.siblingTables.has(logs)) return undefined
  const given = { trace_id: id, logs }
  return builtInQuery('internal/trace/logs-of-trace.sql', given, within(session.source, window))
}
