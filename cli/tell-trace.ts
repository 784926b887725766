/** Writes one trace, in whatever form; loaded by the commands that show traces when they run. */
import { type Asking, formatOf } from './asking.ts'
import type { TraceFlags } from './commands/trace.ts'
import { findTrace } from './find-trace.ts'
import { lines, writeAll, writeAnswer } from './output.ts'
import { readTemplate, writePage } from './pages.ts'
import type { Row } from './render/renderer.ts'
import { criticalPathList } from './trace/critical-list.ts'
import { SPAN_COLUMNS, spanJson, traceJson } from './trace/json.ts'
import { traceMarkdown } from './trace/markdown.ts'
import { traceOtlp } from './trace/otlp.ts'
import { chosenSpans } from './trace/outline.ts'
import { tracePage } from './trace/page.ts'
import type { LogRow } from './trace/span.ts'
import type { Span, Trace } from './trace/tree.ts'
import { type WaterfallOptions, waterfall } from './trace/waterfall.ts'

/** Writes the waterfall of the trace with this id, as `otrace trace` does without flags. */
export async function showTrace(found: Asking, id: string): Promise<void> {
  const { trace, logs } = await findTrace(found, id, {})
  const options = { fold: true, attributes: false, stack: false }
  await writeAll(lines(waterfall(trace, logs, options, found.context.screen(found.flags.utc))))
}

/** Writes a trace in the format that the flags ask for. */
export async function tellTrace(
  found: Asking,
  trace: Trace,
  logs: LogRow[],
  flags: TraceFlags,
  options: WaterfallOptions,
): Promise<void> {
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
    const text = flags.criticalPath
      ? criticalPathList(trace, screen)
      : waterfall(trace, logs, options, screen)
    return writeAll(lines(text))
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
