/** The details of a span: statement, attributes, events, errors, links, logs. */
import { formatNumber, formatUnit } from '../../units/units.ts'
import { EXCEPTION_KEYS, events, type Happening, offsetOf, ownException } from '../model/events.ts'
import type { Attributes, LogRow } from '../model/span-row.ts'
import type { Span, Trace } from '../model/trace.ts'
import { oneLine } from '../text.ts'

export interface DetailOptions {
  /** Show all attributes, including the resource's, instead of the important ones. */
  attributes: boolean
  /** Stack traces of exceptions. */
  stack: boolean
  /** Percentiles of durations among those of their operations, 0 to 100. */
  percentiles?: ReadonlyMap<Span, number>
  /** What `otrace why` says about spans. */
  why?: ReadonlyMap<Span, readonly string[]>
}

/** One detail of a span. Pairs may share lines; every other kind has its own line. */
export interface Detail {
  kind:
    | 'statement'
    | 'pair'
    | 'event'
    | 'exception'
    | 'stack'
    | 'error'
    | 'link'
    | 'log'
    | 'note'
    | 'why'
  text: string
}

/** Namespaces of technical attributes; the name, the status and the statement already show what matters of them. */
const PLUMBING =
  /^(?:http|url|net|network|server|client|user_agent|db|rpc\.(?:system|service|method)|otel|thread|code|process|telemetry|nodejs|v8js|jvm|cpython|go|runtime|host|os|container|k8s|cloud|faas|peer|source|destination|ot|SampleRate|error\.type|messaging\.(?:system|client|operation))(?:[._]|$)/

/** The details of a span, the most important first. */
export function details(
  span: Span,
  trace: Trace,
  logs: readonly LogRow[],
  options: DetailOptions,
): Detail[] {
  const { row } = span
  const said: Detail[] = []
  const happened = events(span, trace, logs)
  const message = oneLine(clipped(row.status_message))
  const isShown = happened.some(({ exception }) =>
    oneLine(clipped(exception?.message ?? '')).includes(message),
  )
  if (row.is_error && message !== '' && !isShown) {
    said.push({ kind: 'error', text: message })
  }
  if (span.place === 'self') said.push({ kind: 'note', text: 'names itself as its parent' })
  if (span.place === 'loop') {
    said.push({
      kind: 'note',
      text: oneLine(`its parent ${row.parent_id} is one of its descendants`),
    })
  }
  const statement = oneLine(options.attributes ? row.db_query : clipped(row.db_query))
  if (statement !== '' && statement !== row.name) {
    said.push({ kind: 'statement', text: statement })
  }
  const elsewhere = shownElsewhere(span, options)
  for (const [key, value] of Object.entries(row.attributes)) {
    if (elsewhere.has(key) || (!options.attributes && PLUMBING.test(key))) continue
    said.push({ kind: 'pair', text: pair(key, options.attributes ? value : clipped(value)) })
  }
  if (options.attributes) said.push(...facts(span))
  said.push(...happened.flatMap((one) => happening(one, options)))
  row.link_trace_id.forEach((id, i) => {
    const attributes = pairs(row.link_attributes[i] ?? {})
    const where = id === row.trace_id ? 'this trace' : `trace ${oneLine(id)}`
    said.push({
      kind: 'link',
      text: `links to span ${oneLine(row.link_span_id[i] ?? '')} of ${where}${attributes && `  ${attributes}`}`,
    })
  })
  return said
}

/** A log record without a stored span, at its offset: `+12.3 ms INFO product bought  key=value`. */
export function looseLogText(log: LogRow, trace: Trace): string {
  return logText(log, offsetOf(log.time, trace))
}

/** The same for a log record of a span, at the given offset. */
export function logText(log: LogRow, offset: number): string {
  const text = `${signed(offset)}${oneLine(log.severity)} ${oneLine(clipped(log.body))}`
  const attributes = pairs(log.attributes)
  return attributes ? `${text}  ${attributes}` : text
}

function facts({ row, parent, shift }: Span): Detail[] {
  const own = [
    `span ${row.span_id}`,
    row.kind,
    `status ${row.status}`,
    row.scope && `scope ${oneLine(`${row.scope} ${row.scope_version}`)}`,
    row.trace_state && `state ${oneLine(row.trace_state)}`,
    shift !== 0 && `moved ${formatUnit(shift, 'ns')}`,
  ].filter(Boolean)
  const news = parent?.row.resource === row.resource ? [] : Object.entries(row.resource)
  return [
    ...news.map(([key, value]): Detail => ({ kind: 'pair', text: `resource ${pair(key, value)}` })),
    { kind: 'note', text: oneLine(own.join(' · ')) },
  ]
}

/** Attributes that are shown as an exception. */
function shownElsewhere({ row }: Span, { attributes, stack }: DetailOptions): Set<string> {
  if (!attributes) return new Set(EXCEPTION_KEYS)
  if (!ownException(row)) return new Set()
  return new Set([
    'exception.type',
    'exception.message',
    ...(stack ? ['exception.stacktrace'] : []),
  ])
}

function happening(
  { name, offset, attributes, exception, log }: Happening,
  options: DetailOptions,
): Detail[] {
  const at = signed(offset)
  if (log) return [{ kind: 'log', text: logText(log, offset!) }]
  if (!exception) {
    const said = pairs(attributes)
    return [{ kind: 'event', text: `${at}${oneLine(name)}${said && `  ${said}`}` }]
  }
  const { type, message, stack, rest } = exception
  const what =
    [oneLine(type), oneLine(clipped(message))].filter(Boolean).join(': ') || oneLine(name)
  const said = pairs(rest)
  const first: Detail = { kind: 'exception', text: `${at}${what}${said && `  ${said}`}` }
  if (!options.stack) return [first]
  const lines = stack.split('\n').filter((line) => line.trim() !== '')
  return [first, ...lines.map((line): Detail => ({ kind: 'stack', text: oneLine(line) }))]
}

/** `+1.23 ms ` or `-5.00 µs `; nothing where no time is known. */
function signed(ns: number | undefined): string {
  return ns === undefined ? '' : `${ns < 0 ? '' : '+'}${formatUnit(ns, 'ns')} `
}

function pairs(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([key, value]) => pair(key, clipped(value)))
    .join('  ')
}

/** A longer value is cut before it is measured, with its length in front. */
const LONGEST = 2_000

function clipped(value: string): string {
  if (value.length <= LONGEST) return value
  // Cut by the server: queries/internal/trace/clipped.sql.
  const counted = /^\((\d+) characters\) /.exec(value)
  if (counted && value.length < 3 * LONGEST) {
    return value.replace(counted[1]!, formatNumber(Number(counted[1])))
  }
  return `(${formatNumber(value.length)} characters) ${value.slice(0, LONGEST)}`
}

function pair(key: string, value: string): string {
  return `${oneLine(key)}=${oneLine(value)}`
}
