/** The child processes of `otrace shop` and `otrace demo`: the shop and its traffic. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../../../package.ts'
import type { TrafficSummary } from '../../../server/traffic/tally.ts'
import { noStore, OtraceError } from '../../errors.ts'

export interface Shop {
  url: string
  /** Resolves when the process has ended, for any reason. */
  ended: Promise<void>
  /** Begins faults that SHOP_FAULTS_AFTER delays. */
  beginFaults(): void
  /** Stops the shop after it has sent its last span. */
  stop(): Promise<void>
}

/** What `startShop` passes on. */
interface Listening {
  /** Variables of the process. */
  env?: Record<string, string>
  /** Gets the audit lines. */
  onOutput?: (text: string) => void
  /** Gets the errors of the shop after its start. */
  onErrors?: (text: string) => void
}

/** Progress of the traffic, in requests. */
export interface Progress {
  planned: number
  sent: number
}

const START_WITHIN_MS = 60_000
const STOP_WITHIN_MS = 8_000

/**
 * Starts the shop with the given faults; it exports to `otlp`.
 * @param port 0 for any free one
 * @throws OtraceError (exit 70 or 3) when it does not start
 */
export async function startShop(
  otlp: string,
  port: number,
  faults: string,
  { env = {}, onOutput, onErrors }: Listening = {},
): Promise<Shop> {
  const child = run('main.js', [], otlp, { ...env, PORT: String(port), SHOP_FAULTS: faults })
  const complaint = collectText(child.stderr)
  if (onOutput) child.stdout?.setEncoding('utf8').on('data', onOutput)
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
    const missing = /Cannot find package '([^']+)'/.exec(complaint())?.[1]
    if (missing !== undefined) {
      throw noStore(
        `the shop needs the optional package ${missing}, which is not installed`,
        'install otrace without --omit=optional',
      )
    }
    throw noStore(`the shop did not start: ${complaint().trim()}`)
  }
  child.stderr?.on('data', (text: string) => {
    if (!text.startsWith('{"event":"listening"')) onErrors?.(text)
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    url: `http://127.0.0.1:${at}`,
    ended,
    beginFaults: () => child.send('begin faults'),
    stop: () => end(child),
  }
}

/**
 * Sends traffic to the shop until its time is up, and returns a summary of the responses.
 * @param seconds duration
 * @throws OtraceError when the driver fails
 */
export async function driveTraffic(
  shop: Shop,
  otlp: string,
  { seconds, rate, seed }: { seconds: number; rate: number; seed: number },
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
  env: Record<string, string> = {},
): Promise<TrafficSummary> {
  const args = ['--url', shop.url, '--duration', String(seconds), '--rate', String(rate)]
  const child = run('traffic/main.js', [...args, '--seed', String(seed)], otlp, env)
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

/** `preferred` when nothing listens there, else 0 for any free port. */
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

/** The end of a stream's text; the audit lines of a whole demo would take too much memory. */
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
