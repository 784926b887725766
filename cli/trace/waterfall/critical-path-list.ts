/** The critical path as a list, in order, with shares of the time. */

import type { Screen } from '../../render/renderer.ts'
import { cut, textWidth, wrapWords } from '../../render/text.ts'
import { formatNumber, formatUnit } from '../../units/units.ts'
import { displayName } from '../model/span-name.ts'
import type { Segment, Span, Trace } from '../model/trace.ts'
import { formatShare, serviceText } from '../text.ts'
import { bar } from './bar.ts'
import { header } from './header.ts'
import { markedName, pathKind } from './hotspots.ts'
import { lookOf } from './theme.ts'

interface Stop {
  spans: Set<Span>
  segments: Segment[]
  ns: number
}

/** Header and one line for each kind of span on the path, by the time that the path first comes there. */
export function* criticalPathList(trace: Trace, screen: Screen): Generator<string> {
  yield* header(trace, screen)
  yield ''
  const look = lookOf(trace, screen.colour)
  const stops = new Map<string, Stop>()
  for (const segment of trace.critical) {
    const key = pathKind(segment.span)
    const stop = stops.get(key) ?? { spans: new Set(), segments: [], ns: 0 }
    stop.spans.add(segment.span)
    stop.segments.push(segment)
    stop.ns += segment.to - segment.from
    stops.set(key, stop)
  }
  const narrow = screen.width < 48
  const figures = narrow ? 17 : 27
  const column = narrow ? screen.width - figures : Math.round(screen.width * 0.38)
  const width = screen.width - column - figures - 1
  const heads = `${'share'.padStart(6)}${'time'.padStart(9)}${narrow ? '' : 'from'.padStart(10)}`
  yield look.faint(`${heads}  span`)
  for (const { spans, segments, ns } of stops.values()) {
    const [{ span, from }] = segments as [Segment]
    const count = spans.size > 1 ? ` ×${formatNumber(spans.size)}` : ''
    const name = markedName(span.row)
    const service = ` ${serviceText(span.row.service)}`
    const room = column - textWidth(count)
    const withService = textWidth(service) + Math.min(12, textWidth(name)) <= room
    const title = cut(name, withService ? room - textWidth(service) : room)
    const used = textWidth(title + count) + (withService ? textWidth(service) : 0)
    const part = formatShare(ns / trace.pathDuration).padStart(6)
    const start = narrow ? '' : `+${formatUnit(from, 'ns')}`.padStart(10)
    const paint = span.row.is_error ? look.error : (text: string) => text
    const pieces =
      width < 8
        ? ''
        : ` ${bar(segments, segments, trace.duration, width)
            .map(({ text }) => text)
            .join('')}`
    yield `${look.strong(part)}${formatUnit(ns, 'ns').padStart(9)}${look.faint(start)}  ${paint(title)}${look.strong(count)}${withService ? look.service(span.row.service)(service) : ''}${' '.repeat(Math.max(0, column - used))}${look.service(span.row.service)(pieces)}`.trimEnd()
  }
  yield ''
  const { main, duration, pathDuration } = trace
  const orphaned = main.place === 'orphan'
  const whole = orphaned
    ? 'in which spans without a stored parent run'
    : `the duration of ${displayName(main.row)}`
  const said = [`${formatUnit(pathDuration, 'ns')}, ${whole}`]
  if (!orphaned && duration > main.end) {
    said.push(
      `Spans that end after it (up to ${formatUnit(duration - main.end, 'ns')}) are cut there.`,
    )
  }
  if (trace.findings.some(({ kind }) => kind === 'skew')) {
    said.push('Shares and times use corrected clocks, `from` is as stored.')
  }
  for (const line of said.flatMap((one) => wrapWords(one, screen.width))) yield look.faint(line)
}
