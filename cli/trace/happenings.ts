/** What happened during a span, in order of time: its events, exceptions and log records; used by all that shows a span. */
import { nanosBetween, parseInstant } from './instant.ts'
import type { Attributes, LogRow, SpanRow } from './span.ts'
import type { Span, Trace } from './tree.ts'

export interface Exception {
  type: string
  message: string
  /** `''` where none was kept. */
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

/** One thing that happened: a log record where there is a `log`, an exception where there is an `exception`, else an event. */
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

/** When something was, in ns from the trace's start; what was said by a span's host moves with the span. */
export function offsetOf(time: string, { origin }: Trace, span?: Span): number {
  return nanosBetween(origin, parseInstant(time)) + (span?.shift ?? 0)
}

/** Earliest first; what has no time stands before. */
export function happenings(span: Span, trace: Trace, logs: readonly LogRow[]): Happening[] {
  const { row } = span
  const events = row.event_name.map((name, i): Happening => {
    const attributes = row.event_attributes[i] ?? {}
    const exception = exceptionOf(attributes)
    const offset = offsetOf(row.event_time[i] ?? row.time, trace, span)
    return { name, offset, attributes, ...(exception && { exception }) }
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

/** The exception that a span's own attributes tell of; undefined where one of its events tells of the same. */
export function ownException({ attributes, event_attributes }: SpanRow): Exception | undefined {
  const own = exceptionOf(attributes)
  if (!own) return undefined
  const told = event_attributes.some((one) => {
    const same = exceptionOf(one)
    if (!same) return false
    return own.message === '' ? same.type === own.type : same.message === own.message
  })
  return told ? undefined : { ...own, rest: {} }
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
