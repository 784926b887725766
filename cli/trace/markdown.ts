/** A trace as Markdown, to be pasted into an issue; used by `commands/trace.ts`. */
import type { Screen } from '../render/renderer.ts'
import { formatTime } from '../render/time.ts'
import { formatUnit } from '../render/units.ts'
import { happenings } from './happenings.ts'
import { formatInstant } from './instant.ts'
import { called } from './name.ts'
import type { LogRow } from './span.ts'
import { oneLine, plural } from './text.ts'
import type { Span, Trace } from './tree.ts'
import { chart, type WaterfallOptions } from './waterfall.ts'
import { percents, whereTimeWent } from './where-time-went.ts'

/** Fits the code blocks of the usual trackers without a scroll bar. */
const WIDTH = 100

/**
 * Heading, facts and findings; of the spans that `options` choose, the tree in a code block, and the stack of each exception folded
 * away. Without colour.
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
  yield `### ${escaped(called(main.row))}${status}: ${formatUnit(duration, 'ns')}`
  yield ''
  yield `- Trace \`${trace.id}\`, ${complete ? 'complete' : 'incomplete'}`
  yield `- Started ${formatTime(formatInstant(origin), screen.timeZone, 6)}`
  yield `- ${plural(spans.length, 'span', 'spans')} of ${[...services.keys()].map(escaped).join(', ')}; ${errors === 0 ? 'no errors' : plural(errors, 'error', 'errors')}`
  const spent = whereTimeWent(trace).map(
    (one) => `${percents(one)} ${escaped(one.name)}${one.times}`,
  )
  if (spent.length > 0) yield `- Critical path: ${spent.join(', ')}`
  for (const { message } of trace.findings) yield `- **Note:** ${escaped(message)}`
  if (chosen.length === 0) return
  yield ''
  const lines = [...chart(trace, logs, { ...options, stack: false }, { ...screen, width: WIDTH })]
  yield* fenced(lines)
  for (const span of chosen) {
    for (const { exception, name } of happenings(span, trace, [])) {
      if (!exception?.stack) continue
      const what = `${exception.type || name} in ${span.row.name}`
      yield ''
      yield `<details><summary>${asHtml(what)}</summary>`
      yield ''
      yield* fenced(exception.stack.split('\n').map((line) => line.replace(/[^\P{C}\t]/gu, '')))
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
