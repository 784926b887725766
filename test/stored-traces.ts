/** A collector with traces in it, and the built binary that is asked for them; for the tests of `otrace trace`. */
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { traceOtlp } from '../cli/trace/otlp.ts'
import type { SpanRow } from '../cli/trace/span.ts'
import { buildTrace } from '../cli/trace/tree.ts'
import { type Collector, start } from '../collector/main.ts'
import { traces } from './golden/trace/traces.ts'
import { otrace, temporaryFolder } from './otrace.ts'

/** The rows of a golden trace, under another id. */
export function traceRows(name: string, id: string): SpanRow[] {
  return traces[name]!().map((row) => ({ ...row, trace_id: id }))
}

/** Starts a collector before the tests of a file and stops it after them. */
export function storedTraces() {
  const folder = temporaryFolder()
  const env = { OTRACE_DATA: join(folder.path, 'store'), COLUMNS: '80' }
  let collector: Collector

  beforeAll(async () => {
    const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
    collector = await start({ dataDir: env.OTRACE_DATA, ...ports })
  }, 60_000)
  afterAll(async () => {
    await collector?.stop()
    folder.remove()
  })

  /** Sends OTLP as JSON, and waits until it is stored. */
  async function send(body: string, signal: 'traces' | 'logs' = 'traces'): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const url = `${collector.addresses.otlpHttp}/v1/${signal}`
    const response = await fetch(url, { method: 'POST', body, headers })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    const left = () => collector.status()[signal].received - collector.status()[signal].stored
    while (left() > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  return {
    folder: folder.path,
    env,
    send,
    sendRows: (rows: SpanRow[]) => send([...traceOtlp(buildTrace(rows))].join('')),
    trace: (...args: string[]) => otrace(['trace', ...args], { env }),
  }
}
