/** Reads many traces, merges them by call path and writes the flame; loaded by `otrace flame` when it runs. */
import { formatOf } from './answer.ts'
import type { Asking } from './asking.ts'
import type { FlameFlags } from './commands/flame.ts'
import { OtraceError } from './errors.ts'
import { whyNothing } from './nothing.ts'
import { lines, writeAll, writeAnswer } from './output.ts'
import { readTemplate, writePage } from './pages.ts'
import type { Statement } from './query/compose.ts'
import type { Row } from './render/renderer.ts'
import { batchesOf, rowsOf, statementOf } from './rows-of.ts'
import { type Flame, foldedStacks, inOrder, mergeTraces } from './trace/flame.ts'
import { flamePage } from './trace/flame-page.ts'
import { flameView } from './trace/flame-view.ts'
import { type SpanRow, spanReader } from './trace/span.ts'
import { buildTrace } from './trace/tree.ts'

/** Ids in one statement: parameters travel in the address of a request, which servers bound at 16 KB. */
const BATCH = 200
const HOUR = 3_600_000_000_000n

/** The statement that chooses traces, and the spans where their paths begin; one more than `most` shows that there are more. */
export function flameTops({ source }: Asking, most: number): Statement {
  return statementOf('trace/flame-tops.sql', { limit: most + 1 }, source)
}

/**
 * Reads traces in batches and merges them.
 * @throws OtraceError (exit 5) when no span is as asked for
 */
export async function readFlame(asked: Asking, most: number): Promise<Flame> {
  const { source, context } = asked
  const tops = await rowsOf(asked, flameTops(asked, most))
  if (tops.length === 0) {
    throw new OtraceError(
      'notEnough',
      'no span in the window is as asked for',
      await whyNothing(asked),
    )
  }
  if (tops.length > most) {
    tops.pop()
    context.say(`a sample of ${most} traces: there are more, see --traces`)
  }
  const { conditions, where } = source.population
  // Conditions on the trace alone choose traces, not where their paths begin.
  const chosen = conditions.length > 0 || where !== undefined
  const merging = mergeTraces()
  let sampled = false
  for (let at = 0; at < tops.length; at += BATCH) {
    const batch = tops.slice(at, at + BATCH)
    const ids = batch.map((row) => String(row.trace_id))
    const whole = { ...source, population: NOBODY, window: windowOf(batch) }
    const statement = statementOf('trace/flame-spans.sql', { trace_ids: ids }, whole)
    const traces = await byTrace(await batchesOf(asked, statement))
    for (const { trace_id, span_ids } of batch) {
      const spans = traces.get(String(trace_id))
      if (!spans) continue
      sampled ||= spans.some(({ weight }) => weight > 1)
      const from = chosen ? new Set((span_ids as string[]).map(String)) : undefined
      merging.add(buildTrace(spans), from)
    }
  }
  if (sampled) {
    context.say(
      'calls and times extrapolated from sampled spans (--no-weight counts them as they are)',
    )
  }
  return merging.flame()
}

const NOBODY = { conditions: [], traceConditions: [] }

/** An hour around the chosen spans, for what called them and what they started. */
function windowOf(rows: Row[]): { from: bigint; to: bigint; bucket: number } {
  const times = rows.flatMap((row) => [BigInt(row.first as string), BigInt(row.last as string)])
  const [from = 0n, ...later] = times.sort((a, b) => (a < b ? -1 : 1))
  const to = later.at(-1) ?? from
  return { from: from - HOUR, to: to + HOUR, bucket: 1 }
}

async function byTrace(batches: AsyncIterable<Row[]>): Promise<Map<string, SpanRow[]>> {
  const read = spanReader()
  const traces = new Map<string, SpanRow[]>()
  for await (const batch of batches) {
    for (const span of batch.map(read)) {
      const known = traces.get(span.trace_id)
      if (known) known.push(span)
      else traces.set(span.trace_id, [span])
    }
  }
  return traces
}

/** Writes a flame in the format that the flags ask for. */
export async function tellFlame(
  asked: Asking,
  flame: Flame,
  flags: FlameFlags,
  limit: number,
): Promise<void> {
  const { context } = asked
  if (flags.html !== undefined) {
    const about = (flags.name ?? flags.service ?? []).join(', ')
    await writePage(flags.html, flamePage(flame, readTemplate('flame'), about))
    return context.say(`wrote ${flags.html}: open it in a browser`)
  }
  if (flags.output === 'folded') return writeAll(lines(foldedStacks(flame)))
  const format = formatOf(asked.flags)
  if (format === 'terminal')
    return writeAll(lines(flameView(flame, context.screen(flags.utc), limit)))
  const columns = COLUMNS.map((name) => ({ name, type: 'String' }))
  await writeAnswer(
    { title: 'Flame', columns, rows: rows(flame) },
    format,
    'table',
    context.screen(),
  )
}

const COLUMNS = ['path', 'service', 'name', 'depth', 'calls', 'errors', 'total', 'self']

function* rows({ root }: Flame): Generator<Row> {
  const paths = new Map<object, string[]>()
  for (const frame of inOrder(root)) {
    const { parent, service, name, depth, calls, errors, total, self } = frame
    if (!parent) continue
    const path = [...(paths.get(parent) ?? []), name]
    paths.set(frame, path)
    yield { path, service, name, depth, calls, errors, total, self }
  }
}
