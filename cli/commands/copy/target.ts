/** The target of a copy: an OTLP address, or a data directory. */
import { isAbsolute } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { noStore, usage } from '../../errors.ts'
import type { BoundQuery } from '../../query/compose/bound-query.ts'
import { windowParams } from '../../query/compose/source.ts'
import { readSql } from '../../query/files.ts'
import { openUrl, readAll } from '../../store/client.ts'
import { isHttpUrl, withoutPassword } from '../../store/connection.ts'
import { dataDirectory } from '../../store/data-dir.ts'
import { DEFAULT_LIMITS } from '../../store/limits.ts'
import { openReceiver, servedAt } from '../../store/local.ts'
import { reach, receiver, type Target, unknownPassword } from './receiver.ts'

export interface TargetFlags {
  into?: string
  intoPassword?: string
}

export function addTargetFlags(command: Command): void {
  command
    .option('--into <place>', 'OTLP/HTTP address or data directory (default: the local store)')
    .option(
      '--into-password <password>',
      'password of the receiver (or OTRACE_INTO_PASSWORD, which process lists do not show)',
    )
}

/** Milliseconds between two looks at what waits. */
const LOOK_MS = 250
/** Milliseconds between two looks at what is stored of a copy, and until the copy ends all the same. */
const STORED = { lookMs: 100, mostMs: 10_000 }
/** Nanoseconds. */
const DAY = 86_400_000_000_000n
/** Days that a collector keeps by default. */
const KEPT_DAYS = 7

/**
 * @param flags `into`: base address of an OTLP/HTTP receiver, maybe with a login, or a directory; the local store by
 *   default
 * @param source the place of the store that is copied
 * @throws OtraceError (exit 2, 3)
 */
export async function openTarget(
  { into, intoPassword }: TargetFlags,
  context: Context,
  source?: string,
): Promise<Target> {
  const given = intoPassword ?? context.env.OTRACE_INTO_PASSWORD
  if (into !== undefined && /^https?:/.test(into)) {
    const base = withoutPassword(into)
    if (!isHttpUrl(into))
      throw usage(`--into '${base}' is not an address`, 'write http://HOST:4318')
    const { username, password } = new URL(into)
    const login = given ?? (decodeURIComponent(password) || undefined)
    await reach(base, context.signal)
    const user = decodeURIComponent(username)
    return receiver({ base, place: base, login, user }, context, async () => {})
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
  const { url, clickhouse, locked, close } = await openReceiver(directory)
  const login = locked ? given : undefined
  if (locked && login === undefined) throw unknownPassword(`the collector of ${directory}`)
  const place = { base: url, place: directory, login }
  const target = receiver(place, context, async () => void (await close()))
  const known = asked({ url: clickhouse, login }, directory, context, served !== undefined)
  const { noteOld, stored } = known
  return source === undefined ? { ...target, noteOld, stored } : { ...target, ...known }
}

/** What a local store says of its spans, once it has stored all that it acknowledged. */
function asked(
  { url, login }: { url: string; login?: string },
  place: string,
  { signal, now, say }: Context,
  served: boolean,
): Required<Pick<Target, 'expect' | 'known' | 'noteOld' | 'stored'>> {
  const store = openUrl({
    url,
    place,
    password: login,
    local: true,
    limits: DEFAULT_LIMITS,
    signal,
  })
  let isEmpty = false
  let noted = false
  const ageOf = (time: bigint) => Number((now() - time) / DAY) + 1
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
        await setTimeout(LOOK_MS)
      }
      isEmpty = (await rows('internal/copy/any-stored.sql', windowParams(window))).length === 0
      const age = ageOf(window.from)
      if (served && age > (store.retention?.days ?? age)) {
        throw usage(
          `the collector of ${place} keeps ${store.retention?.days} days, and the spans are ${age} days old`,
          `start it again with --retention ${age + 30}d`,
        )
      }
      if (!served && age > KEPT_DAYS)
        say(`\`otrace up\` drops days older than 7: start it with --retention ${age + 30}d`)
    },
    async noteOld(time) {
      const age = ageOf(time)
      if (noted || age <= 1) return
      // Its answer says how many days the collector keeps.
      await rows(
        'internal/copy/any-stored.sql',
        windowParams({ from: time, to: time + 1n, bucket: 1 }),
      )
      const kept = served ? (store.retention?.days ?? age) : KEPT_DAYS
      if (age <= kept) return
      noted = true
      say(
        `\`otrace up\` drops days older than ${kept}, and these spans are ${age} days old: start it with --retention ${age + 30}d`,
      )
    },
    async stored() {
      // A collector of this process stores the rest when it is closed.
      if (!served) return
      let due: number[] | undefined
      const end = performance.now() + STORED.mostMs
      while (!signal.aborted) {
        const signals = (await store.collector())?.signals
        due ??= signals?.map((one) => one.stored + one.waiting)
        // Others may send all the time, so that something always waits.
        const left = signals?.filter((one, i) => one.waiting > 0 && one.stored < due![i]!) ?? []
        if (left.length === 0) return
        if (performance.now() > end) {
          const failure = left.find((one) => one.failure !== undefined)?.failure
          say(`${place} has not yet stored all of it${failure === undefined ? '' : `: ${failure}`}`)
          return
        }
        await setTimeout(STORED.lookMs)
      }
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
