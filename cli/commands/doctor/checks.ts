/** The doctor's checks of the server, times, conventions, sampling and traces. */
import type { Schema } from '../../query/schema.ts'
import type { Row } from '../../result.ts'
import type { Retention } from '../../store/client.ts'
import { formatUnit, plural } from '../../units/units.ts'

export interface Check {
  about: string
  state: 'ok' | 'note' | 'warning'
  found: string
  /** The fix, if there is one. */
  advice?: string
}

/** Facts about the store, known before any span is read. */
export interface Facts {
  place: string
  /** The local store, whose tables only the collector alters. */
  local: boolean
  /** Limits of the running local collector. */
  retention?: Retention | undefined
  database: string
  table: string
  schema: Schema
  columns: ReadonlyMap<string, string>
}

export const number = (cell: Row[string] | undefined) => Number(cell ?? 0)
export const share = (part: number, all: number) =>
  formatUnit(all === 0 ? 0 : part / all, 'percentunit')
const nanos = (iso: unknown) =>
  BigInt(Date.parse(`${String(iso).slice(0, 19)}Z`)) * 1_000_000n +
  BigInt(String(iso).slice(20, 29))
const toSecond = (iso: unknown) => `${String(iso).slice(0, 19)}Z`
/** The next second: an exclusive end of a window that includes this instant. */
const following = (iso: unknown) =>
  `${new Date(Date.parse(toSecond(iso)) + 1000).toISOString().slice(0, 19)}Z`
const length = (ns: bigint) => formatUnit(Number(ns < 0n ? -ns : ns), 'ns')

/** Tolerated clock difference, in ns. */
const CLOCKS = 2_000_000_000n

/**
 * A slow answer is not a wrong clock.
 * @param row of `internal/doctor/server.sql`
 * @param asked before it was asked for, in ns since 1970
 * @param answered when it was there
 */
export function server({ place }: Facts, row: Row, asked: bigint, answered: bigint): Check[] {
  const clock = nanos(row.clock)
  const off = clock - (clock > answered ? answered : asked)
  const late = clock > answered + CLOCKS || clock < asked - CLOCKS
  return [
    { about: 'connection', state: 'ok', found: place },
    { about: 'server', state: 'ok', found: `ClickHouse ${row.version}, in the zone ${row.zone}` },
    ...(late
      ? [
          {
            about: 'clock',
            state: 'warning' as const,
            found: `the server's clock is ${length(off)} ${off > 0n ? 'ahead of' : 'behind'} this machine's`,
            advice:
              'windows such as --since 1h end at this machine\'s "now": synchronize the clocks',
          },
        ]
      : []),
  ]
}

/**
 * @param lag ns since the newest span started
 * @param newest its start
 */
function ingestion(lag: bigint, newest: unknown): Check {
  if (lag < -CLOCKS) {
    return {
      about: 'ingestion',
      state: 'warning',
      found: `the newest span starts ${length(lag)} from now: a clock is wrong, so the ingestion delay is unknown`,
      advice: `otrace spans --from now --to ${following(newest)} lists such spans: set the clocks of their hosts`,
    }
  }
  const found = `the newest span started ${lag < 0n ? 'just now' : `${length(lag)} ago`}`
  if (lag <= 300_000_000_000n) return { about: 'ingestion', state: 'ok', found }
  const advice = 'check that the collector runs and that the SDKs export to it'
  return { about: 'ingestion', state: 'warning', found, advice }
}

/**
 * Reads `internal/doctor/range.sql` and the times of `internal/doctor/mix.sql`.
 * @param now when the range was there, in ns since 1970: spans arrive while it is read
 */
export function times(now: bigint, range: Row, mix: Row): Check[] {
  if (range.newest === null) {
    return [
      {
        about: 'spans',
        state: 'warning',
        found: 'the table is empty',
        advice: 'send spans first: `otrace up` says how',
      },
    ]
  }
  const spans = number(mix.spans)
  const lag = now - nanos(range.newest)
  const findings: Check[] = [
    {
      about: 'time range',
      state: 'ok',
      found: `${toSecond(range.oldest)} to ${toSecond(range.newest)}`,
    },
    ingestion(lag, range.newest),
    {
      about: 'window',
      state: spans === 0 ? 'note' : 'ok',
      found: plural(spans, 'span', 'spans', formatUnit(spans, 'short')),
      ...(spans === 0 ? { advice: 'look at a longer window: --since 7d' } : {}),
    },
  ]
  const future = number(mix.in_future)
  if (future > 0) {
    findings.push({
      about: 'clock',
      state: 'warning',
      found: `${share(future, spans)} of the spans start in the future`,
      advice: 'set the clocks of the hosts that send them right',
    })
  }
  return findings
}

/** @param row of `internal/doctor/spellings.sql` */
export function spellings(row: Row): Check[] {
  const old = number(row.old)
  if (old === 0) return []
  return [
    {
      about: 'spelling',
      state: 'note',
      found: `${share(old, number(row.spans))} of the spans say SPAN_KIND_… or STATUS_CODE_…`,
      advice: 'none is needed here: both spellings are read; SQL of your own has to ask for both',
    },
  ]
}

/** Semantic conventions, sampling and service names. @param mix the row of `internal/doctor/mix.sql` */
export function conventions(mix: Row): Check[] {
  const spans = number(mix.spans)
  const findings: Check[] = []
  for (const [about, word] of [
    ['HTTP', 'http'],
    ['database', 'db'],
  ] as const) {
    const [old, recent] = [number(mix[`${word}_old`]), number(mix[`${word}_new`])]
    if (old + recent === 0) continue
    findings.push({
      about: `${about} names`,
      state: old > 0 ? 'note' : 'ok',
      found: `${share(recent, spans)} of the spans follow the stable conventions, ${share(old, spans)} only the older ones`,
      ...(old > 0
        ? { advice: `both are read; OTEL_SEMCONV_STABILITY_OPT_IN moves an SDK on` }
        : {}),
    })
  }
  const sampled = number(mix.sampled)
  if (sampled > 0) {
    findings.push({
      about: 'sampling',
      state: 'note',
      found: `${share(sampled, spans)} of the spans were sampled; the adjusted count is ${formatUnit(number(mix.adjusted), 'short')}`,
      advice:
        sampled < spans
          ? 'other spans count as one; --no-weight counts every span as one'
          : '--no-weight counts every span as one',
    })
  }
  const nameless = number(mix.nameless)
  if (nameless > 0) {
    findings.push({
      about: 'service names',
      state: 'warning',
      found: `${share(nameless, spans)} of the spans name no service`,
      advice: 'set OTEL_SERVICE_NAME where they come from',
    })
  }
  return findings
}

/**
 * @param row of `internal/doctor/traces.sql`
 * @param finds whether the collector of the table looks for spans that come again
 */
export function traces(row: Row, oneIn: number, finds: boolean): Check[] {
  const spans = number(row.spans)
  const where = oneIn === 1 ? 'of the spans' : `of the spans (of one trace in ${oneIn})`
  const findings: Check[] = []
  const add = (
    cell: string,
    about: string,
    state: Check['state'],
    what: string,
    advice: string,
  ) => {
    const count = number(row[cell])
    if (count > 0)
      findings.push({ about, state, found: `${share(count, spans)} ${where} ${what}`, advice })
  }
  add(
    'copies',
    'duplicates',
    'warning',
    'were stored more than once',
    finds
      ? 'answers that say so count those the collector knows once; --dedupe counts every span once'
      : 'count each once with --dedupe',
  )
  add(
    'orphans',
    'orphans',
    'note',
    'name a parent that is not in the window',
    'it may have begun before the window, been dropped by a sampler, or not been exported',
  )
  add(
    'early',
    'clocks of hosts',
    'note',
    'start before their parent does',
    'their hosts disagree about the time: look at NTP there',
  )
  if (findings.length === 0 && spans > 0) {
    const found = `${formatUnit(number(row.traces), 'short')} looked at, each span once, with its parent`
    findings.push({ about: 'traces', state: 'ok', found })
  }
  return findings
}
