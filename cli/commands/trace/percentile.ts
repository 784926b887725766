/** Where the durations of a trace's spans lie among those of their operations. */
import { isBareName } from '../../query/filters/bare-names.ts'
import { builtInQuery, queryRows } from '../../session/run.ts'
import type { Session } from '../../session/session.ts'
import { orElse } from '../../session/trace/locate-trace.ts'
import { unixNanos } from '../../trace/model/instant.ts'
import { storedOperation } from '../../trace/model/span-name.ts'
import type { Span, Trace } from '../../trace/model/trace.ts'

/** With fewer, a percentile says little. */
const FEWEST = 20
/** More would make one row's work too long; the longest are the ones to ask about. */
const MOST = 200
const HOUR = 3_600_000_000_000n

/**
 * Percentiles from 0 to 100 of some spans, among the spans of the same service and operation that started in the hour
 * before the trace's start or within it. Operations with fewer than 20 spans have none.
 */
export async function readPercentiles(
  session: Session,
  { origin, duration }: Trace,
  spans: Span[],
): Promise<Map<Span, number>> {
  const asked = [...spans].sort((a, b) => b.duration - a.duration).slice(0, MOST)
  if (asked.length === 0) return new Map()
  const from = BigInt(unixNanos(origin))
  const window = { from: from - HOUR, to: from + BigInt(Math.ceil(duration)) + 1n, bucket: 60 }
  const filters = { conditions: [], traceConditions: [] }
  const bareNames = asked.some(({ row }) => isBareName(row.name, row.kind))
  const source = { ...session.source, window, filters, bareNames }
  const keys = asked.map(({ row }) => `${row.service}\n${storedOperation(row)}`)
  const durations = asked.map((span) => String(Math.round(span.duration)))
  const query = builtInQuery('internal/trace/percentiles.sql', { keys, durations }, source)
  const rows = await orElse(queryRows(session, query), [])
  const byKey = new Map(rows.map((row) => [row.key, row]))
  const found = new Map<Span, number>()
  for (const [i, span] of asked.entries()) {
    const row = byKey.get(keys[i]!)
    const samples = Number(row?.samples ?? 0)
    if (samples < FEWEST) continue
    found.set(span, (100 * Number((row!.counts as number[])[i])) / samples)
  }
  return found
}
