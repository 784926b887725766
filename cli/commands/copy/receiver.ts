/** Sends copied telemetry by OTLP/HTTP, and reads the responses. */
import { setTimeout } from 'node:timers/promises'
import type { Context } from '../../context.ts'
import { noStore, refused } from '../../errors.ts'
import type { Window } from '../../query/window.ts'
import { foreignError } from '../../store/answer.ts'
import { beginningOf } from '../../store/fetched.ts'
import type { SpanRow } from '../../trace/model/span-row.ts'
import { partialSuccess } from './partial-success.ts'

export type Signal = 'traces' | 'logs' | 'metrics'

export interface Target {
  /** For messages. */
  place: string
  /** Looks once whether the target has spans of the window. */
  expect?(window: Window): Promise<void>
  /** Says once when spans of this time, in nanoseconds, are older than the target keeps. */
  noteOld?(time: bigint): Promise<void>
  /** Which of the spans the target has; without it, the target cannot be asked. */
  known?(rows: SpanRow[]): Promise<Set<string>>
  /** Resolves when the receiver has acknowledged. @throws OtraceError where it refuses */
  send(signal: Signal, body: string | Buffer): Promise<void>
  /** Waits until what was sent can be queried, and says so if it takes too long. */
  stored?(): Promise<void>
  close(): Promise<void>
}

const ROWS: Record<Signal, string> = { traces: 'spans', logs: 'records', metrics: 'points' }

/** Attempts at a receiver that is busy or restarts, and the wait before the second, in milliseconds. */
const ATTEMPTS = 6
const WAIT_MS = 250
/** The longest wait that a receiver may ask for. */
const MOST_WAIT_MS = 30_000
/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = [429, 502, 503, 504]
/** Time limit of one answer. */
const ANSWER_MS = 60_000
const OTHER = 'name an OTLP/HTTP receiver: http://HOST:4318'

/**
 * Connects once, before anything is read.
 * @throws OtraceError (exit 3)
 */
export async function reach(base: string, signal: AbortSignal): Promise<void> {
  try {
    const waiting = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
    await beginningOf(await fetch(base, { method: 'HEAD', signal: waiting, redirect: 'manual' }))
  } catch (error) {
    const { cause } = error as { cause?: { code?: string; message?: string } }
    const why = cause?.code === 'ECONNREFUSED' ? 'connection refused' : cause?.message
    throw noStore(
      `cannot send spans to ${base}: ${why ?? (error as Error).message}`,
      'check --into, or start `otrace up`',
    )
  }
}

export function unknownPassword(what: string) {
  return refused(`${what} needs a password`, 'give --into-password, or set OTRACE_INTO_PASSWORD')
}

/** @param login the password, for which otrace's own receiver takes any user */
export function receiver(
  { base, place, login, user }: { base: string; place: string; login?: string; user?: string },
  { signal: stop, say }: Context,
  close: Target['close'],
): Target {
  const text = Buffer.from(`${user || 'otrace'}:${login}`).toString('base64')
  const authorization: Record<string, string> =
    login === undefined ? {} : { authorization: `Basic ${text}` }
  let warned = ''
  const send: Target['send'] = async (signal, body) => {
    const url = `${base.replace(/\/$/, '')}/v1/${signal}`
    const type = typeof body === 'string' ? 'application/json' : 'application/x-protobuf'
    for (let attempt = 1; ; attempt++) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': type, ...authorization },
        body: typeof body === 'string' ? body : new Uint8Array(body),
        signal: AbortSignal.any([stop, AbortSignal.timeout(ANSWER_MS)]),
        // Spans go to the address that was given, and to no other.
        redirect: 'manual',
      })
        .then(async (response) => ({ response, ...(await beginningOf(response)) }))
        .catch(() => undefined)
      const status = answer?.response.status ?? 503
      if (answer?.response.ok) {
        const said = checkAcknowledged(url, signal, answer)
        if (said !== '' && said !== warned) say(`${url} says: ${said}`)
        warned = said
        return
      }
      if (status === 401) {
        if (login === undefined) throw unknownPassword(url)
        throw refused(
          `${url} refuses the password`,
          'check --into-password or OTRACE_INTO_PASSWORD',
        )
      }
      if (answer && !RETRYABLE.includes(status)) {
        throw refused(`${url} answers ${foreignError(answer.bytes.toString(), status)}`)
      }
      if (stop.aborted || attempt === ATTEMPTS) {
        throw noStore(`${url} accepts no spans now`, 'check --into, or start `otrace up`')
      }
      const asked = 1000 * Number(answer?.response.headers.get('retry-after') ?? 0)
      const ms = Math.max(WAIT_MS * 2 ** (attempt - 1), Math.min(asked || 0, MOST_WAIT_MS))
      await setTimeout(ms, undefined, { signal: stop }).catch(() => undefined)
    }
  }
  return { place, send, close }
}

/**
 * Checks that the answer is one of OTLP, and that it refuses nothing.
 * @returns what the receiver says all the same, or nothing
 * @throws OtraceError (exit 4)
 */
function checkAcknowledged(
  url: string,
  signal: Signal,
  { response, bytes, isWhole }: { response: Response; bytes: Buffer; isWhole: boolean },
): string {
  const isProtobuf = /protobuf/.test(response.headers.get('content-type') ?? '')
  if (!isProtobuf && /^\s*</.test(bytes.toString())) {
    throw refused(`${url} answers with a web page`, OTHER)
  }
  // What it refuses may be in the rest.
  if (!isWhole) throw refused(`${url} answers with ${bytes.length} bytes or more`, OTHER)
  const { rejected, message } = partialSuccess(bytes)
  const said = foreignError(message)
  if (rejected === 0) return said
  throw refused(
    `${url} refuses ${rejected} of the request's ${ROWS[signal]}${said === '' ? '' : `: ${said}`}`,
  )
}
