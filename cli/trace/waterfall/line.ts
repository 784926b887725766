/** One line of a waterfall: rails, name, figures and bar, with details below. */
import { cut, textWidth } from '../../render/text.ts'
import { formatNumber, formatUnit, plural } from '../../units/units.ts'
import { displayName, groupName } from '../model/span-name.ts'
import type { LogRow } from '../model/span-row.ts'
import type { Span, Stretch, Trace } from '../model/trace.ts'
import { oneLine, serviceText } from '../text.ts'
import { bar } from './bar.ts'
import { type Detail, type DetailOptions, details } from './detail.ts'
import { detailLines, inlineDetail } from './detail-lines.ts'
import { foldedSql } from './fold.ts'
import type { Branch, Gap, Line } from './outline.ts'
import { continuation, railText } from './rails.ts'
import type { TraceTheme } from './theme.ts'

/** Columns of each part of a line; the bar is left out where it would say nothing. */
export interface Columns {
  name: number
  duration: number
  self: number
  /** 0 without percentiles. */
  percentile: number
  bar: number
  total: number
}

/** Kinds of details that may share a line with the name. */
const ALONGSIDE = new Set<Detail['kind']>(['statement', 'pair', 'error', 'note', 'event'])

/** What every line of a chart is drawn with. */
export interface Drawing {
  trace: Trace
  look: TraceTheme
  columns: Columns
  options: DetailOptions
  /** Of the critical path in a span. */
  stretches(span: Span): readonly Stretch[]
  logs: Map<string, LogRow[]>
  repeated: Set<Span>
}

/** A span or a fold, with its details below it; or a gap. */
export function* drawLine(line: Line, drawing: Drawing): Generator<string> {
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
  const marks = options.why
  const why = marks ? line.spans.flatMap((span) => marks.get(span) ?? []) : []
  said.unshift(...why.map((text): Detail => ({ kind: 'why', text })))
  if (line.hidden > 0) {
    said.push({ kind: 'note', text: `${plural(line.hidden, 'span', 'spans')} below (--depth)` })
  }
  const name = label(line, drawing)
  const room = columns.name - 1 - name.width - 2
  const next = columns.total >= 120 && said[0] ? inlineDetail(said[0], look) : undefined
  const inline = next && ALONGSIDE.has(said[0]!.kind) && next.width <= room ? next : undefined
  const text = inline ? `${name.text}  ${inline.text}` : name.text
  const used = name.width + (inline ? 2 + inline.width : 0)
  yield `${text}${' '.repeat(Math.max(0, columns.name - used))}${figures(line, drawing)}${bars(line, drawing)}`.trimEnd()
  const indent = continuation(line, columns.name)
  const width = columns.total - textWidth(indent)
  for (const below of detailLines(inline ? said.slice(1) : said, width, options, look)) {
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
  const rails = railText(line, columns.name)
  const failed = line.spans.some((one) => one.row.is_error)
  const looped = span!.place === 'loop' || span!.place === 'self'
  const mark = failed ? '✗ ' : looped ? '↻ ' : ''
  const status = row.http_status === null ? '' : ` ${row.http_status}`
  const count = line.spans.length > 1 ? ` ×${formatNumber(line.spans.length)}` : ''
  const tag = line.spans.some((one) => repeated.has(one)) && count ? ' N+1' : ''
  const service = parent?.row.service === row.service ? '' : ` ${serviceText(row.service)}`
  const room = columns.name - 1
  const fixed =
    textWidth(rails) + textWidth(mark) + textWidth(status) + textWidth(count) + textWidth(tag)
  const name = line.spans.length > 1 ? groupName(row) : displayName(row)
  const free = room - fixed
  const least = Math.max(8, Math.ceil(NAMES_SHARE * free))
  const where = cutService(service, free - Math.min(least, textWidth(name)))
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

/** The minimum share of a name in the columns for it and its service. */
const NAMES_SHARE = 0.6

/** A service within the given columns, with a space before it; `''` if too little of it would remain. */
function cutService(service: string, width: number): string {
  const short = cut(service, width)
  return textWidth(short) < Math.min(5, textWidth(service)) ? '' : short
}

function statusPaint(status: number, look: TraceTheme): (text: string) => string {
  if (status >= 500) return look.error
  return status >= 400 ? look.warning : look.faint
}

function plain(text: string): string {
  return text
}

/** Duration and self time; of a fold, their sums. */
function figures({ spans, wanted }: Branch, drawing: Drawing): string {
  const { columns, look, trace } = drawing
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
  const hot = sum((span) => span.critical) >= 0.1 * Math.max(1, trace.pathDuration)
  const place = percentile(spans, drawing)
  return wanted
    ? duration + (hot ? look.strong(self) : self) + place
    : look.faint(duration + self + place)
}

/** Beyond p95 it is bold: slow for its operation. */
function percentile(spans: Span[], { columns, look, options }: Drawing): string {
  if (columns.percentile === 0) return ''
  const value = spans.length === 1 ? options.percentiles?.get(spans[0]!) : undefined
  if (value === undefined) return ' '.repeat(columns.percentile)
  // 99.96 % is not all of them.
  const text = `p${value === 100 ? '100' : Math.min(99.9, value).toFixed(1)}`.padStart(
    columns.percentile,
  )
  return value > 95 ? look.strong(text) : text
}

function bars({ spans, wanted }: Branch, { columns, look, trace, stretches }: Drawing): string {
  if (columns.bar === 0) return ''
  const running = spans.map(({ start, end }) => ({ from: start, to: end }))
  const critical = spans.flatMap(stretches)
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
  const { name, status_message, is_error } = first!.row
  const statement = foldedSql(spans)
  if (statement !== '' && first!.row.db_query !== name) {
    said.unshift({ kind: 'statement', text: oneLine(statement) })
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
