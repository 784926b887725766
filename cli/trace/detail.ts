/** What to say about a span beneath its name: statement, attributes, events, errors, links, logs; used by the views of `trace`. */
import { formatUnit } from '../render/units.ts'
import { nanosBetween, parseInstant } from './instant.ts'
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
  const exceptions = row.event_attributes.map((attributes) => attributes['exception.message'] ?? '')
  const message = oneLine(row.status_message)
  if (row.is_error && message !== '' && !exceptions.some((one) => oneLine(one).includes(message))) {
    said.push({ kind: 'error', text: message })
  }
  if (span.place === 'self') said.push({ kind: 'note', text: 'names itself as its parent' })
  if (span.place === 'loop') {
    said.push({ kind: 'note', text: `its parent ${row.parent_id} is one of the spans beneath it` })
  }
  if (row.db_query !== '' && oneLine(row.db_query) !== row.name) {
    said.push({ kind: 'statement', text: oneLine(row.db_query) })
  }
  for (const [key, value] of Object.entries(row.attributes)) {
    if (!options.attributes && PLUMBING.test(key)) continue
    said.push({ kind: 'pair', text: pair(key, value) })
  }
  if (options.attributes) said.push(...facts(span))
  said.push(...events(span, trace, options))
  row.link_trace_id.forEach((id, i) => {
    const attributes = pairs(row.link_attributes[i] ?? {})
    const where = id === row.trace_id ? 'this trace' : `trace ${id}`
    said.push({
      kind: 'link',
      text: `links to span ${row.link_span_id[i] ?? ''} of ${where}${attributes && `  ${attributes}`}`,
    })
  })
  for (const log of logs) said.push({ kind: 'log', text: logText(log, trace) })
  return said
}

/** ` +12.3 ms INFO product bought  key=value`: a log record at its offset. */
export function logText(log: LogRow, trace: Trace): string {
  const text = `${offset(log.time, trace)} ${log.severity} ${oneLine(log.body)}`
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

function events({ row }: Span, trace: Trace, options: DetailOptions): Detail[] {
  return row.event_name.flatMap((name, i): Detail[] => {
    const at = offset(row.event_time[i] ?? row.time, trace)
    const attributes = row.event_attributes[i] ?? {}
    const {
      'exception.type': type = '',
      'exception.message': message = '',
      'exception.stacktrace': stack = '',
      'exception.escaped': _escaped,
      ...rest
    } = attributes
    if (type === '' && message === '') {
      const said = pairs(attributes)
      return [{ kind: 'event', text: `${at} ${oneLine(name)}${said && `  ${said}`}` }]
    }
    const what = [oneLine(type), oneLine(message)].filter(Boolean).join(': ')
    const said = pairs(rest)
    const exception: Detail = { kind: 'exception', text: `${at} ${what}${said && `  ${said}`}` }
    if (!options.stack) return [exception]
    const lines = stack.split('\n').filter((line) => line.trim() !== '')
    return [exception, ...lines.map((line): Detail => ({ kind: 'stack', text: oneLine(line) }))]
  })
}

function offset(time: string, { origin }: Trace): string {
  const ns = nanosBetween(origin, parseInstant(time))
  return `${ns < 0 ? '' : '+'}${formatUnit(ns, 'ns')}`
}

function pairs(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([key, value]) => pair(key, value))
    .join('  ')
}

function pair(key: string, value: string): string {
  return `${oneLine(key)}=${oneLine(value)}`
}
