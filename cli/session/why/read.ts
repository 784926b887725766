/** Reads the traces of a window, and the log lines and events of their spans. */
import { isUnfiltered } from '../../query/filters.ts'
import type { Window } from '../../query/window.ts'
import type { Row } from '../../result.ts'
import { formatNumber } from '../../units/units.ts'
import type { Both } from '../../why/finding.ts'
import {
  addLine,
  addSpan,
  newColumns,
  type SpanColumns,
  type StoredTraces,
  tracesOf,
} from '../../why/traces/columns.ts'
import type { LogLine, Operation } from '../../why/tree.ts'
import { builtInQuery, queryNumbers, queryRows } from '../run.ts'
import { withSimpleNames } from '../sampling.ts'
import type { Session } from '../session.ts'

/** Spans to read: 37 bytes each. */
export const MOST_SPANS = 3_000_000

/** Names that the rows of several windows share. */
export interface Names {
  operations: Operation[]
  lines: LogLine[]
  operationNumbers: Map<number, number>
  lineNumbers: Map<string, number>
}

export const newNames = (): Names => ({
  operations: [],
  lines: [],
  operationNumbers: new Map(),
  lineNumbers: new Map(),
})

export interface WindowTraces {
  rows: StoredTraces
  /** Traces of the window that the filters choose, about, if some were not read; else 0. */
  traces: number
  spans: number
  /** One in so many traces was read. */
  oneIn: number
  /** What was read: also what traces have behind their window. */
  read: Window
}

/** At most so much is read behind a window: 60 s, or a tenth of it. */
const BEHIND = 60_000_000_000n

/** With what spans that begin in a window last beyond it: what they call begins before their end. */
function readOf(window: Window, found: readonly Row[]): Window {
  const beyond = found.reduce((most, one) => Math.max(most, Number(one.beyond)), 0)
  if (beyond === 0) return window
  const end = window.to + BigInt(Math.ceil(beyond))
  const tenth = (window.to - window.from) / 10n
  const to = window.to + (tenth > BEHIND ? tenth : BEHIND)
  return { ...window, to: end < to ? end : to }
}

const at = (session: Session, window: Window): Session => ({
  ...session,
  source: { ...session.source, window, weighted: false },
})

/** Every operation of a window's traces, with its number and its spans. */
export const readWindowOperations = (session: Session, window: Window): Promise<Row[]> => {
  const there = at(session, window)
  return queryRows(there, builtInQuery('internal/why/operations.sql', {}, there.source))
}

/**
 * Reads the traces of one window.
 * @param found the window's operations
 * @param most spans to read; of more, a share of the traces is read
 * @param tell says what is being read
 */
export async function readWindowTraces(
  session: Session,
  window: Window,
  names: Names,
  {
    found,
    after,
    most = MOST_SPANS,
    tell,
  }: { found: Row[]; after: boolean; most?: number; tell: (text: string) => void },
): Promise<WindowTraces> {
  const name = after ? 'window' : 'baseline'
  const whole = readOf(window, found)
  const behind = whole.to > window.to ? { ...whole, from: window.to } : undefined
  const own =
    behind && !session.source.bareNames ? await withSimpleNames(session, [behind]) : session
  const there = at(own, whole)
  const all = behind ? [...found, ...(await readWindowOperations(own, behind))] : found
  addOperations(names, all)
  const { spans, traces } = await sizeOf(there, all, most)
  const one_in = Math.max(1, Math.ceil(spans / most))
  const columns = newColumns(spans === 0 ? 0 : Math.ceil((1.1 * spans) / one_in) + 1024)
  if (spans > 0) {
    const of = formatNumber(Math.ceil(spans / one_in))
    const read = (count: number) =>
      tell(`reading the ${name}: ${formatNumber(count)} of about ${of} spans`)
    // They take as long again one after another.
    const [lines] = await Promise.all([
      readLines(there, one_in),
      addSpans(there, columns, names, { one_in, read }),
    ])
    addLines(columns, names, lines)
  }
  const lengths = [window, whole].map(({ from, to }) => Number(to - from)) as Both<number>
  const rows = tracesOf(columns, after, lengths)
  return { rows, traces, spans, oneIn: one_in, read: whole }
}

/** Counts the spans and traces that the filters choose; all traces only if needed. */
async function sizeOf(
  session: Session,
  found: readonly Row[],
  most: number,
): Promise<{ spans: number; traces: number }> {
  const { source } = session
  // Of more operations, the rest is not counted here.
  const all =
    found.length < MOST_OPERATIONS
      ? found.reduce((sum, { spans }) => sum + Number(spans), 0)
      : Number.POSITIVE_INFINITY
  if (isUnfiltered(source.filters) && all <= most) return { spans: all, traces: 0 }
  const [size] = await queryRows(session, builtInQuery('internal/why/size.sql', {}, source))
  return { spans: Number(size?.spans ?? 0), traces: Number(size?.traces ?? 0) }
}

/** Adds the operations that are new. */
function addOperations({ operations, operationNumbers }: Names, found: readonly Row[]): void {
  for (const { number, of_service, of_name } of found) {
    if (operationNumbers.has(Number(number))) continue
    operationNumbers.set(Number(number), operations.length)
    operations.push({ service: String(of_service), name: String(of_name) })
  }
}

/** The limit of operations.sql. */
const MOST_OPERATIONS = 20_000

/** Bytes of a row of traces.sql. */
const SPAN_BYTES = 37

async function addSpans(
  session: Session,
  columns: SpanColumns,
  { operations, operationNumbers }: Names,
  { one_in, read }: { one_in: number; read: (count: number) => void },
): Promise<void> {
  const operationOf = (hash: number) => {
    const known = operationNumbers.get(hash)
    if (known !== undefined) return known
    operationNumbers.set(hash, operations.length)
    operations.push({ service: '', name: '' })
    return operations.length - 1
  }
  const query = builtInQuery('internal/why/traces.sql', { one_in }, session.source)
  await queryNumbers(session, query, SPAN_BYTES, (rows, at) => {
    if (columns.count % 16_384 === 0) read(columns.count)
    addSpan(columns, {
      trace: rows.getFloat64(at, true),
      id: rows.getUint32(at + 8, true),
      parent: rows.getUint32(at + 12, true),
      operation: operationOf(rows.getUint32(at + 16, true)),
      start: rows.getFloat64(at + 20, true),
      duration: rows.getFloat64(at + 28, true),
      flags: rows.getUint8(at + 36),
    })
  })
}

/** Spans of one line or event. */
const MOST_OF_LINE = 500_000

/** Reads the events of the spans and their log records. */
async function readLines(session: Session, one_in: number): Promise<Row[]> {
  const { source, siblingTables } = session
  const { logs } = source.schema
  const queries = [builtInQuery('internal/why/events.sql', { one_in, most: MOST_OF_LINE }, source)]
  if (logs !== undefined && siblingTables.has(logs))
    queries.push(
      builtInQuery('internal/why/logs.sql', { one_in, logs, most: MOST_OF_LINE }, source),
    )
  return (await Promise.all(queries.map((query) => queryRows(session, query)))).flat()
}

function addLines(columns: SpanColumns, names: Names, rows: readonly Row[]): void {
  for (const { text, is_error, traces, spans } of rows) {
    const line = lineNumber(names, String(text), Boolean(is_error))
    const [own, of] = [traces as number[], spans as number[]]
    for (const [i, trace] of own.entries()) addLine(columns, trace, of[i]!, line)
  }
}

function lineNumber({ lines, lineNumbers }: Names, text: string, isError: boolean): number {
  const key = `${isError} ${text}`
  const known = lineNumbers.get(key)
  if (known !== undefined) return known
  lineNumbers.set(key, lines.length)
  lines.push({ text, isError })
  return lines.length - 1
}

/** The ids of traces, which `rows` are of, by their numbers, as texts. */
export async function readTraceIds(
  session: Session,
  { read, rows }: Pick<WindowTraces, 'read' | 'rows'>,
  numbers: Iterable<string>,
): Promise<(number: string) => string> {
  const wanted = [...new Set(numbers)]
  const starts = wanted.flatMap((number) => rows.startOf(number) ?? []).map(String)
  if (wanted.length === 0) return (number) => number
  const there = at(session, read)
  const given = { starts, numbers: wanted }
  const query = builtInQuery('internal/why/trace-ids.sql', given, there.source)
  const found = await queryRows(there, query)
  const ids = new Map(found.map(({ number, id }) => [String(number), String(id)]))
  return (number) => ids.get(number) ?? number
}
