/** A collector with stored traces, and `otrace trace` over them. */
import { traceOtlp } from '../cli/trace/export/otlp.ts'
import { buildTrace } from '../cli/trace/model/build.ts'
import type { SpanRow } from '../cli/trace/model/span-row.ts'
import { traces } from './golden/trace/traces.ts'
import { runHere } from './otrace.ts'
import { runningCollector } from './running-collector.ts'

/** The rows of a golden trace with another id. */
export function traceRows(name: string, id: string): SpanRow[] {
  return traces[name]!().map((row) => ({ ...row, trace_id: id }))
}

/** Several traces as one request: to store a request takes 0.3 s of CPU. */
function requestOf(traces: SpanRow[][]): string {
  const [first = '', ...others] = traces.map((rows) => [...traceOtlp(buildTrace(rows))].join(''))
  if (others.length === 0) return first
  const resourceSpans = [first, ...others].flatMap((text) => JSON.parse(text).resourceSpans)
  return JSON.stringify({ resourceSpans })
}

/** Starts a collector before the tests of a file and stops it after them. */
export function storedTraces() {
  const { folder, dataDir, send, stored, addresses } = runningCollector()
  const env = { OTRACE_DATA: dataDir, COLUMNS: '80' }
  return {
    folder,
    env,
    send,
    stored,
    addresses,
    sendRows: (...traces: SpanRow[][]) => send(requestOf(traces)),
    trace: (...args: string[]) => runHere(['trace', ...args], { env }),
  }
}
