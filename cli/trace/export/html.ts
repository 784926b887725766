/** A trace as one self-contained HTML page. */
import { escapedHtml, printable } from '../../render/text.ts'
import { formatTime } from '../../render/time.ts'
import { plural } from '../../units/units.ts'
import { events, logsBySpan, looseLogs } from '../model/events.ts'
import { formatInstant } from '../model/instant.ts'
import { displayName, groupName } from '../model/span-name.ts'
import type { Attributes, LogRow } from '../model/span-row.ts'
import type { Span, Trace } from '../model/trace.ts'
import { oneLine, serviceText } from '../text.ts'
import { type Detail, details, logText, looseLogText } from '../waterfall/detail.ts'
import { FOLD_AT, foldedSql, groupSimilar, shapesOf } from '../waterfall/fold.ts'
import { hotspots, percents } from '../waterfall/hotspots.ts'
import { serviceHues } from '../waterfall/theme.ts'

/** The page in pieces. `timeZone` is the zone of the start time in its header. */
export function* tracePage(
  trace: Trace,
  logs: readonly LogRow[],
  template: string,
  timeZone: string,
): Generator<string> {
  yield* page(template, displayName(trace.main.row), data(trace, logs, timeZone))
}

/** Fills a template. Nothing in `data` or `title` can end its element or start another. */
export function* page(template: string, title: string, data: Iterable<string>): Generator<string> {
  for (const part of template.split(/(\{\{(?:title|data)\}\})/)) {
    if (part === '{{title}}') yield escapedHtml(title)
    else if (part === '{{data}}') for (const piece of data) yield piece.replaceAll('<', '\\u003c')
    else yield part
  }
}

/** The name and the colour index of each service; a terminal and every page use the same colours. */
export function pageServices(names: string[]): Map<string, { name: string; hue: number }> {
  const hues = serviceHues(names)
  const said = (name: string) => ({ name: serviceText(name), hue: hues(name) })
  return new Map(names.map((name) => [name, said(name)]))
}

function* data(trace: Trace, logs: readonly LogRow[], timeZone: string): Generator<string> {
  const services = [...trace.services.keys()]
  const shownServices = pageServices(services)
  const resources = [...new Set(trace.spans.map(({ row }) => row.resource))]
  const { main, spans } = trace
  const bySpan = logsBySpan(logs)
  const loose = looseLogs(bySpan, trace)
  const head = {
    name: displayName(main.row),
    status: main.row.http_status,
    error: main.row.is_error,
    duration: trace.duration,
    whole: trace.pathDuration,
    facts: facts(trace, timeZone),
    path: hotspots(trace).map((one) => ({
      text: `${percents(one)} ${one.name}${one.times}`,
      tone: one.error ? 'error' : undefined,
    })),
    findings: trace.findings.map(({ message }) => oneLine(message)),
    services: [...trace.services].map(([name, { spans, errors }]) => ({
      ...shownServices.get(name),
      spans,
      errors,
    })),
    resources: resources.map(visiblePairs),
    levels: spans.map(({ depth }) => depth),
  }
  const rest = {
    folds: folds(trace).map((group) => ({
      spans: group.map(({ order }) => order),
      name: groupName(group[0]!.row),
      statement: visible(foldedSql(group)) || undefined,
    })),
    repeated: trace.repeats.flatMap((repeat) => repeat.spans.map(({ order }) => order)),
    loose: loose.map((log) => ({ span: log.span_id, text: looseLogText(log, trace) })),
  }
  yield `${JSON.stringify(head).slice(0, -1)},"critical":[`
  let comma = ''
  for (const { span, from, to } of trace.critical) {
    yield `${comma}[${span.order},${from},${to}]`
    comma = ','
  }
  yield `],${JSON.stringify(rest).slice(1, -1)},"spans":[`
  const serviceAt = new Map(services.map((name, i) => [name, i]))
  const resourceAt = new Map(resources.map((resource, i) => [resource, i]))
  for (const span of spans) {
    const said = bySpan.get(span.row.span_id) ?? []
    const one = spanData(span, trace, said, serviceAt, resourceAt)
    yield `${span.order > 0 ? ',' : ''}\n${JSON.stringify(one)}`
  }
  yield ']}'
}

/** The line under the title. Facts with a tone stand out. */
function facts(trace: Trace, timeZone: string): { text: string; tone?: 'error' | 'warning' }[] {
  const { spans, services, errors, depth } = trace
  return [
    { text: `trace ${trace.id}` },
    trace.complete ? { text: 'complete' } : { text: 'incomplete', tone: 'warning' },
    { text: formatTime(formatInstant(trace.origin), timeZone, 6) },
    { text: plural(spans.length, 'span', 'spans') },
    { text: plural(services.size, 'service', 'services') },
    errors === 0
      ? { text: 'no errors' }
      : { text: plural(errors, 'error', 'errors'), tone: 'error' },
    { text: `depth ${depth}` },
  ]
}

/** One span's data, by display order, without empty values: those of 10,000 spans add up. */
function spanData(
  span: Span,
  trace: Trace,
  logs: readonly LogRow[],
  serviceAt: Map<string, number>,
  resourceAt: Map<Attributes, number>,
): object {
  const { row, place } = span
  const broken = place === 'loop' || place === 'self'
  const said = broken || row.link_trace_id.length > 0 ? details(span, trace, [], PLAIN) : []
  const texts = (kind: Detail['kind']) =>
    optional(said.filter((one) => one.kind === kind).map(({ text }) => text))
  return {
    id: row.span_id,
    parent: span.parent?.order,
    lost: place === 'orphan' ? row.parent_id : undefined,
    broken: broken || undefined,
    name: displayName(row),
    service: serviceAt.get(row.service),
    kind: row.kind || undefined,
    start: span.start,
    duration: span.duration,
    self: span.self,
    critical: span.critical,
    error: row.is_error || undefined,
    state: row.status,
    message: visible(row.status_message) || undefined,
    status: row.http_status ?? undefined,
    statement: visible(row.db_query) || undefined,
    attributes: visiblePairs(row.attributes),
    resource: resourceAt.get(row.resource),
    scope: oneLine(`${row.scope} ${row.scope_version}`) || undefined,
    traceState: oneLine(row.trace_state) || undefined,
    weight: row.weight === 1 ? undefined : row.weight,
    shift: span.shift || undefined,
    happened: optional(
      events(span, trace, logs).map(({ name, offset, attributes, log }) =>
        log
          ? { offset, log: logText(log, offset!) }
          : { offset, name: oneLine(name), attributes: visiblePairs(attributes) },
      ),
    ),
    links: texts('link'),
    notes: texts('note'),
  }
}

const PLAIN = { attributes: false, stack: false }

function optional<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined
}

/** Keeps lines and tabs, which values and stacks are read by, and writes out what would hide or reorder text. */
function visible(text: string): string {
  if (HARMLESS.test(text)) return text
  return text.replaceAll('\r\n', '\n').replace(/[^\n\t]+/g, printable)
}

const HARMLESS = /^[\t\n\x20-\x7e]*$/

function visiblePairs(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [oneLine(key), visible(value)]),
  )
}

function folds(trace: Trace): Span[][] {
  const { roots, missing, spans } = trace
  const shapes = shapesOf(trace)
  const found: Span[][] = []
  const add = ({ children }: { children: Span[] }) => {
    if (children.length < FOLD_AT) return
    for (const group of groupSimilar(children, shapes, false))
      if (group.length > 1) found.push(group)
  }
  add({ children: roots })
  for (const each of [missing, spans]) each.forEach(add)
  return found
}
