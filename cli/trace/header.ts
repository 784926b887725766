/** What stands above a waterfall: which trace, when, how long, how much, where its time went, and what is wrong with it. */
import type { Screen } from '../render/renderer.ts'
import { cut, textWidth, wrapWords } from '../render/text.ts'
import { formatTime } from '../render/time.ts'
import { formatUnit } from '../render/units.ts'
import { plural } from './findings.ts'
import { kindOf } from './fold.ts'
import { formatInstant } from './instant.ts'
import { type Look, lookOf } from './look.ts'
import { oneLine } from './text.ts'
import type { Span, Trace } from './tree.ts'

/** Its lines, no wider than the screen. */
export function header(trace: Trace, screen: Screen): string[] {
  const look = lookOf(trace, screen.colour)
  return [
    title(trace, screen, look),
    `${look.faint(`trace ${trace.id} ·`)} ${trace.complete ? look.faint('complete') : look.warning('incomplete')}`,
    ...facts(trace, screen, look),
    ...services(trace, screen, look),
    ...whereTimeWent(trace, screen, look),
    ...trace.findings.flatMap(({ message, incomplete, kind }) => {
      const paint = incomplete || kind === 'n_plus_one' ? look.warning : look.faint
      return wrapWords(oneLine(message), screen.width - 2).map((line, i) =>
        paint(`${i === 0 ? '!' : ' '} ${cut(line, screen.width - 2)}`),
      )
    }),
  ]
}

function title({ main, duration }: Trace, { width }: Screen, look: Look): string {
  const { row } = main
  const status = row.http_status === null ? '' : ` ${row.http_status}`
  const mark = row.is_error ? '✗ ' : ''
  const took = formatUnit(duration, 'ns')
  const name = cut(`${mark}${oneLine(row.name)}${status}`, width - textWidth(took) - 2)
  return `${(row.is_error ? look.error : look.strong)(name)}  ${look.strong(took)}`
}

function facts(trace: Trace, { width, timeZone }: Screen, look: Look): string[] {
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

function services({ services }: Trace, { width }: Screen, look: Look): string[] {
  if (services.size === 1) return []
  const parts = [...services].map(([name, { spans, errors }]) => ({
    text: `■ ${oneLine(name) || '(no service)'} ${spans}${errors > 0 ? ` (${errors} ✗)` : ''}`,
    paint: look.service(name),
  }))
  return flow(parts, '  ', width)
}

/** The kinds of spans that the critical path spends most in, as shares of the whole trace. */
function whereTimeWent(trace: Trace, { width }: Screen, look: Look): string[] {
  const kinds = new Map<string, { span: Span; ns: number; count: number }>()
  for (const span of trace.spans) {
    if (span.critical === 0) continue
    const key = kindOf(span)
    const known = kinds.get(key) ?? { span, ns: 0, count: 0 }
    known.ns += span.critical
    known.count++
    kinds.set(key, known)
  }
  if (trace.duration === 0 || trace.spans.length < 3) return []
  const most = [...kinds.values()].sort((a, b) => b.ns - a.ns || a.span.order - b.span.order)
  const parts = most
    .filter(({ ns }) => ns / trace.duration >= 0.05)
    .slice(0, 4)
    .map(({ span, ns, count }) => ({
      text: `${Math.round((100 * ns) / trace.duration)}% ${cut(oneLine(span.row.name), 40)}${count > 1 ? ` ×${count}` : ''}`,
      paint: span.row.is_error ? look.error : look.strong,
    }))
  const [first, ...rest] = parts
  if (!first) return []
  const label = 'critical path '
  const paint = (text: string) => look.faint(label) + first.paint(text.slice(label.length))
  return flow([{ text: label + first.text, paint }, ...rest], ' · ', width)
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
