/** A trace as Markdown, to paste into an issue. */
import type { Screen } from '../../render/renderer.ts'
import { printable } from '../../render/text.ts'
import { formatTime } from '../../render/time.ts'
import { formatUnit, plural } from '../../units/units.ts'
import { events } from '../model/events.ts'
import { formatInstant } from '../model/instant.ts'
import { displayName } from '../model/span-name.ts'
import type { LogRow } from '../model/span-row.ts'
import type { Span, Trace } from '../model/trace.ts'
import { oneLine, serviceText } from '../text.ts'
import { hotspots, percents } from '../waterfall/hotspots.ts'
import { chart, type WaterfallOptions } from '../waterfall/waterfall.ts'

/** Fits the code blocks of the usual trackers without a scroll bar. */
const WIDTH = 100

/**
 * Heading, facts and findings; then, for the spans that `options` choose, the tree in a code block, and each
 * exception's stack, folded and without colour.
 */
export function* traceMarkdown(
  trace: Trace,
  logs: readonly LogRow[],
  chosen: readonly Span[],
  options: WaterfallOptions,
  screen: Screen,
): Generator<string> {
  const { main, origin, duration, spans, services, errors, complete } = trace
  const status = main.row.http_status === null ? '' : ` ${main.row.http_status}`
  yield `### ${escaped(displayName(main.row))}${status}: ${formatUnit(duration, 'ns')}`
  yield ''
  yield `- Trace \`${trace.id}\`, ${complete ? 'complete' : 'incomplete'}`
  yield `- Started ${formatTime(formatInstant(origin), screen.timeZone, 6)}`
  yield `- ${plural(spans.length, 'span', 'spans')} of ${[...services.keys()].map((name) => escaped(serviceText(name))).join(', ')}; ${errors === 0 ? 'no errors' : plural(errors, 'error', 'errors')}`
  const spent = hotspots(trace).map((one) => `${percents(one)} ${escaped(one.name)}${one.times}`)
  if (spent.length > 0) yield `- Critical path: ${spent.join(', ')}`
  for (const { message } of trace.findings) yield `- **Note:** ${escaped(message)}`
  if (chosen.length === 0) return
  yield ''
  const lines = [...chart(trace, logs, { ...options, stack: false }, { ...screen, width: WIDTH })]
  yield* fenced(lines)
  for (const span of chosen) {
    for (const { exception, name } of events(span, trace, [])) {
      if (!exception?.stack) continue
      const what = `${exception.type || name} in ${displayName(span.row)}`
      yield ''
      yield `<details><summary>${asHtml(what)}</summary>`
      yield ''
      yield* fenced(
        exception.stack.split('\n').map((line) => printable(line.replaceAll('\t', '  '))),
      )
      yield ''
      yield '</details>'
    }
  }
}

/** A code block whose fence is longer than any run of backticks in it. */
function* fenced(lines: string[]): Generator<string> {
  const longest = lines.reduce((most, line) => {
    const runs = line.match(/`+/g) ?? []
    return runs.reduce((length, run) => Math.max(length, run.length), most)
  }, 2)
  const fence = '`'.repeat(longest + 1)
  yield `${fence}text`
  yield* lines
  yield fence
}

function escaped(text: string): string {
  return oneLine(text).replace(/[\\`*_[\]<>|#~]/g, (character) =>
    character === '<' ? '&lt;' : `\\${character}`,
  )
}

/** Markdown is not read within an element of HTML, so that a backslash would show. */
function asHtml(text: string): string {
  return oneLine(text).replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`)
}
