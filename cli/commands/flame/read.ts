/** Reads many traces and merges them by call path. */

import type { BoundQuery } from '../../query/compose/bound-query.ts'
import { NO_FILTERS } from '../../query/filters.ts'
import type { Row } from '../../result.ts'
import { noSpans } from '../../session/empty-result.ts'
import { builtInQuery, queryBatches, queryRows } from '../../session/run.ts'
import { simplest } from '../../session/sampling.ts'
import type { Session } from '../../session/session.ts'
import { type Flame, mergeTraces } from '../../trace/flame/flame.ts'
import { buildTrace } from '../../trace/model/build.ts'
import { parseInstant, unixNanos } from '../../trace/model/instant.ts'
import { type SpanRow, spanReader } from '../../trace/model/span-row.ts'
import { plural } from '../../units/units.ts'

/** Ids in one statement: parameters are part of the URL, which servers limit to 16 KB. */
const BATCH = 200
const HOUR = 3_600_000_000_000n
/** Margins around the chosen spans in ns: the first covers most traces, the second the rest. */
const AROUND = [HOUR, 48n * HOUR] as const

/** The statement that chooses traces and their top spans. It reads one more than `most`, to detect more. */
export function flameTops({ source }: Session, most: number): BoundQuery {
  return builtInQuery('internal/trace/flame-tops.sql', { limit: most + 1 }, source)
}

/**
 * Reads traces in batches and merges them.
 * @throws OtraceError (exit 5) when no span matches the filters
 */
export async function readFlame(session: Session, most: number): Promise<Flame> {
  const { context } = session
  const [tops, { bareNames }] = await Promise.all([
    queryRows(session, flameTops(session, most)),
    simplest(session),
  ])
  const source = { ...session.source, bareNames }
  if (tops.length === 0) {
    throw await noSpans(session)
  }
  if (tops.length > most) {
    tops.pop()
    context.say(`a sample of ${plural(most, 'trace')}: there are more, see --traces`)
  }
  const { conditions, where } = source.filters
  // Conditions on the whole trace choose traces, not their top spans.
  const chosen = conditions.length > 0 || where !== undefined
  const merging = mergeTraces()
  let sampled = false
  let cut = 0
  for (let at = 0; at < tops.length; at += BATCH) {
    const batch = tops.slice(at, at + BATCH)
    const ids = batch.map((row) => String(row.trace_id))
    const read = async (ids: string[], around: bigint) => {
      const whole = { ...source, filters: NO_FILTERS, window: windowOf(batch, around) }
      const statement = builtInQuery('internal/trace/flame-spans.sql', { trace_ids: ids }, whole)
      return byTrace(await queryBatches(session, statement))
    }
    const traces = await read(ids, AROUND[0])
    const { to } = windowOf(batch, AROUND[0])
    const partial = ids.filter((id) => {
      const spans = traces.get(id) ?? []
      return hasOrphans(spans) || spans.some((span) => endOf(span) > to)
    })
    if (partial.length > 0) {
      for (const [id, spans] of await read(partial, AROUND[1])) traces.set(id, spans)
      cut += partial.filter((id) => hasOrphans(traces.get(id) ?? [])).length
    }
    for (const { trace_id, span_ids } of batch) {
      const spans = traces.get(String(trace_id))
      if (!spans) continue
      sampled ||= spans.some(({ weight }) => weight > 1)
      const from = chosen ? new Set((span_ids as string[]).map(String)) : undefined
      merging.add(buildTrace(spans), from)
    }
  }
  if (cut > 0) {
    context.say(
      `${cut} of ${plural(tops.length, 'trace has', 'traces have')} orphans: their paths begin where the parent is not stored`,
    )
  }
  if (sampled) {
    context.say(
      'calls and times extrapolated from sampled spans (--no-weight counts them as they are)',
    )
  }
  return merging.flame()
}

function hasOrphans(spans: SpanRow[]): boolean {
  const ids = new Set(spans.map(({ span_id }) => span_id))
  return spans.some(({ parent_id }) => parent_id !== '' && !ids.has(parent_id))
}

/** In ns since 1970. */
function endOf({ time, duration }: SpanRow): bigint {
  return BigInt(unixNanos(parseInstant(time))) + BigInt(duration)
}

/** `around` ns before and after the chosen spans, for their callers and callees. */
function windowOf(rows: Row[], around: bigint): { from: bigint; to: bigint; bucket: number } {
  const times = rows.flatMap((row) => [BigInt(row.first as string), BigInt(row.last as string)])
  const [from = 0n, ...later] = times.sort((a, b) => (a < b ? -1 : 1))
  const to = later.at(-1) ?? from
  return { from: from - around, to: to + around, bucket: 1 }
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
