/** Requests to a shop at a steady rate, and a count of its responses. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import { packageVersion } from '../../package.ts'
import { send } from '../telemetry/http-client.ts'
import { createErrands, type Errand } from './errands.ts'
import { createTally, type Outcome, type TrafficSummary } from './tally.ts'

interface DriveOptions {
  /** Where the shop listens, without a path: http://127.0.0.1:8000 */
  url: string
  /** Determines the requests and their order. */
  seed: number
  /** Requests per second, evenly spaced and sent without waiting for responses. */
  rate: number
  durationMs: number
  /** Stops sending. Requests in flight are still awaited and counted. */
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/** Progress, in requests. */
interface Progress {
  planned: number
  sent: number
  answered: number
}

const REQUEST_TIMEOUT_MS = 10_000
const PROGRESS_EVERY_MS = 100
const CONNECTIONS = 64
// With this many unanswered requests the shop is stuck. More would only fill memory.
const MAX_IN_FLIGHT = 1000

const USER_AGENT = `shop-traffic/${packageVersion()}`

/** Sends `rate` × duration requests. Resolves when each is answered or timed out after 10 s. */
export async function drive(options: DriveOptions): Promise<TrafficSummary> {
  const { rate, durationMs, signal, onProgress } = options
  const planned = Math.round((rate * durationMs) / 1000)
  const nextErrand = createErrands(options.seed)
  const tally = createTally(options.seed)
  const dispatcher = new Agent({ connections: CONNECTIONS })
  const inFlight = new Set<Promise<void>>()
  let sent = 0
  const report = () => onProgress?.({ planned, sent, answered: sent - inFlight.size })
  const reporting = setInterval(report, PROGRESS_EVERY_MS)
  const start = performance.now()
  try {
    while (sent < planned && !signal?.aborted) {
      const wait = start + (sent * 1000) / rate - performance.now()
      if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => {})
      if (inFlight.size >= MAX_IN_FLIGHT) await Promise.race(inFlight)
      if (signal?.aborted) break
      sent++
      const errand = nextErrand()
      const answer = run(errand, options.url, dispatcher).then((outcome) => {
        tally.add(errand, outcome)
        inFlight.delete(answer)
      })
      inFlight.add(answer)
    }
    await Promise.all(inFlight)
    report()
    return tally.summary()
  } finally {
    clearInterval(reporting)
    await dispatcher.close()
  }
}

/** Sends one request inside its client span, the parent of the shop's spans. Never throws. */
async function run(errand: Errand, base: string, dispatcher: Agent): Promise<Outcome> {
  const { method, route, path, user } = errand
  try {
    const { status } = await send({
      name: method,
      method,
      url: new URL(path, base),
      route,
      dispatcher,
      timeoutMs: REQUEST_TIMEOUT_MS,
      headers: user && { authorization: `Basic ${btoa(`${user.id}:${user.password}`)}` },
      userAgent: USER_AGENT,
      body: method === 'POST' ? requestBody(errand) : undefined,
    })
    return status
  } catch (error) {
    return (error as Error).name === 'TimeoutError' ? 'timeout' : 'failure'
  }
}

function requestBody({ malformedBody, quantity }: Errand): string {
  return malformedBody ?? JSON.stringify({ quantity })
}
