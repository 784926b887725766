/** Where copied telemetry goes: an OTLP address, or a data directory. */
import { isAbsolute } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Context } from '../../context.ts'
import { noStore, refused, usage } from '../../errors.ts'
import { type BoundQuery, windowParams } from '../../query/compose.ts'
import { readSql } from '../../query/files.ts'
import type { Window } from '../../query/window.ts'
import { foreignError } from '../../store/answer.ts'
import { openUrl, readAll } from '../../store/client.ts'
import { dataDirectory } from '../../store/data-dir.ts'
import { beginningOf } from '../../store/fetched.ts'
import { DEFAULT_LIMITS } from '../../store/limits.ts'
import { openReceiver, servedAt } from '../../store/local.ts'
import type { SpanRow } from '../../trace/model/span-row.ts'

export type Signal = 'traces' | 'logs' | 'metrics'

export interface Target {
  /** For messages. */
  place: string
  /** Looks once whether the target has spans of the window. */
  expect?(window: Window): Promise<void>
  /** Which of the spans the target has; without it, the target cannot be asked. */
  known?(rows: SpanRow[]): Promise<Set<string>>
  /** Resolves when the receiver has acknowledged. @throws OtraceError where it refuses */
  send(signal: Signal, body: string | Buffer): Promise<void>
  close(): Promise<void>
}

/** Attempts at a receiver that is busy or restarts, and the wait before the second, in milliseconds. */
const ATTEMPTS = 6
const WAIT_MS = 250
/** Time limit of one answer. */
const ANSWER_MS = 60_000
/** Nanoseconds. */
const DAY = 86_400_000_000_000n
/** Days that a collector keeps by default. */
const KEPT_DAYS = 7

/**
 * @param into the value of --into: base address of an OTLP/HTTP receiver, or a directory; the local store by default
 * @param source the place of the store that is copied
 * @throws OtraceError (exit 2, 3)
 */
export async function openTarget(
  into: string | undefined,
  context: Context,
  source?: string,
): Promise<Target> {
  if (into !== undefined && /^https?:/.test(into)) {
    if (!URL.canParse(into))
      throw usage(`--into '${into}' is not an address`, 'write http://HOST:4318')
    await reach(into, context.signal)
    return receiver(into, into, context, async () => {})
  }
  const directory = dataDirectory(into, context.env)
  const served = await servedAt(directory)
  if (source === directory || (source !== undefined && source === served)) {
    throw usage(
      `${directory} would be copied into itself`,
      'name the store to read with --url, --profile or --data, or another one with --into',
    )
  }
  if (source !== undefined && isAbsolute(source) && served === undefined) {
    throw usage(
      `${source} and ${directory} cannot both be open in one process`,
      `run \`otrace up --data ${directory}\` meanwhile`,
    )
  }
  const { url, clickhouse, close } = await openReceiver(directory)
  const target = receiver(url, directory, context, async () => void (await close()))
  return source === undefined
    ? target
    : { ...target, ...asked(clickhouse, directory, context, served !== undefined) }
}

/** What a local store says of its spans, once it has stored all that it acknowledged. */
function asked(
  url: string,
  place: string,
  { signal, now, say }: Context,
  served: boolean,
): Required<Pick<Target, 'expect' | 'known'>> {
  const store = openUrl({ url, place, local: true, limits: DEFAULT_LIMITS, signal })
  let isEmpty = false
  const rows = async (path: string, params: BoundQuery['params']) =>
    readAll((await store.ask({ sql: readSql(path), params })).batches)
  return {
    async expect(window) {
      for (;;) {
        const traces = (await store.collector())?.signals.find(({ signal }) => signal === 'traces')
        if (!traces || traces.waiting === 0) break
        if (traces.failure !== undefined)
          throw noStore(`${place} stores nothing: ${traces.failure}`)
        signal.throwIfAborted()
        await setTimeout(WAIT_MS)
      }
      isEmpty = (await rows('internal/copy/any-stored.sql', windowParams(window))).length === 0
      const age = Number((now() - window.from) / DAY) + 1
      if (served && age > (store.retention?.days ?? age)) {
        throw usage(
          `the collector of ${place} keeps ${store.retention?.days} days, and the spans are ${age} days old`,
          `start it again with --retention ${age + 30}d`,
        )
      }
      if (!served && age > KEPT_DAYS)
        say(`\`otrace up\` drops days older than 7: start it with --retention ${age + 30}d`)
    },
    async known(spans) {
      if (isEmpty) return new Set()
      const times = spans.map(({ time }) => time).sort()
      const trace_ids = [...new Set(spans.map(({ trace_id }) => trace_id))]
      const range = { first: bound(times[0]!), last: bound(times.at(-1)!) }
      return new Set((await rows('internal/copy/stored.sql', { trace_ids, ...range })).map(keyOf))
    },
  }
}

/** A span within a store. */
export const keyOf = (span: { trace_id?: unknown; span_id?: unknown }) =>
  `${span.trace_id} ${span.span_id}`

/** As the server binds a DateTime64. */
const bound = (time: string) => time.replace('T', ' ').replace('Z', '')

/**
 * Connects once, before anything is read.
 * @throws OtraceError (exit 3)
 */
async function reach(base: string, signal: AbortSignal): Promise<void> {
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

function receiver(
  base: string,
  place: string,
  { signal: stop }: Context,
  close: Target['close'],
): Target {
  const send: Target['send'] = async (signal, body) => {
    const url = `${base.replace(/\/$/, '')}/v1/${signal}`
    const type = typeof body === 'string' ? 'application/json' : 'application/x-protobuf'
    for (let attempt = 1; ; attempt++) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': type },
        body: typeof body === 'string' ? body : new Uint8Array(body),
        signal: AbortSignal.any([stop, AbortSignal.timeout(ANSWER_MS)]),
        // Spans go to the address that was given, and to no other.
        redirect: 'manual',
      })
        .then(async (response) => ({ response, ...(await beginningOf(response)) }))
        .catch(() => undefined)
      const status = answer?.response.status ?? 503
      if (answer?.response.ok) return checkAcknowledged(url, answer.bytes)
      if (answer && status !== 429 && status !== 503) {
        throw refused(`${url} answers ${foreignError(answer.bytes.toString(), status)}`)
      }
      if (stop.aborted || attempt === ATTEMPTS) {
        throw noStore(`${url} accepts no spans now`, 'check --into, or start `otrace up`')
      }
      await setTimeout(WAIT_MS * 2 ** (attempt - 1))
    }
  }
  return { place, send, close }
}

/**
 * Checks that the answer is one of OTLP, and that it refuses no span.
 * https://opentelemetry.io/docs/specs/otlp/#partial-success
 * @throws OtraceError (exit 4)
 */
function checkAcknowledged(url: string, answer: Buffer): void {
  const text = answer.toString()
  if (/^\s*</.test(text)) {
    throw refused(`${url} answers with a web page`, 'name an OTLP/HTTP receiver: http://HOST:4318')
  }
  const { rejected, message } = partialSuccess(answer, text)
  if (rejected === '0') return
  const said = foreignError(message)
  throw refused(
    `${url} refuses ${rejected} of the request's spans${said === '' ? '' : `: ${said}`}`,
  )
}

function partialSuccess(answer: Buffer, text: string): { rejected: string; message: string } {
  // Protobuf: field 1 with a field 1 of a varint.
  if (answer[0] === 0x0a && answer[2] === 0x08) {
    return { rejected: answer[3] === 0 ? '0' : 'some', message: '' }
  }
  try {
    const { partialSuccess: found } = JSON.parse(text)
    const [rejected] = Object.entries(found).flatMap(([name, value]) =>
      /^rejected/.test(name) ? [Number(value)] : [],
    )
    return { rejected: String(rejected || 0), message: String(found.errorMessage ?? '') }
  } catch {
    return { rejected: '0', message: '' }
  }
}
