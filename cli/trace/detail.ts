/** What to say about a span beneath its name: statement, attributes, events, errors, links, logs; used by the views of `trace`. */
import { formatUnit } from '../render/units.ts'
import { EXCEPTION_KEYS, type Happening, happenings, offsetOf, ownException } from './happenings.ts'
import type { Attributes, LogRow } from './span.ts'
import { oneLine } from './text.ts'
import type { Span, Trace } from './tree.ts'

export interface DetailOptions {
  /** All attributes, the resource's and the span's own facts, instead of those that matter. */
  attributes: boolean
  /** Stack traces of exceptions. */
  stack: boolean
}

/** One thing to say. `pairs` may share lines; everything else stands on its own. */
export interface Detail {
  kind: 'statement' | 'pair' | 'event' | 'exception' | 'stack' | 'error' | 'link' | 'log' | 'note'
  text: string
}

/** Namespaces of semantic conventions that describe the plumbing: their news is in the name, the status and the statement. */
const PLUMBING =
  /^(?:http|url|net|network|server|client|user_agent|db|rpc\.(?:system|service|method)|otel|thread|code|process|telemetry|nodejs|v8js|jvm|cpython|go|runtime|host|os|container|k8s|cloud|faas|peer|source|destination|ot|SampleRate|error\.type|messaging\.(?:system|client|operation))(?:[._]|$)/

/** What there is to say about a span, the most telling first. */
export function details(
  span: Span,
  trace: Trace,
  logs: readonly LogRow[],
  options: DetailOptions,
): Detail[] {
  const { row } = span
  const said: Detail[] = []
  const happened = happenings(span, trace, logs)
  const message = oneLine(row.status_message)
  const told = happened.some(({ exception }) => oneLine(exception?.message ?? '').includes(message))
  if (row.is_error && message !== '' && !told) {
    said.push({ kind: 'error', text: message })
  }
  if (span.place === 'self') said.push({ kind: 'note', text: 'names itself as its parent' })
  if (span.place === 'loop') {
    said.push({ kind: 'note', text: `its parent ${row.parent_id} is one of the spans beneath it` })
  }
  if (row.db_query !== '' && oneLine(row.db_query) !== row.name) {
    said.push({ kind: 'statement', text: oneLine(row.db_query) })
  }
  const elsewhere = shownElsewhere(span, options)
  for (const [key, value] of Object.entries(row.attributes)) {
    if (elsewhere.has(key) || (!options.attributes && PLUMBING.test(key))) continue
    said.push({ kind: 'pair', text: pair(key, value) })
  }
  if (options.attributes) said.push(...facts(span))
  said.push(...happened.flatMap((one) => happening(one, options)))
  row.link_trace_id.forEach((id, i) => {
    const attributes = pairs(row.link_attributes[i] ?? {})
    const where = id === row.trace_id ? 'this trace' : `trace ${id}`
    said.push({
      kind: 'link',
      text: `links to span ${row.link_span_id[i] ?? ''} of ${where}${attributes && `  ${attributes}`}`,
    })
  })
  return said
}

/** `+12.3 ms INFO product bought  key=value`: a log record of no stored span at its offset. */
export function looseLogText(log: LogRow, trace: Trace): string {
  return logText(log, offsetOf(log.time, trace))
}

/** The same of a span's, at the offset that it has with its span. */
export function logText(log: LogRow, offset: number): string {
  const text = `${signed(offset)}${log.severity} ${oneLine(log.body)}`
  const attributes = pairs(log.attributes)
  return attributes ? `${text}  ${attributes}` : text
}

function facts({ row, parent, shift }: Span): Detail[] {
  const own = [
    `span ${row.span_id}`,
    row.kind,
    `status ${row.status}`,
    row.scope && `scope ${row.scope} ${row.scope_version}`.trim(),
    row.trace_state && `state ${row.trace_state}`,
    shift !== 0 && `moved ${formatUnit(shift, 'ns')}`,
  ].filter(Boolean)
  const news = parent?.row.resource === row.resource ? [] : Object.entries(row.resource)
  return [
    ...news.map(([key, value]): Detail => ({ kind: 'pair', text: `resource ${pair(key, value)}` })),
    { kind: 'note', text: own.join(' · ') },
  ]
}

/** Attributes that are told as an exception. */
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
  const what = [oneLine(type), oneLine(message)].filter(Boolean).join(': ') || oneLine(name)
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
    .map(([key, value]) => pair(key, value))
    .join('  ')
}

function pair(key: string, value: string): string {
  return `${oneLine(key)}=${oneLine(value)}`
}
