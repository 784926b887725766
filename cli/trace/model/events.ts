/** Events, exceptions and log records of a span. */

import { nanosBetween, parseInstant } from './instant.ts'
import type { Attributes, LogRow, SpanRow } from './span-row.ts'
import type { Span, Trace } from './trace.ts'

export interface Exception {
  type: string
  message: string
  /** `''` if it is unknown. */
  stack: string
  /** What else was said of it. */
  rest: Attributes
}

interface Event {
  name: string
  /** ns from the trace's start; undefined where no time is known. */
  offset: number | undefined
  attributes: Attributes
}

/** A log record if it has a `log`, an exception if it has an `exception`, else an event. */
export interface Happening extends Event {
  exception?: Exception
  log?: LogRow
}

/** Attributes in which instrumentations that record no event keep an exception. */
export const EXCEPTION_KEYS = [
  'exception.type',
  'exception.message',
  'exception.stacktrace',
  'exception.escaped',
] as const

/** Offset in ns from the trace's start. The skew correction of a span also moves its events. */
export function offsetOf(time: string, { origin }: Trace, span?: Span): number {
  return nanosBetween(origin, parseInstant(time)) + (span?.shift ?? 0)
}

/** Earliest first, after those without a time. */
export function events(span: Span, trace: Trace, logs: readonly LogRow[]): Happening[] {
  const { row } = span
  const events = row.event_name.map((name, i): Happening => {
    const attributes = row.event_attributes[i] ?? {}
    const exception = exceptionOf(attributes)
    const offset = offsetOf(row.event_time[i] ?? row.time, trace, span)
    return { name, offset, attributes, exception }
  })
  const said = logs.map((log): Happening => {
    const { attributes, time } = log
    return { name: log.severity, offset: offsetOf(time, trace, span), attributes, log }
  })
  const own = ownException(row)
  const untimed: Happening[] = own
    ? [{ name: 'exception', offset: undefined, attributes: ownAttributes(row), exception: own }]
    : []
  const timed = [...events, ...said]
  return [...untimed, ...timed.sort((a, b) => a.offset! - b.offset!)]
}

/** The exception in a span's own attributes; undefined if one of its events repeats it. */
export function ownException({ attributes, event_attributes }: SpanRow): Exception | undefined {
  const own = exceptionOf(attributes)
  if (!own) return undefined
  const isRepeated = event_attributes.some((one) => {
    const same = exceptionOf(one)
    if (!same) return false
    return own.message === '' ? same.type === own.type : same.message === own.message
  })
  return isRepeated ? undefined : { ...own, rest: {} }
}

/** The attributes of an exception, as an event of it would have them. */
function ownAttributes({ attributes }: SpanRow): Attributes {
  return Object.fromEntries(
    EXCEPTION_KEYS.flatMap((key) =>
      attributes[key] === undefined ? [] : [[key, attributes[key]]],
    ),
  )
}

function exceptionOf(attributes: Attributes): Exception | undefined {
  const {
    'exception.type': type = '',
    'exception.message': message = '',
    'exception.stacktrace': stack = '',
    'exception.escaped': _escaped,
    ...rest
  } = attributes
  return type === '' && message === '' && stack === '' ? undefined : { type, message, stack, rest }
}

/** Log records by span id, earliest first. */
export function logsBySpan(logs: readonly LogRow[]): Map<string, LogRow[]> {
  const bySpan = new Map<string, LogRow[]>()
  for (const log of [...logs].sort((a, b) => (a.time < b.time ? -1 : 1))) {
    const known = bySpan.get(log.span_id)
    if (known) known.push(log)
    else bySpan.set(log.span_id, [log])
  }
  return bySpan
}

/** Records whose span is not stored, or that name none. */
export function looseLogs(logs: Map<string, LogRow[]>, { spans }: Trace): LogRow[] {
  if (logs.size === 0) return []
  const ids = new Set(spans.map(({ row }) => row.span_id))
  return [...logs].flatMap(([id, some]) => (id !== '' && ids.has(id) ? [] : some))
}

/** The stored spans that records name, by id. */
export function spansOfLogs({ spans }: Trace, logs: readonly LogRow[]): Map<string, Span> {
  if (logs.length === 0) return new Map()
  const named = new Set(logs.map(({ span_id }) => span_id))
  const found = spans.filter(({ row }) => row.span_id !== '' && named.has(row.span_id))
  return new Map(found.map((span) => [span.row.span_id, span]))
}
