/** Spans in virtual time as `why` reads them, without a store. */
import {
  CALL,
  FAILED,
  type LogLine,
  MESSAGE,
  type Operation,
  type TraceRow,
} from '../../cli/why/tree.ts'
import { CLIENT, CONSUMER, type VirtualSpan } from '../../test/virtual-shop/spans.ts'

export interface Rows {
  rows: TraceRow[]
  operations: Operation[]
  lines: LogLine[]
}

/** The traces that begin before `begin`, in ms, and those that begin later. As the queries of internal/why/ do. */
export function rowsOf(spans: readonly VirtualSpan[], begin: number): Rows {
  const operations: Operation[] = []
  const lines: LogLine[] = []
  const known = new Map<string, number>()
  const numberOf = <T>(key: string, all: T[], one: T) => {
    const number = known.get(key) ?? all.push(one) - 1
    known.set(key, number)
    return number
  }
  const traces = new Map<string, VirtualSpan[]>()
  for (const span of spans) {
    const own = traces.get(span.traceId)
    if (own) own.push(span)
    else traces.set(span.traceId, [span])
  }
  const idOf = (hex: string) => (hex === '' ? 0 : Number.parseInt(hex.slice(0, 8), 16) || 1)
  const rows = [...traces].flatMap(([id, own]): TraceRow[] => {
    const root = own.find(({ parentSpanId }) => parentSpanId === '')
    if (!root) return []
    const after = root.start >= begin
    const zero = after ? begin : 0
    return [
      {
        id,
        after,
        ids: own.map(({ spanId }) => idOf(spanId)),
        parents: own.map(({ parentSpanId }) => idOf(parentSpanId)),
        operations: own.map(({ name, process: { service } }) =>
          numberOf(`${service}|${name}`, operations, { service, name }),
        ),
        starts: own.map(({ start, process }) =>
          Math.round((start - zero + (process.clockAhead ?? 0)) * 1e6),
        ),
        durations: own.map(({ start, end }) => Math.round((end - start) * 1e6)),
        flags: own.map(
          ({ isError, kind }) =>
            (isError ? FAILED : 0) +
            (kind === CLIENT ? CALL : 0) +
            (kind === CONSUMER ? MESSAGE : 0),
        ),
        lines: own.flatMap(({ spanId, exceptions }) =>
          exceptions.map(({ type, message }): [number, number] => {
            const text = patternOf(`${type}: ${message}`)
            return [idOf(spanId), numberOf(`line ${text}`, lines, { text, isError: true })]
          }),
        ),
      },
    ]
  })
  return { rows, operations, lines }
}

/** As `line_pattern` of queries/shared/functions.sql, about. */
const patternOf = (text: string) =>
  text
    .split('\n')[0]!
    .split(' ')
    .slice(0, 12)
    .map((word) => (/\d/.test(word) ? '*' : word))
    .join(' ')
