/** Which log records of a trace stand beside which span; used by the waterfall and the page. */
import type { LogRow } from './span.ts'
import type { Span, Trace } from './tree.ts'

/** By span id, earliest first. */
export function logsBySpan(logs: readonly LogRow[]): Map<string, LogRow[]> {
  const bySpan = new Map<string, LogRow[]>()
  for (const log of [...logs].sort((a, b) => (a.time < b.time ? -1 : 1))) {
    const known = bySpan.get(log.span_id)
    if (known) known.push(log)
    else bySpan.set(log.span_id, [log])
  }
  return bySpan
}

/** Records whose span is not stored, or that name none. */
export function looseLogs(logs: Map<string, LogRow[]>, { spans }: Trace): LogRow[] {
  if (logs.size === 0) return []
  const ids = new Set(spans.map(({ row }) => row.span_id))
  return [...logs].flatMap(([id, some]) => (id !== '' && ids.has(id) ? [] : some))
}

/** The stored spans that records name, by id. */
export function spansOfLogs({ spans }: Trace, logs: readonly LogRow[]): Map<string, Span> {
  if (logs.length === 0) return new Map()
  const named = new Set(logs.map(({ span_id }) => span_id))
  const found = spans.filter(({ row }) => row.span_id !== '' && named.has(row.span_id))
  return new Map(found.map((span) => [span.row.span_id, span]))
}
