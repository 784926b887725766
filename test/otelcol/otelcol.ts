/** A real OpenTelemetry Collector, built once from its Go modules, outside of the repository. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { builtWithGo } from '../built-with-go.ts'

/** For the names of tests that need it: without it they are skipped. */
export const BUILT = 'OTRACE_LONG=1 builds it'

/**
 * The collector, if it is built already. With OTRACE_LONG=1 it is built first: minutes, and 2 GB of Go's caches.
 * @returns undefined without one
 */
export async function otelcol(): Promise<string | undefined> {
  return process.env.OTRACE_TEST_OTELCOL ?? (await builtWithGo('otelcol'))
}

export interface Otelcol {
  /** What it wrote to its log. */
  log(): string
  /** Resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts it with a configuration, and waits until it says that it is ready. @throws its log if it ends before */
export async function startOtelcol(
  binary: string,
  config: object,
  inFolder: string,
): Promise<Otelcol> {
  const file = join(inFolder, `otelcol-${Math.random().toString(36).slice(2)}.yaml`)
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config))
  const child = spawn(binary, ['--config', file])
  let log = ''
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log += text
      if (log.includes('Everything is ready')) resolve()
    })
    child.on('close', () => reject(new Error(log)))
  })
  rmSync(file)
  return { log: () => log, stop: (signal) => end(child, ended, signal) }
}

function end(child: ChildProcess, ended: Promise<number | null>, signal?: NodeJS.Signals) {
  child.kill(signal ?? 'SIGTERM')
  return ended
}

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** Sends root spans of a service to an OTLP/HTTP port. Their ids count from 1, their times from now. */
export async function sendSpans(port: number, service: string, count: number): Promise<void> {
  const now = BigInt(Date.now()) * 1_000_000n
  const spans = Array.from({ length: count }, (_, i) => ({
    traceId: createHash('md5').update(String(i)).digest('hex'),
    spanId: (i + 1).toString(16).padStart(16, '0'),
    name: 'GET /a',
    kind: 2,
    startTimeUnixNano: String(now),
    endTimeUnixNano: String(now + 1_000_000n),
  }))
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] }
  const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
  })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
}

/** One pipeline from OTLP/HTTP to some exporters. */
export function pipeline(
  port: number,
  exporters: Record<string, object>,
  more: object = {},
): object {
  return {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters,
    ...more,
    service: {
      extensions: 'extensions' in more ? ['file_storage'] : [],
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: { receivers: ['otlp'], exporters: Object.keys(exporters) } },
    },
  }
}
