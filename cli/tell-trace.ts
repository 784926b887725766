/** Writes one trace, in whatever form; loaded by the commands that show traces when they run. */
import { formatOf } from './answer.ts'
import type { Asking } from './asking.ts'
import type { TraceFlags } from './commands/trace.ts'
import { type FoundTrace, findTrace } from './find-trace.ts'
import { lines, writeAll, writeAnswer } from './output.ts'
import { readTemplate, writePage } from './pages.ts'
import type { Row, Screen } from './render/renderer.ts'
import { criticalPathList } from './trace/critical-list.ts'
import { header } from './trace/header.ts'
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
  asked: WaterfallOptions,
): Promise<void> {
  const { trace, logs } = read
  const drawn = ['terminal', 'markdown'].includes(formatOf(found.flags))
  const options = { ...asked, logs, resources: asked.attributes || !drawn }
  const screen = found.context.screen(flags.utc)
  const chosen = chosenSpans(trace, options)
  const filtered = chosen.length < trace.spans.length
  if (filtered && (flags.html !== undefined || flags.output === 'otlp')) {
    found.context.say('this is the whole trace: what chooses its spans is for the other formats')
  }
  if (flags.html !== undefined) {
    const page = tracePage(trace, logs, readTemplate('trace'), screen.timeZone)
    await writePage(flags.html, page)
    return found.context.say(`wrote ${flags.html}: open it in a browser`)
  }
  if (flags.output === 'otlp') return writeAll(traceOtlp(trace))
  if (flags.criticalPath && formatOf(found.flags) === 'terminal') {
    return writeAll(lines(criticalPathList(trace, screen)))
  }
  await writeChosen(found, read, chosen, options)
  if (chosen.length === 0) found.context.say(nothingChosen(trace, options))
}

async function writeChosen(
  { flags, context }: Asking,
  read: FoundTrace,
  chosen: Span[],
  options: WaterfallOptions,
): Promise<void> {
  const { trace, logs } = read
  const screen = context.screen(flags.utc)
  const format = formatOf(flags)
  if (format === 'json') return writeAll(traceJson(trace, logs, chosen))
  if (format === 'markdown') {
    return writeAll(lines(traceMarkdown(trace, logs, chosen, options, screen)))
  }
  if (format === 'terminal') {
    if (chosen.length === 0) return writeAll(lines(header(trace, screen)))
    return writeWaterfall(read, options, screen)
  }
  const columns = SPAN_COLUMNS.map((name) => ({ name, type: 'String' }))
  const answer = { title: 'Trace', columns, rows: rows(trace, chosen) }
  await writeAnswer(answer, format, 'table', screen)
}

/** One sentence with what to type next. */
function nothingChosen({ id }: Trace, options: WaterfallOptions): string {
  const flags = [
    ...(options.errors ? ['--errors'] : []),
    ...(options.services ? ['--service'] : []),
    ...(options.minDuration === undefined ? [] : ['--min-duration']),
    ...(options.grep ? ['--grep'] : []),
  ]
  return `no span of this trace matches ${flags.join(' and ')}\n  → see them all: otrace trace ${id}`
}

function* rows(trace: Trace, spans: Span[]): Generator<Row> {
  for (const span of spans) yield spanJson(span, trace)
}
