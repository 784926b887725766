/** Fixtures for the tests of the shop: in process, as processes, and an OTLP receiver. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { onTestFinished } from 'vitest'
import { packageRoot } from '../package.ts'
import { removeFolder } from '../test/folder.ts'
import { killed } from '../test/killed.ts'
import { createFaults } from './faults.ts'
import { openShop } from './shop.ts'

/** Records the spans of this process. Call it once for each test file. */
export function recordSpans() {
  const exporter = new InMemorySpanExporter()
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  provider.register()
  return {
    /** The spans that ended since the last call, by start time. */
    take(): ReadableSpan[] {
      const spans = [...exporter.getFinishedSpans()]
      exporter.reset()
      const order = ([s, ns]: ReadableSpan['startTime'], [t, nt]: ReadableSpan['startTime']) =>
        s - t || ns - nt
      return spans.sort((a, b) => order(a.startTime, b.startTime))
    },
  }
}

/** A database file in a folder that is removed after the test. */
export function temporaryFile(): string {
  return join(temporaryFolder(), 'shop.db')
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shop-test-'))
  onTestFinished(() => removeFolder(folder))
  return folder
}

/** Opens a freshly seeded shop in this process. */
export async function openTestShop(faults = '') {
  const file = temporaryFile()
  const shop = await openShop(file, createFaults(faults))
  onTestFinished(() => shop.close())
  return { file, app: shop.app, refill: shop.refill }
}

/** A purchase, for `app.request()` and for fetch. */
export function purchase(user: { id: string; password: string }, body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${user.id}:${user.password}`)}`,
      'content-type': 'application/json',
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

interface Running {
  process: ChildProcess
  /** Its folder for temporary files. */
  tmp: string
  /** From its message `listening`. */
  port: number
  /** Sends SIGTERM and returns its output and exit code. */
  stop(): Promise<Ended>
}

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Starts the built shop and waits until it is listening. */
export async function startShop(env: Record<string, string> = {}): Promise<Running> {
  const { process, tmp, ended } = spawn('main.js', [], { PORT: '0', ...env })
  const [{ port }] = (await Promise.race([
    once(process, 'message'),
    ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ])) as [{ port: number }]
  return {
    process,
    tmp,
    port,
    stop() {
      process.kill('SIGTERM')
      return ended
    },
  }
}

/** Runs one of the built processes to its end. */
export function runToEnd(
  script: 'main.js' | 'traffic/main.js',
  args: string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  return spawn(script, args, env).ended
}

/** Starts one of the built processes. */
export function spawn(
  script: 'main.js' | 'traffic/main.js',
  args: string[],
  env: Record<string, string>,
) {
  const path = fileURLToPath(new URL(`dist/server/${script}`, packageRoot))
  if (!existsSync(path)) throw new Error(`${path} is not there: npm run build`)
  // OTEL_* variables of the developer's shell would change the outcome.
  const tmp = temporaryFolder()
  const inherited = { PATH: globalThis.process.env.PATH, TMPDIR: tmp }
  const process = fork(path, args, { env: { ...inherited, ...env }, silent: true })
  onTestFinished(() => killed(process))
  const ended = Promise.all([
    text(process.stdout!),
    text(process.stderr!),
    once(process, 'exit'),
  ]).then(([stdout, stderr, [code]]): Ended => ({ stdout, stderr, code }))
  return { process, tmp, ended }
}

interface OtlpAttribute {
  key: string
  value: Record<string, unknown>
}

/** A span or log record from OTLP JSON, with resource and attributes as plain objects. */
interface Received {
  name: string
  kind: number
  traceId: string
  spanId: string
  parentSpanId?: string
  body?: { stringValue: string }
  status?: { code?: number }
  events?: unknown[]
  attributes: Record<string, unknown>
  resource: Record<string, unknown>
}

/** Starts an OTLP endpoint, and returns the variables that point a process at it. */
export async function startReceiver() {
  const spans: Received[] = []
  const logs: Received[] = []
  const server = createServer(async (request, response) => {
    const payload = JSON.parse(await text(request))
    for (const { resource, scopeSpans } of payload.resourceSpans ?? []) {
      for (const scope of scopeSpans) spans.push(...scope.spans.map(flatten(resource)))
    }
    for (const { resource, scopeLogs } of payload.resourceLogs ?? []) {
      for (const scope of scopeLogs) logs.push(...scope.logRecords.map(flatten(resource)))
    }
    response.setHeader('content-type', 'application/json').end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  }
  return { spans, logs, env }
}

function flatten(resource: { attributes: OtlpAttribute[] }) {
  const plain = (attributes: OtlpAttribute[]) =>
    Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
  return (item: Received & { attributes: OtlpAttribute[] }): Received => ({
    ...item,
    attributes: plain(item.attributes),
    resource: plain(resource.attributes),
  })
}
