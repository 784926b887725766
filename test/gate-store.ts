/** A collector with generated spans, and `otrace check` over them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runHere } from './otrace.ts'
import { runningCollector } from './running-collector.ts'

export interface Call {
  name: string
  /** Milliseconds. */
  took: number
  service?: string
  error?: boolean
  attributes?: Record<string, string>
  resource?: Record<string, string>
  /** The id of a span that is not stored. */
  parent?: string
  traceState?: string
  exception?: string
  /** Statements below it. */
  statements?: string[]
  trace?: string
  /** The span's id, for its children. */
  id?: string
}

let count = 0
const hex = (digits: number) => (++count).toString(16).padStart(digits, '0')
const list = (map: Record<string, string>) =>
  Object.entries(map).map(([key, stringValue]) => ({ key, value: { stringValue } }))

/** One trace a call as OTLP, spread evenly over the last minutes. */
export function otlp(calls: Call[], { minutesAgo = 2, over = 60 } = {}) {
  const end = Date.now() - minutesAgo * 60_000
  return {
    resourceSpans: calls.map((call, i) => {
      const { service = 'shop', resource = {}, attributes = {}, statements = [] } = call
      const at = BigInt(Math.round(end - over * 1000 * (1 - i / calls.length))) * 1_000_000n
      const traceId = call.trace ?? hex(32)
      const spanId = call.id ?? hex(16)
      const span = (name: string, more: object, took: number) => ({
        traceId,
        spanId: hex(16),
        name,
        startTimeUnixNano: String(at),
        endTimeUnixNano: String(at + BigInt(Math.round(took * 1e6))),
        ...more,
      })
      const own = {
        spanId,
        kind: 2,
        attributes: list(attributes),
        ...(call.parent ? { parentSpanId: call.parent } : {}),
        ...(call.traceState ? { traceState: call.traceState } : {}),
        ...(call.error ? { status: { code: 2 } } : {}),
        ...(call.exception
          ? {
              events: [
                {
                  name: 'exception',
                  timeUnixNano: String(at),
                  attributes: list({ 'exception.type': call.exception }),
                },
              ],
            }
          : {}),
      }
      const below = statements.map((text) =>
        span(
          'SELECT',
          {
            kind: 3,
            parentSpanId: spanId,
            attributes: list({ 'db.system.name': 'sqlite', 'db.query.text': text }),
          },
          1,
        ),
      )
      return {
        resource: { attributes: list({ 'service.name': service, ...resource }) },
        scopeSpans: [{ spans: [span(call.name, own, call.took), ...below] }],
      }
    }),
  }
}

/** Starts a collector before the tests of a file and stops it after them. */
export function gateStore() {
  const { folder, dataDir, addresses, send: sendOtlp, stored } = runningCollector()
  const env: Record<string, string> = { OTRACE_DATA: dataDir, COLUMNS: '200' }
  const send = (calls: Call[], when?: { minutesAgo?: number; over?: number }) =>
    sendOtlp(JSON.stringify(otlp(calls, when)))
  /** Sends calls, each list spread over the same minute, in one request: to store one takes 0.3 s of CPU. */
  const sendAll = (...lists: Call[][]) =>
    sendOtlp(JSON.stringify({ resourceSpans: lists.flatMap((calls) => otlp(calls).resourceSpans) }))

  /** The variables that point a process at the collector. */
  const otel = () => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: addresses().otlpHttp!,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  })

  const url = () => addresses().clickhouse

  /** Runs `otrace check` on a check file; rows of its --json by name. */
  async function check(yaml: string, args: string[] = [], more: Record<string, string> = {}) {
    const path = join(folder, 'checks.yaml')
    writeFileSync(path, yaml)
    const run = await runHere(['check', path, '--json', ...args], {
      env: { ...env, ...more },
      cwd: folder,
    })
    const rows: Record<string, unknown>[] = run.stdout.startsWith('[') ? JSON.parse(run.stdout) : []
    return { ...run, rows, verdicts: rows.map(({ verdict }) => verdict) }
  }

  return { folder, env, url, send, sendAll, stored, otel, check }
}
