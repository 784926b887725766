/** A trace as a tree with bars on one time axis, for a terminal; used by `commands/trace.ts`. */
import type { Screen } from '../render/renderer.ts'
import { cut, textWidth } from '../render/text.ts'
import { formatNumber, formatUnit } from '../render/units.ts'
import { bar, type Stretch } from './bar.ts'
import { type Detail, type DetailOptions, details, logText } from './detail.ts'
import { beside, detailLines } from './detail-lines.ts'
import { header } from './header.ts'
import { logsBySpan, looseLogs } from './logs.ts'
import { type Look, lookOf } from './look.ts'
import {
  type Branch,
  type Gap,
  type Line,
  type Outline,
  type OutlineOptions,
  outline,
} from './outline.ts'
import { continuation, railText } from './rails.ts'
import type { LogRow } from './span.ts'
import { oneLine, plural } from './text.ts'
import type { Span, Trace } from './tree.ts'

export interface WaterfallOptions extends OutlineOptions, DetailOptions {}

/** Columns of each part of a line; the bar is left out where it would say nothing. */
interface Columns {
  name: number
  duration: number
  self: number
  bar: number
  total: number
}

/** Details that may stand beside a name where there is room. */
const ALONGSIDE = new Set<Detail['kind']>(['statement', 'pair', 'error', 'note', 'event'])

interface Drawing {
  trace: Trace
  look: Look
  columns: Columns
  options: WaterfallOptions
  stretches: Map<Span, Stretch[]>
  logs: Map<string, LogRow[]>
  repeated: Set<Span>
}

/**
 * Header, an empty line, and the chart. No line is wider than the screen.
 * @param outlined `outline(trace, options)`, where it is known already
 */
export function* waterfall(
  trace: Trace,
  logs: readonly LogRow[],
  options: WaterfallOptions,
  screen: Screen,
  outlined?: Outline,
): Generator<string> {
  yield* header(trace, screen)
  yield ''
  yield* chart(trace, logs, options, screen, outlined)
}

/**
 * Axis, one line for each span or fold with its details beneath, and what was left out. Lines come one by one, so that
 * 100,000 spans need no second copy in memory.
 */
export function* chart(
  trace: Trace,
  logs: readonly LogRow[],
  options: WaterfallOptions,
  screen: Screen,
  { lines, shown }: Outline = outline(trace, options),
): Generator<string> {
  const look = lookOf(trace, screen.colour)
  const columns = layOut(screen.width)
  const drawing: Drawing = {
    trace,
    look,
    columns,
    options,
    stretches: bySpan(trace),
    logs: logsBySpan(logs),
    repeated: new Set(trace.repeats.flatMap(({ spans }) => spans)),
  }
  yield look.faint(axis(trace, columns))
  for (const line of lines) yield* draw(line, drawing)
  for (const log of looseLogs(drawing.logs, trace)) {
    const where = log.span_id === '' ? '' : ` (span ${log.span_id}, not stored)`
    yield look.faint(cut(`≡ ${logText(log, trace)}${where}`, columns.total))
  }
  yield ''
  yield look.faint(legend(trace, lines, shown))
}

function layOut(total: number): Columns {
  const duration = 9
  const self = total < 60 ? 0 : 9
  if (total < 44) return { name: total - duration, duration, self: 0, bar: 0, total }
  const name = Math.min(84, Math.max(20, Math.round(total * 0.42)))
  return { name, duration, self, bar: total - name - duration - self - 1, total }
}

function axis({ duration }: Trace, columns: Columns): string {
  const heads = `${' '.repeat(columns.name)}${'duration'.padStart(columns.duration)}${columns.self ? 'self'.padStart(columns.self) : ''}`
  if (columns.bar === 0) return heads
  const end = formatUnit(duration, 'ns')
  const half = formatUnit(duration / 2, 'ns')
  const room = columns.bar - 1 - textWidth(end)
  const middle = Math.floor((columns.bar - textWidth(half)) / 2)
  const ticks =
    middle > 2 && middle + textWidth(half) + 1 < columns.bar - textWidth(end)
      ? `0${' '.repeat(middle - 1)}${half}`
      : '0'
  return `${heads} ${ticks}${' '.repeat(Math.max(1, room + 1 - textWidth(ticks)))}${end}`
}

function* draw(line: Line, drawing: Drawing): Generator<string> {
  if (line.kind === 'gap') {
    yield gap(line, drawing)
    return
  }
  const [first] = line.spans
  const { columns, look, trace, options } = drawing
  const said =
    line.spans.length > 1
      ? foldDetails(line)
      : details(first!, trace, drawing.logs.get(first!.row.span_id) ?? [], options)
  if (line.hidden > 0) {
    said.push({ kind: 'note', text: `${plural(line.hidden, 'span', 'spans')} beneath (--depth)` })
  }
  const name = label(line, drawing)
  const room = columns.name - 1 - name.width - 2
  const next = columns.total >= 120 && said[0] ? beside(said[0], look) : undefined
  const inline = next && ALONGSIDE.has(said[0]!.kind) && next.width <= room ? next : undefined
  const text = inline ? `${name.text}  ${inline.text}` : name.text
  const used = name.width + (inline ? 2 + inline.width : 0)
  yield `${text}${' '.repeat(Math.max(0, columns.name - used))}${figures(line, drawing)}${bars(line, drawing)}`.trimEnd()
  const indent = continuation(line)
  const width = columns.total - textWidth(indent)
  for (const below of detailLines(inline ? said.slice(1) : said, width, options.attributes, look)) {
    yield look.faint(indent) + below
  }
}

/** Rails, marks and name in the name column. */
function label(
  line: Branch,
  { columns, look, repeated }: Drawing,
): { text: string; width: number } {
  const [span] = line.spans
  const { row, parent } = span!
  const rails = railText(line)
  const failed = line.spans.some((one) => one.row.is_error)
  const looped = span!.place === 'loop' || span!.place === 'self'
  const mark = failed ? '✗ ' : looped ? '↻ ' : ''
  const status = row.http_status === null ? '' : ` ${row.http_status}`
  const count = line.spans.length > 1 ? ` ×${formatNumber(line.spans.length)}` : ''
  const tag = line.spans.some((one) => repeated.has(one)) && count ? ' N+1' : ''
  const service = parent?.row.service === row.service ? '' : ` ${oneLine(row.service)}`
  const room = columns.name - 1
  const fixed =
    textWidth(rails) + textWidth(mark) + textWidth(status) + textWidth(count) + textWidth(tag)
  const name = oneLine(row.name) || '(no name)'
  const withService = fixed + textWidth(service) + Math.min(12, textWidth(name)) <= room
  const where = withService ? service : ''
  const short = cut(name, Math.max(1, room - fixed - textWidth(where)))
  const paint = failed ? look.error : line.wanted ? plain : look.faint
  const text =
    look.faint(rails) +
    paint(mark + short) +
    (row.http_status === null ? '' : statusPaint(row.http_status, look)(status)) +
    look.strong(count) +
    look.warning(tag) +
    look.service(row.service)(where)
  return { text, width: fixed + textWidth(where) + textWidth(short) }
}

function statusPaint(status: number, look: Look): (text: string) => string {
  if (status >= 500) return look.error
  return status >= 400 ? look.warning : look.faint
}

function plain(text: string): string {
  return text
}

/** Duration and self time; of a fold, their sums. */
function figures({ spans, wanted }: Branch, { columns, look, trace }: Drawing): string {
  const sum = (of: (span: Span) => number) => spans.reduce((total, span) => total + of(span), 0)
  const mark = spans.length > 1 ? 'Σ ' : ''
  const duration = (
    mark +
    formatUnit(
      sum((span) => span.duration),
      'ns',
    )
  ).padStart(columns.duration)
  const self = columns.self
    ? formatUnit(
        sum((span) => span.self),
        'ns',
      ).padStart(columns.self)
    : ''
  const hot = trace.duration > 0 && sum((span) => span.critical) / trace.duration >= 0.1
  return wanted ? duration + (hot ? look.strong(self) : self) : look.faint(duration + self)
}

function bars({ spans, wanted }: Branch, { columns, look, trace, stretches }: Drawing): string {
  if (columns.bar === 0) return ''
  const running = spans.map(({ start, end }) => ({ from: start, to: end }))
  const critical = spans.flatMap((span) => stretches.get(span) ?? [])
  const failed = spans.some(({ row }) => row.is_error)
  const paint = failed ? look.error : look.service(spans[0]!.row.service)
  const pieces = bar(running, critical, trace.duration, columns.bar).map(({ kind, text }) => {
    if (kind === 'none') return text
    return kind === 'path' && wanted ? paint(text) : look.faint(paint(text))
  })
  return ` ${pieces.join('')}`
}

function foldDetails({ spans }: Branch): Detail[] {
  let shortest = Number.POSITIVE_INFINITY
  let longest = 0
  for (const { duration } of spans) {
    shortest = Math.min(shortest, duration)
    longest = Math.max(longest, duration)
  }
  const range = [...new Set([formatUnit(shortest, 'ns'), formatUnit(longest, 'ns')])].join(' to ')
  const said: Detail[] = [{ kind: 'note', text: `${range} each` }]
  const [first] = spans
  const { db_query, name, status_message, is_error } = first!.row
  if (db_query !== '' && oneLine(db_query) !== name) {
    said.unshift({ kind: 'statement', text: oneLine(db_query) })
  }
  if (is_error && status_message !== '') {
    said.push({
      kind: 'error',
      text: `${oneLine(status_message)} (the first of ${formatNumber(spans.length)})`,
    })
  }
  return said
}

function gap({ ids }: Gap, { columns, look }: Drawing): string {
  const [first, second] = ids
  const text =
    ids.length === 1
      ? `┄ span ${first} is not stored`
      : `┄ ${formatNumber(ids.length)} spans are not stored (${first}, ${second} …)`
  return look.warning(cut(text, columns.total))
}

function bySpan({ critical }: Trace): Map<Span, Stretch[]> {
  const stretches = new Map<Span, Stretch[]>()
  for (const segment of critical) {
    const known = stretches.get(segment.span)
    if (known) known.push(segment)
    else stretches.set(segment.span, [segment])
  }
  return stretches
}

function legend({ spans }: Trace, lines: Line[], shown: number): string {
  const parts = ['█ critical path  ━ running']
  const folds = lines.filter((line) => line.kind === 'spans' && line.spans.length > 1).length
  if (folds > 0) parts.push(`× folded (--no-fold)`)
  if (shown < spans.length)
    parts.push(`${plural(shown, 'span', 'spans')} of ${formatNumber(spans.length)} shown`)
  return parts.join('  ')
}
