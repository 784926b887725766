/** Writes a trace in the format of the flags. */

import { jsonSafe, through, visible, withoutCommands } from '../../output/escape.ts'
import { readTemplate, writePage } from '../../output/html-file.ts'
import { lines, writeAll, writeResult } from '../../output/output.ts'
import type { Column, Row } from '../../result.ts'
import type { Session } from '../../session/session.ts'
import { type FoundTrace, findTrace } from '../../session/trace/read-trace.ts'
import { tracePage } from '../../trace/export/html.ts'
import { SPAN_JSON_KEYS, spanJson, traceJson } from '../../trace/export/json.ts'
import { traceMarkdown } from '../../trace/export/markdown.ts'
import { traceOtlp } from '../../trace/export/otlp.ts'
import type { Span, Trace } from '../../trace/model/trace.ts'
import { criticalPathList } from '../../trace/waterfall/critical-path-list.ts'
import { header } from '../../trace/waterfall/header.ts'
import { withEnds } from '../../trace/waterfall/long.ts'
import { matchingSpans, outline, unfoldedSpans } from '../../trace/waterfall/outline.ts'
import { type WaterfallOptions, waterfall } from '../../trace/waterfall/waterfall.ts'
import type { TraceOptions } from './options.ts'
import { readPercentiles } from './percentile.ts'

/** Writes the waterfall of the trace with this id, as `otrace trace` does without flags. */
export async function showTrace(session: Session, id: string): Promise<void> {
  const read = await findTrace(session, id, { detail: 'outline' })
  const options = { fold: true, attributes: false, stack: false }
  await writeWaterfall(session, read, options)
}

/** Completes the individually shown spans of a large trace before drawing. */
async function writeWaterfall(
  session: Session,
  { trace, logs, complete }: FoundTrace,
  given: WaterfallOptions,
  { percentile = false, why }: Partial<Pick<TraceOptions, 'percentile' | 'why'>> = {},
): Promise<void> {
  const {
    context,
    options: { output },
  } = session
  const outlined = outline(trace, given)
  const shown = unfoldedSpans(outlined)
  // Loaded here, so that a trace is shown without it.
  const marks =
    why === undefined
      ? {}
      : { why: await (await import('./why-marks.ts')).readWhyMarks(session, trace, why) }
  const [percentiles] = await Promise.all([
    percentile ? readPercentiles(session, trace, shown) : undefined,
    complete(shown),
  ])
  const options = { ...given, ...marks, ...(percentiles ? { percentiles } : {}) }
  const screen = context.screen(output.utc)
  const drawn = waterfall(trace, logs, options, screen, outlined)
  // Whole in memory for a reader alone: 100,000 spans in a pipe need no second copy.
  const texts = context.stdout.isTTY ? withEnds([...drawn], header(trace, screen), screen) : drawn
  await writeAll(context.stdout, lines(texts))
}

/** Writes a trace in the format of the flags. */
export async function printTrace(
  session: Session,
  read: FoundTrace,
  { waterfall: wanted, output, html, criticalPath, percentile, why }: TraceOptions,
): Promise<void> {
  const { context } = session
  const { trace, logs } = read
  const { format, ownFormat } = output
  const drawn = ['terminal', 'markdown'].includes(format)
  const options = { ...wanted, logs, resources: wanted.attributes || !drawn }
  const screen = context.screen(output.utc)
  const chosen = matchingSpans(trace, options)
  const filtered = chosen.length < trace.spans.length
  if (filtered && (html !== undefined || ownFormat === 'otlp')) {
    context.say('this is the whole trace: what chooses its spans is for the other formats')
  }
  if (html !== undefined) {
    const page = tracePage(trace, logs, readTemplate('trace'), screen.timeZone)
    await writePage(html, page)
    return context.say(`wrote ${html}: open it in a browser`)
  }
  if (ownFormat === 'otlp') return writeAll(context.stdout, through(jsonSafe, traceOtlp(trace)))
  if (criticalPath && format === 'terminal') {
    return writeAll(context.stdout, lines(criticalPathList(trace, screen)))
  }
  await writeChosen(session, read, chosen, options, { percentile, why })
  if (chosen.length === 0) context.say(nothingChosen(trace, options))
}

async function writeChosen(
  session: Session,
  read: FoundTrace,
  chosen: Span[],
  options: WaterfallOptions,
  asked: Partial<Pick<TraceOptions, 'percentile' | 'why'>>,
): Promise<void> {
  const { trace, logs } = read
  const { context } = session
  const { format, utc } = session.options.output
  const screen = context.screen(utc)
  if (format === 'json')
    return writeAll(context.stdout, through(jsonSafe, traceJson(trace, logs, chosen)))
  if (format === 'markdown') {
    const texts = traceMarkdown(trace, logs, chosen, options, screen)
    return writeAll(context.stdout, through(markdownSafe, lines(texts)))
  }
  if (format === 'terminal') {
    if (chosen.length === 0) return writeAll(context.stdout, lines(header(trace, screen)))
    return writeWaterfall(session, read, options, asked)
  }
  const columns = SPAN_JSON_KEYS.map((name) => ({ name, ...(KINDS[name] ?? { type: 'String' }) }))
  const result = { title: 'Trace', columns, rows: rows(trace, chosen) }
  await writeResult(context.stdout, result, session.options.output, 'table', screen)
}

const NS = { type: 'Int64', unit: 'ns' } as const
const COUNT = { type: 'Int64' }
/** Of columns that --humanize writes otherwise than texts. */
const KINDS: Partial<Record<string, Omit<Column, 'name'>>> = {
  time: { type: "DateTime64(9, 'UTC')" },
  ...{ offset: NS, duration: NS, self: NS, critical: NS, shift: NS },
  ...{ depth: COUNT, weight: COUNT },
}

/** One sentence with the next command. */
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

const markdownSafe = (text: string) => withoutCommands(visible(text))
