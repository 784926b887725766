/** The demo's other processes: the shop and the traffic, each with its own telemetry; for `otrace demo`. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../../package.ts'
import type { TrafficSummary } from '../../server/tally.ts'
import { OtraceError } from '../errors.ts'

export interface Shop {
  url: string
  /** Asks it to stop and waits until its last span is sent. */
  stop(): Promise<void>
}

/** How far the traffic has come, in requests. */
export interface Progress {
  planned: number
  sent: number
}

const START_WITHIN_MS = 15_000
const STOP_WITHIN_MS = 8_000

/**
 * Starts the shop, with its slow disk, sending its spans to `otlp`.
 * @param port 0 for any free one
 * @throws OtraceError (exit 70 or 3) when it does not start
 */
export async function startShop(otlp: string, port: number, faults: string): Promise<Shop> {
  const child = run('main.js', [], otlp, { PORT: String(port), SHOP_FAULTS: faults })
  const complaint = collectText(child.stderr)
  const listening = new Promise<number>((resolve) => {
    child.on('message', (message: { event?: string; port?: number }) => {
      if (message.event === 'listening' && message.port) resolve(message.port)
    })
  })
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), START_WITHIN_MS).unref()
    child.once('exit', () => resolve(undefined))
  })
  const at = await Promise.race([listening, late])
  if (at === undefined) {
    child.kill('SIGKILL')
    throw new OtraceError('noStore', `the shop did not start: ${complaint().trim()}`)
  }
  return { url: `http://127.0.0.1:${at}`, stop: () => end(child) }
}

/**
 * Drives traffic at the shop until it is over, and gives back what was answered.
 * @param seconds how long
 * @throws OtraceError when the driver fails
 */
export async function driveTraffic(
  shop: Shop,
  otlp: string,
  { seconds, rate, seed }: { seconds: number; rate: number; seed: number },
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<TrafficSummary> {
  const args = ['--url', shop.url, '--duration', String(seconds), '--rate', String(rate)]
  const child = run('traffic.js', [...args, '--seed', String(seed)], otlp, {})
  const stop = () => child.kill('SIGTERM')
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  child.on('message', (message: Progress & { event?: string }) => {
    if (message.event === 'progress') onProgress(message)
  })
  const output = collectText(child.stdout)
  const complaint = collectText(child.stderr)
  await once(child, 'close')
  signal.removeEventListener('abort', stop)
  try {
    return JSON.parse(output()) as TrafficSummary
  } catch {
    throw new OtraceError('bug', `the traffic did not end well: ${complaint().trim()}`)
  }
}

/** `preferred` when nothing listens there, else 0, which means any free port. */
export async function freePort(preferred: number): Promise<number> {
  const server = createServer()
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(preferred, '127.0.0.1', () => resolve(true))
  })
  if (!free) return 0
  server.close()
  await once(server, 'close')
  return preferred
}

function run(file: string, args: string[], otlp: string, env: Record<string, string>) {
  const path = fileURLToPath(new URL(`dist/server/${file}`, packageRoot))
  if (!existsSync(path)) throw new OtraceError('bug', `${path} is missing`, 'npm run build')
  return fork(path, args, {
    env: {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  })
}

/** The last of what a stream says; audit lines of a whole demo are not kept. */
function collectText(stream: NodeJS.ReadableStream | null): () => string {
  let text = ''
  stream?.setEncoding('utf8').on('data', (part: string) => {
    text = (text + part).slice(-65_536)
  })
  return () => text
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const forced = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
  await ended
  clearTimeout(forced)
}
