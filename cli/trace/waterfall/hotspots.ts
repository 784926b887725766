/** The kinds of spans that take most of the critical path. */
import { formatNumber } from '../../units/units.ts'
import { operationName } from '../model/span-name.ts'
import type { SpanRow } from '../model/span-row.ts'
import type { Span, Trace } from '../model/trace.ts'

/**
 * A kind of span, its name in one line with a mark where it failed, and its part of the time that the trace took, 0 to
 * 1.
 */
export interface Spent {
  name: string
  /** ` ×24`, or `''` for a span alone. */
  times: string
  share: number
  error: boolean
}

const MOST = 4
/** Minimum share of a hotspot. */
const LEAST = 0.05

/** The key by which the critical path is summed up. */
export function pathKind({ row }: Span): string {
  return `${row.service}\0${markedName(row)}`
}

/** The name of a kind of span, with a mark for errors. */
export function markedName(row: SpanRow): string {
  return `${row.is_error ? '✗ ' : ''}${operationName(row)}`
}

/** At most four kinds with 5 % or more, the largest first; none of a trace so small that its bars say it. */
export function hotspots({ spans, pathDuration }: Trace): Spent[] {
  if (pathDuration === 0 || spans.length < 3) return []
  const kinds = new Map<string, { span: Span; ns: number; count: number }>()
  for (const span of spans) {
    if (span.critical === 0) continue
    const key = pathKind(span)
    const known = kinds.get(key) ?? { span, ns: 0, count: 0 }
    known.ns += span.critical
    known.count++
    kinds.set(key, known)
  }
  return [...kinds.values()]
    .sort((a, b) => b.ns - a.ns || a.span.order - b.span.order)
    .filter(({ ns }) => ns / pathDuration >= LEAST)
    .slice(0, MOST)
    .map(({ span: { row }, ns, count }) => ({
      name: markedName(row),
      times: count > 1 ? ` ×${formatNumber(count)}` : '',
      share: ns / pathDuration,
      error: row.is_error,
    }))
}

/** A share of them, in whole percents. */
export function percents({ share }: Spent): string {
  return `${Math.round(100 * share)}%`
}
