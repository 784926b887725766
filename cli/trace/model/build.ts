/** One trace from its rows: a forest that holds every stored span once. */

import { fixSkew } from './clock-skew.ts'
import { criticalPath } from './critical-path.ts'
import { dedupe } from './duplicates.ts'
import { findings } from './findings.ts'
import { buildForest, rebase, toSpans, undoSkewFix } from './forest.ts'
import { moved } from './instant.ts'
import { repeatedCalls } from './n-plus-one.ts'
import { linkParents } from './parents.ts'
import { selfTimes } from './self-time.ts'
import type { SpanRow } from './span-row.ts'
import { numberCalls } from './target.ts'
import type { Span, Trace } from './trace.ts'

export interface BuildOptions {
  /** Show spans in corrected times (see clock-skew.ts). */
  fixSkew?: boolean
  /** The present as ISO text, without which no trace is called unfinished. */
  now?: string
}

/**
 * One trace from its rows, in any order. O(n log n) and without recursion: 100,000 levels are fine.
 * @throws RangeError without rows, as a trace without spans has no start
 */
export function buildTrace(rows: readonly SpanRow[], options: BuildOptions = {}): Trace {
  if (rows.length === 0) throw new RangeError('a trace has at least one span')
  const stored = toSpans(rows)
  const { spans: unique, duplicates } = dedupe(stored.spans)
  const sharedIds = linkParents(unique)
  let forest = buildForest(unique)
  // Path and self times use corrected clocks: by a wrong one, a call runs before its cause.
  const skewed = fixSkew(forest.spans) > 0
  const first = skewed ? rebase(unique) : 0
  if (skewed) forest = buildForest(unique)
  const main = mainSpan(forest.spans)
  selfTimes(forest.spans)
  const path = criticalPath(forest.spans, main)
  if (skewed && !options.fixSkew) {
    undoSkewFix(unique, path.segments, first)
    forest = buildForest(unique)
  }
  const { spans, roots, missing } = forest
  numberCalls(spans)
  const trace = {
    id: spans[0]!.row.trace_id,
    origin: options.fixSkew ? moved(stored.origin, first) : stored.origin,
    duration: lastEnd(spans),
    spans,
    roots,
    missing,
    main,
    duplicates,
    sharedIds,
    services: countServices(spans),
    errors: spans.reduce((sum, span) => sum + (span.row.is_error ? 1 : 0), 0),
    depth: spans.reduce((deepest, span) => Math.max(deepest, span.depth + 1), 0),
    critical: path.segments,
    pathDuration: path.duration,
    repeats: repeatedCalls(spans),
  }
  const found = findings(trace, options.now)
  return { ...trace, findings: found, complete: !found.some(({ incomplete }) => incomplete) }
}

function lastEnd(spans: Span[]): number {
  return spans.reduce((last, { end }) => Math.max(last, end), 0)
}

function mainSpan(spans: Span[]): Span {
  const tops = spans.filter((span) => !span.parent)
  const roots = tops.filter((span) => span.place === 'root')
  return (roots.length > 0 ? roots : tops).reduce((main, span) =>
    span.duration > main.duration ? span : main,
  )
}

function countServices(spans: Span[]): Trace['services'] {
  const services: Trace['services'] = new Map()
  for (const { row } of spans) {
    const count = services.get(row.service) ?? { spans: 0, errors: 0 }
    count.spans++
    if (row.is_error) count.errors++
    services.set(row.service, count)
  }
  return services
}
