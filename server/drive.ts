/** Drives traffic at a shop and counts what it answers; for traffic.ts. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Attributes,
  context,
  propagation,
  type Span,
  SpanStatusCode,
} from '@opentelemetry/api'
import { Agent, request } from 'undici'
import { packageVersion } from '../package.ts'
import { createErrands, type Errand } from './errands.ts'
import { inGenerations } from './semconv.ts'
import { inClientSpan } from './spans.ts'
import { createTally, type Outcome, type TrafficSummary } from './tally.ts'

interface DriveOptions {
  /** Where the shop listens, without a path: http://127.0.0.1:8000 */
  url: string
  /** Decides what is asked, in which order. */
  seed: number
  /** Requests a second, evenly spaced. Sent on time, whether or not those before were answered. */
  rate: number
  durationMs: number
  /** Sends no more once aborted; what was sent is still waited for and counted. */
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/** How far the traffic has come, in requests. */
interface Progress {
  planned: number
  sent: number
  answered: number
}

const REQUEST_TIMEOUT_MS = 10_000
const PROGRESS_EVERY_MS = 100
const CONNECTIONS = 64
// So many without an answer, and the shop is stuck: more would only fill the memory of both.
const MAX_IN_FLIGHT = 1000

const USER_AGENT = `shop-traffic/${packageVersion()}`

/** Sends `rate` × duration requests and resolves when the last is answered or given up, 10 s after it was sent at the latest. */
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

/** One request inside its client span, which the shop's own spans hang below. Never throws. */
function run(errand: Errand, base: string, dispatcher: Agent): Promise<Outcome> {
  const url = new URL(errand.path, base)
  return inClientSpan(errand.method, requestAttributes(errand, url), async (span) => {
    const headers: Record<string, string> = { 'user-agent': USER_AGENT }
    propagation.inject(context.active(), headers)
    const { user } = errand
    if (user) headers.authorization = `Basic ${btoa(`${user.id}:${user.password}`)}`
    const { statusCode, body } = await request(url, {
      dispatcher,
      method: errand.method,
      headers:
        errand.method === 'POST' ? { ...headers, 'content-type': 'application/json' } : headers,
      body: errand.method === 'POST' ? requestBody(errand) : undefined,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    await body.dump()
    answered(span, statusCode)
    return statusCode
  }).catch((error: Error) => (error.name === 'TimeoutError' ? 'timeout' : 'failure'))
}

function requestBody({ malformedBody, quantity }: Errand): string {
  return malformedBody ?? JSON.stringify({ quantity })
}

// https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
function requestAttributes({ method, route }: Errand, url: URL): Attributes {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  return inGenerations(
    'http',
    {
      'http.request.method': method,
      'server.address': url.hostname,
      'server.port': port,
      'url.full': url.href,
      'url.scheme': url.protocol.slice(0, -1),
      'url.path': url.pathname,
      'url.template': route,
      'user_agent.original': USER_AGENT,
    },
    {
      'http.method': method,
      'http.url': url.href,
      'http.target': url.pathname,
      'http.host': url.host,
      'http.scheme': url.protocol.slice(0, -1),
      'http.user_agent': USER_AGENT,
      'net.peer.name': url.hostname,
      'net.peer.port': port,
    },
  )
}

/** To a client, unlike to a server, every status from 400 on is an error. */
function answered(span: Span, status: number): void {
  span.setAttributes(
    inGenerations('http', { 'http.response.status_code': status }, { 'http.status_code': status }),
  )
  if (status < 400) return
  span.setAttribute('error.type', String(status))
  span.setStatus({ code: SpanStatusCode.ERROR })
}
