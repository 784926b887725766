/** A trace as a tree with bars on one time axis, for a terminal. */
import type { Screen } from '../../render/renderer.ts'
import { cut, padStart, textWidth } from '../../render/text.ts'
import { formatNumber, formatUnit, plural } from '../../units/units.ts'
import { logsBySpan, looseLogs } from '../model/events.ts'
import type { LogRow } from '../model/span-row.ts'
import type { Span, Stretch, Trace } from '../model/trace.ts'
import { type DetailOptions, looseLogText } from './detail.ts'
import { header } from './header.ts'
import { type Columns, type Drawing, drawLine } from './line.ts'
import { type Line, type Outline, type OutlineOptions, outline } from './outline.ts'
import { lookOf } from './theme.ts'

export interface WaterfallOptions extends OutlineOptions, DetailOptions {}

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
 * Axis, one line for each span or fold with its details below it, and a note on hidden spans. Lines come one by one, so
 * that 100,000 spans need no second copy in memory.
 */
export function* chart(
  trace: Trace,
  logs: readonly LogRow[],
  options: WaterfallOptions,
  screen: Screen,
  { lines, shown }: Outline = outline(trace, options),
): Generator<string> {
  const look = lookOf(trace, screen.colour)
  const columns = layOut(screen.width, options.percentiles !== undefined, widestOf(lines))
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
  for (const line of lines) yield* drawLine(line, drawing)
  for (const log of looseLogs(drawing.logs, trace)) {
    const where = log.span_id === '' ? '' : ` (span ${log.span_id}, not stored)`
    yield look.faint(cut(`≡ ${looseLogText(log, trace)}${where}`, columns.total))
  }
  yield ''
  yield* legend(trace, lines, shown, columns.total).map((line) => look.faint(line))
}

/** Columns of the longest duration, which is the widest: `18464d 11h`. */
function widestOf(lines: readonly Line[]): number {
  const sums = lines.map((line) =>
    line.kind === 'spans' ? line.spans.reduce((sum, { duration }) => sum + duration, 0) : 0,
  )
  return textWidth(
    formatUnit(
      sums.reduce((most, sum) => Math.max(most, sum), 0),
      'ns',
    ),
  )
}

function layOut(total: number, percentiles: boolean, widest: number): Columns {
  // With the sign of a sum, or two spaces before it.
  const duration = Math.max(9, widest + 2)
  const percentile = percentiles ? 7 : 0
  const self = total < 60 ? 0 : Math.max(9, widest + 2)
  if (total < 44)
    return { name: total - duration - percentile, duration, self: 0, percentile, bar: 0, total }
  const name = Math.min(84, Math.max(20, Math.round(total * 0.42)))
  const bar = total - name - duration - self - percentile - 1
  return { name, duration, self, percentile, bar, total }
}

function axis({ duration }: Trace, columns: Columns): string {
  const heads = `${' '.repeat(columns.name)}${'duration'.padStart(columns.duration)}${columns.self ? 'self'.padStart(columns.self) : ''}${columns.percentile ? 'of op'.padStart(columns.percentile) : ''}`
  if (columns.bar === 0) return heads
  const end = formatUnit(duration, 'ns')
  if (textWidth(end) + 2 > columns.bar) return `${heads} ${padStart(end, columns.bar)}`
  const half = formatUnit(duration / 2, 'ns')
  const room = columns.bar - 1 - textWidth(end)
  const middle = Math.floor((columns.bar - textWidth(half)) / 2)
  const ticks =
    middle > 2 && middle + textWidth(half) + 1 < columns.bar - textWidth(end)
      ? `0${' '.repeat(middle - 1)}${half}`
      : '0'
  return `${heads} ${ticks}${' '.repeat(Math.max(1, room + 1 - textWidth(ticks)))}${end}`
}

/** The stretches of the critical path in a span. A list for each of a million spans would be a third of the memory. */
function bySpan({ critical, spans }: Trace): (span: Span) => readonly Stretch[] {
  const ends = new Uint32Array(spans.length + 1)
  for (const { span } of critical) ends[span.order + 1]!++
  for (let i = 1; i <= spans.length; i++) ends[i]! += ends[i - 1]!
  const sorted = new Array<Stretch>(critical.length)
  const next = ends.slice()
  for (const segment of critical) sorted[next[segment.span.order]!++] = segment
  return ({ order }) => sorted.slice(ends[order], ends[order + 1])
}

function legend({ spans }: Trace, lines: Line[], shown: number, width: number): string[] {
  const parts = ['█ critical path', '━ running']
  const folds = lines.filter((line) => line.kind === 'spans' && line.spans.length > 1).length
  if (folds > 0) parts.push(`× folded (--no-fold)`)
  if (shown < spans.length)
    parts.push(`${plural(shown, 'span', 'spans')} of ${formatNumber(spans.length)} shown`)
  const line = parts.join('  ')
  return textWidth(line) <= width ? [line] : parts
}
