/** Which log records of a trace stand beside which span; used by the waterfall and the page. */
import type { LogRow } from './span.ts'
import type { Trace } from './tree.ts'

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
