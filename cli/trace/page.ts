/** A trace as one self-contained HTML page that needs no network; used by `commands/trace.ts`. */
import { formatTime } from '../render/time.ts'
import { logText } from './detail.ts'
import { plural } from './findings.ts'
import { alikeTogether } from './fold.ts'
import { formatInstant, nanosBetween, parseInstant } from './instant.ts'
import type { Attributes, LogRow } from './span.ts'
import type { Span, Trace } from './tree.ts'

/** The files of `cli/trace/html/` that a page is made of, as text. */
export interface Template {
  /** With `{{title}}`, `{{style}}`, `{{data}}` and `{{script}}`. */
  html: string
  style: string
  /** Joined in this order. */
  scripts: string[]
}

/** The page in pieces. `timeZone` is what its header shows the start in. */
export function* tracePage(
  trace: Trace,
  logs: readonly LogRow[],
  template: Template,
  timeZone: string,
): Generator<string> {
  yield* page(template, trace.main.row.name, data(trace, logs, timeZone))
}

/** Fills a template. Nothing in `data` or `title` can end its element or start another. */
export function* page(
  template: Template,
  title: string,
  data: Iterable<string>,
): Generator<string> {
  for (const part of template.html.split(/(\{\{\w+\}\})/)) {
    if (part === '{{title}}') yield title.replace(/[<>&]/g, (one) => `&#${one.charCodeAt(0)};`)
    else if (part === '{{style}}') yield template.style
    else if (part === '{{script}}') yield joined(template.scripts)
    else if (part === '{{data}}') for (const piece of data) yield piece.replaceAll('<', '\\u003c')
    else yield part
  }
}

/** Modules as one script: what one imports, another declares. The files are modules so that editor and linter understand them. */
function joined(modules: string[]): string {
  return modules
    .map((text) => text.replace(/^import [^']*'[^']*'$/gm, '').replace(/^export /gm, ''))
    .join('\n')
}

function* data(trace: Trace, logs: readonly LogRow[], timeZone: string): Generator<string> {
  const services = [...trace.services.keys()]
  const resources = [...new Set(trace.spans.map(({ row }) => row.resource))]
  const { main, spans } = trace
  const head = {
    name: main.row.name || '(no name)',
    status: main.row.http_status,
    error: main.row.is_error,
    id: trace.id,
    incomplete: !trace.complete,
    duration: trace.duration,
    facts: [
      formatTime(formatInstant(trace.origin), timeZone, 6),
      plural(spans.length, 'span', 'spans'),
      plural(services.length, 'service', 'services'),
      trace.errors === 0 ? 'no errors' : plural(trace.errors, 'error', 'errors'),
    ],
    findings: trace.findings.map(({ message }) => message),
    services,
    resources,
    levels: spans.map(({ depth }) => depth),
    critical: trace.critical.map(({ span, from, to }) => [span.order, from, to]),
    folds: folds(trace),
    logs: logs.map((log) => ({ span: log.span_id, text: logText(log, trace) })),
  }
  yield `${JSON.stringify(head).slice(0, -1)},"spans":[`
  const serviceAt = new Map(services.map((name, i) => [name, i]))
  const resourceAt = new Map(resources.map((resource, i) => [resource, i]))
  for (const span of spans) {
    const one = spanData(span, trace, serviceAt, resourceAt)
    yield `${span.order > 0 ? ',' : ''}\n${JSON.stringify(one)}`
  }
  yield ']}'
}

/** By display order. What is empty is left out, since 10,000 spans of it add up. */
function spanData(
  { row, parent, place, ...span }: Span,
  { origin }: Trace,
  serviceAt: Map<string, number>,
  resourceAt: Map<Attributes, number>,
): object {
  return {
    id: row.span_id,
    parent: parent?.order,
    lost: place === 'detached' ? row.parent_id : undefined,
    name: row.name,
    service: serviceAt.get(row.service),
    kind: row.kind || undefined,
    start: span.start,
    duration: span.duration,
    self: span.self,
    critical: span.critical,
    error: row.is_error || undefined,
    state: row.status,
    message: row.status_message || undefined,
    status: row.http_status ?? undefined,
    statement: row.db_query || undefined,
    attributes: row.attributes,
    resource: resourceAt.get(row.resource),
    events:
      row.event_name.length === 0
        ? undefined
        : row.event_name.map((name, i) => ({
            offset: nanosBetween(origin, parseInstant(row.event_time[i] ?? row.time)),
            name,
            attributes: row.event_attributes[i] ?? {},
          })),
    links:
      row.link_trace_id.length === 0
        ? undefined
        : row.link_trace_id.map((id, i) => ({
            trace: id,
            span: row.link_span_id[i] ?? '',
          })),
  }
}

function folds({ roots, missing, spans }: Trace): number[][] {
  const siblings = [
    roots,
    ...missing.map(({ children }) => children),
    ...spans.map((span) => span.children),
  ]
  return siblings
    .flatMap((some) => alikeTogether(some, false))
    .filter((group) => group.length > 1)
    .map((group) => group.map(({ order }) => order))
}
