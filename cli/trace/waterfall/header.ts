/** The lines above a waterfall: identity, time, size, hotspots and findings. */
import type { Screen } from '../../render/renderer.ts'
import { cut, textWidth, wrapWords } from '../../render/text.ts'
import { formatTime } from '../../render/time.ts'
import { formatNumber, formatUnit, plural } from '../../units/units.ts'
import { formatInstant } from '../model/instant.ts'
import { displayName } from '../model/span-name.ts'
import type { Trace } from '../model/trace.ts'
import { oneLine, serviceText } from '../text.ts'
import { hotspots, percents } from './hotspots.ts'
import { lookOf, type TraceTheme } from './theme.ts'

/** Its lines, no wider than the screen. */
export function header(trace: Trace, screen: Screen): string[] {
  const look = lookOf(trace, screen.colour)
  return [
    title(trace, screen, look),
    ...identity(trace, screen, look),
    ...facts(trace, screen, look),
    ...services(trace, screen, look),
    ...criticalPath(trace, screen, look),
    ...trace.findings.flatMap(({ message, incomplete, kind }) => {
      const paint = incomplete || kind === 'n_plus_one' ? look.warning : look.faint
      return wrapWords(oneLine(message), screen.width - 2).map((line, i) =>
        paint(`${i === 0 ? '!' : ' '} ${cut(line, screen.width - 2)}`),
      )
    }),
  ]
}

function title({ main, duration }: Trace, { width }: Screen, look: TraceTheme): string {
  const { row } = main
  const status = row.http_status === null ? '' : ` ${row.http_status}`
  const mark = row.is_error ? '✗ ' : ''
  const took = formatUnit(duration, 'ns')
  const name = cut(`${mark}${displayName(row)}${status}`, width - textWidth(took) - 2)
  return `${(row.is_error ? look.error : look.strong)(name)}  ${look.strong(took)}`
}

/** The id stays whole, so that it can be copied. */
function identity({ id, complete }: Trace, { width }: Screen, look: TraceTheme): string[] {
  const state = complete ? 'complete' : 'incomplete'
  const paint = complete ? look.faint : look.warning
  if (`trace ${id} · ${state}`.length <= width) {
    return [`${look.faint(`trace ${id} ·`)} ${paint(state)}`]
  }
  const lines = `trace ${id}`.length <= width ? [`trace ${id}`] : ['trace', id]
  return [...lines.map((line) => look.faint(line)), paint(state)]
}

function facts(trace: Trace, { width, timeZone }: Screen, look: TraceTheme): string[] {
  const { spans, services, errors, depth } = trace
  const parts = [
    { text: formatTime(formatInstant(trace.origin), timeZone, 6) },
    { text: plural(spans.length, 'span', 'spans') },
    { text: plural(services.size, 'service', 'services') },
    errors === 0
      ? { text: 'no errors' }
      : { text: plural(errors, 'error', 'errors'), paint: look.error },
    { text: `depth ${depth}` },
  ]
  return flow(parts, ' · ', width)
}

function services({ services }: Trace, { width }: Screen, look: TraceTheme): string[] {
  if (services.size === 1) return []
  const parts = [...services].map(([name, { spans, errors }]) => ({
    text: `■ ${serviceText(name)} ${formatNumber(spans)}${errors > 0 ? ` (${formatNumber(errors)} ✗)` : ''}`,
    paint: look.service(name),
  }))
  return flow(parts, '  ', width)
}

/** In whole percents, since it is about what to look at first. */
function criticalPath(trace: Trace, { width }: Screen, look: TraceTheme): string[] {
  const label = 'critical path '
  const parts = hotspots(trace).map((spent) => ({
    text: `${percents(spent)} ${cut(spent.name, 40)}${spent.times}`,
    paint: spent.error ? look.error : look.strong,
  }))
  return flow(parts, ' · ', width - label.length).map(
    (line, i) => (i === 0 ? look.faint(label) : ' '.repeat(label.length)) + line,
  )
}

interface Part {
  text: string
  paint?: (text: string) => string
}

/** Parts side by side, on as many lines as they need. */
function flow(parts: Part[], separator: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const { text, paint } of parts) {
    const short = cut(text, width)
    const painted = paint ? paint(short) : short
    const more = textWidth(short) + (line === '' ? 0 : separator.length)
    if (line !== '' && used + more > width) {
      lines.push(line)
      line = painted
      used = textWidth(short)
      continue
    }
    line += (line === '' ? '' : separator) + painted
    used += more
  }
  return line === '' ? lines : [...lines, line]
}
