/** Writes one trace, in whatever form; loaded by the commands that show traces when they run. */
import { type Asking, formatOf } from './asking.ts'
import type { TraceFlags } from './commands/trace.ts'
import { type FoundTrace, findTrace } from './find-trace.ts'
import { lines, writeAll, writeAnswer } from './output.ts'
import { readTemplate, writePage } from './pages.ts'
import type { Row, Screen } from './render/renderer.ts'
import { criticalPathList } from './trace/critical-list.ts'
import { SPAN_COLUMNS, spanJson, traceJson } from './trace/json.ts'
import { traceMarkdown } from './trace/markdown.ts'
import { traceOtlp } from './trace/otlp.ts'
import { chosenSpans, outline, shownAlone } from './trace/outline.ts'
import { tracePage } from './trace/page.ts'
import type { Span, Trace } from './trace/tree.ts'
import { type WaterfallOptions, waterfall } from './trace/waterfall.ts'

/** Writes the waterfall of the trace with this id, as `otrace trace` does without flags. */
export async function showTrace(found: Asking, id: string): Promise<void> {
  const read = await findTrace(found, id, { detail: 'outline' })
  const options = { fold: true, attributes: false, stack: false }
  await writeWaterfall(read, options, found.context.screen(found.flags.utc))
}

/** What of a large trace is shown span by span is read before it is drawn. */
async function writeWaterfall(
  { trace, logs, complete }: FoundTrace,
  options: WaterfallOptions,
  screen: Screen,
): Promise<void> {
  const outlined = outline(trace, options)
  await complete(shownAlone(outlined))
  await writeAll(lines(waterfall(trace, logs, options, screen, outlined)))
}

/** Writes a trace in the format that the flags ask for. */
export async function tellTrace(
  found: Asking,
  read: FoundTrace,
  flags: TraceFlags,
  options: WaterfallOptions,
): Promise<void> {
  const { trace, logs } = read
  const screen = found.context.screen(flags.utc)
  const filtered = chosenSpans(trace, options).length < trace.spans.length
  if (filtered && (flags.html !== undefined || flags.output === 'otlp')) {
    found.context.say('this is the whole trace: what chooses its spans is for the other formats')
  }
  if (flags.html !== undefined) {
    const page = tracePage(trace, logs, readTemplate('trace'), screen.timeZone)
    await writePage(flags.html, page)
    return found.context.say(`wrote ${flags.html}: open it in a browser`)
  }
  if (flags.output === 'otlp') return writeAll(traceOtlp(trace))
  const format = formatOf(found.flags)
  if (format === 'json') return writeAll(traceJson(trace, logs, chosenSpans(trace, options)))
  if (format === 'markdown') return writeAll(lines(traceMarkdown(trace, logs, options, screen)))
  if (format === 'terminal') {
    if (flags.criticalPath) return writeAll(lines(criticalPathList(trace, screen)))
    return writeWaterfall(read, options, screen)
  }
  const columns = SPAN_COLUMNS.map((name) => ({ name, type: 'String' }))
  await writeAnswer(
    { title: 'Trace', columns, rows: rows(trace, chosenSpans(trace, options)) },
    format,
    'table',
    screen,
  )
}

function* rows(trace: Trace, spans: Span[]): Generator<Row> {
  for (const span of spans) yield spanJson(span, trace)
}
