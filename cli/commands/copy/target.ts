/** Where copied telemetry goes: an OTLP address, or a data directory. */
import type { Context } from '../../context.ts'
import { noStore, refused, usage } from '../../errors.ts'
import { dataDirectory } from '../../store/data-dir.ts'
import { openReceiver } from '../../store/local.ts'

export type Signal = 'traces' | 'logs' | 'metrics'

export interface Target {
  /** For messages. */
  place: string
  /** Resolves when the receiver has acknowledged. @throws OtraceError where it refuses */
  send(signal: Signal, body: string | Buffer): Promise<void>
  close(): Promise<void>
}

/** Attempts at a receiver that is busy or restarts, and the wait before the second, in milliseconds. */
const ATTEMPTS = 6
const WAIT_MS = 250
/** Time limit of one answer. */
const ANSWER_MS = 60_000
/** Characters of an answer that an error quotes. */
const SHOWN = 200
/** Characters of an answer that are read. */
const MOST_TEXT = 65_536

/**
 * @param into the value of --into: base address of an OTLP/HTTP receiver, or a directory; the local store by default
 * @throws OtraceError (exit 2, 3)
 */
export async function openTarget(into: string | undefined, context: Context): Promise<Target> {
  if (into !== undefined && /^https?:/.test(into)) {
    if (!URL.canParse(into))
      throw usage(`--into '${into}' is not an address`, 'write http://HOST:4318')
    await reach(into, context.signal)
    return receiver(into, context, async () => {})
  }
  const { url, close } = await openReceiver(dataDirectory(into, context.env))
  return receiver(url, context, async () => void (await close()))
}

/**
 * Connects once, before anything is read.
 * @throws OtraceError (exit 3)
 */
async function reach(base: string, signal: AbortSignal): Promise<void> {
  try {
    const waiting = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
    await startOf(await fetch(base, { method: 'HEAD', signal: waiting, redirect: 'manual' }))
  } catch (error) {
    const { cause } = error as { cause?: { code?: string; message?: string } }
    const why = cause?.code === 'ECONNREFUSED' ? 'connection refused' : cause?.message
    throw noStore(
      `cannot send spans to ${base}: ${why ?? (error as Error).message}`,
      'check --into, or start `otrace up`',
    )
  }
}

function receiver(base: string, { signal: stop }: Context, close: Target['close']): Target {
  const send: Target['send'] = async (signal, body) => {
    const url = `${base.replace(/\/$/, '')}/v1/${signal}`
    const type = typeof body === 'string' ? 'application/json' : 'application/x-protobuf'
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': type },
        body: typeof body === 'string' ? body : new Uint8Array(body),
        signal: AbortSignal.any([stop, AbortSignal.timeout(ANSWER_MS)]),
        // Spans go to the address that was given, and to no other.
        redirect: 'manual',
      }).catch((error: Error) => error)
      const isLate = response instanceof Error || response.status === 429 || response.status === 503
      if (!(response instanceof Error) && response.ok) return void (await startOf(response))
      if (!isLate) throw refused(`${url} answers ${response.status}: ${await startOf(response)}`)
      if (stop.aborted || attempt === ATTEMPTS) {
        throw noStore(`${url} accepts no spans now`, 'check --into, or start `otrace up`')
      }
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS * 2 ** (attempt - 1)))
    }
  }
  return { place: base, send, close }
}

/** The first characters of an answer, which may be endless. */
async function startOf(response: Response): Promise<string> {
  let text = ''
  for await (const piece of response.body ?? []) {
    text += Buffer.from(piece).toString('latin1')
    if (text.length > MOST_TEXT) break
  }
  return Buffer.from(text, 'latin1').toString().slice(0, SHOWN)
}
