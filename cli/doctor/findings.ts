/** What the doctor makes of what it saw: rows in, findings out; pure, for `otrace doctor`. */
import type { Profile } from '../query/profile.ts'
import type { Row } from '../render/renderer.ts'
import { formatUnit } from '../render/units.ts'
import type { Retention } from '../store/store.ts'

export interface Finding {
  about: string
  state: 'ok' | 'note' | 'warning'
  found: string
  /** What to do, where something is to be done. */
  advice?: string
}

/** What is known before anything is asked of the spans. */
export interface Seen {
  place: string
  /** Made and kept by the collector, whose tables nobody can alter. */
  local: boolean
  /** What that collector keeps, if it runs. */
  retention?: Retention | undefined
  database: string
  table: string
  profile: Profile
  columns: ReadonlyMap<string, string>
  /** Nanoseconds since 1970. */
  now: bigint
}

/** A count out of an answer. */
export const number = (cell: Row[string] | undefined) => Number(cell ?? 0)
/** A part of something as a percentage. */
export const share = (part: number, all: number) =>
  formatUnit(all === 0 ? 0 : part / all, 'percentunit')
const nanos = (iso: unknown) =>
  BigInt(Date.parse(`${String(iso).slice(0, 19)}Z`)) * 1_000_000n +
  BigInt(String(iso).slice(20, 29))
const toSecond = (iso: unknown) => `${String(iso).slice(0, 19)}Z`
/** The second after it, which a window up to there holds it with. */
const following = (iso: unknown) =>
  `${new Date(Date.parse(toSecond(iso)) + 1000).toISOString().slice(0, 19)}Z`
const length = (ns: bigint) => formatUnit(Number(ns < 0n ? -ns : ns), 'ns')

/** How far clocks may be apart before it is worth a word, ns. */
const CLOCKS = 2_000_000_000n

/** The connection and `doctor/server.sql`. */
export function server({ place, now }: Seen, row: Row): Finding[] {
  const off = nanos(row.clock) - now
  const late = off > CLOCKS || off < -CLOCKS
  return [
    { about: 'connection', state: 'ok', found: place },
    { about: 'server', state: 'ok', found: `ClickHouse ${row.version}, in the zone ${row.zone}` },
    ...(late
      ? [
          {
            about: 'clock',
            state: 'warning' as const,
            found: `the server's clock is ${length(off)} ${off > 0n ? 'ahead of' : 'behind'} this machine's`,
            advice: 'windows such as --since 1h end at this machine\'s "now": set the clocks right',
          },
        ]
      : []),
  ]
}

/**
 * @param lag ns since the newest span started
 * @param newest when it did
 */
function ingestion(lag: bigint, newest: unknown): Finding {
  if (lag < -CLOCKS) {
    return {
      about: 'ingestion',
      state: 'warning',
      found: `the newest span starts ${length(lag)} from now: a clock is wrong, and how late spans come cannot be told`,
      advice: `otrace spans --from now --to ${following(newest)} shows who sends such: set the clocks right there`,
    }
  }
  const found = `the newest span started ${lag < 0n ? 'just now' : `${length(lag)} ago`}`
  if (lag <= 300_000_000_000n) return { about: 'ingestion', state: 'ok', found }
  const advice = 'check that the collector runs and that the SDKs export to it'
  return { about: 'ingestion', state: 'warning', found, advice }
}

/** `doctor/range.sql` and what of `doctor/mix.sql` is about times. */
export function times({ now }: Seen, range: Row, mix: Row): Finding[] {
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
  const findings: Finding[] = [
    {
      about: 'time range',
      state: 'ok',
      found: `${toSecond(range.oldest)} to ${toSecond(range.newest)}`,
    },
    ingestion(lag, range.newest),
    {
      about: 'window',
      state: spans === 0 ? 'note' : 'ok',
      found: `${formatUnit(spans, 'short')} spans`,
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

/** `doctor/spellings.sql`. */
export function spellings(row: Row): Finding[] {
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

/** What of `doctor/mix.sql` is about conventions and sampling. */
export function conventions(mix: Row): Finding[] {
  const spans = number(mix.spans)
  const findings: Finding[] = []
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
      found: `${share(sampled, spans)} of the spans were sampled; all stand for ${formatUnit(number(mix.stand_for), 'short')}`,
      advice:
        sampled < spans
          ? 'the others count as one each; --no-weight counts all so'
          : '--no-weight counts them as they are',
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

/** `doctor/traces.sql`. */
export function traces(row: Row, oneIn: number): Finding[] {
  const spans = number(row.spans)
  const where = oneIn === 1 ? 'of the spans' : `of the spans (of one trace in ${oneIn})`
  const findings: Finding[] = []
  const add = (
    cell: string,
    about: string,
    state: Finding['state'],
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
    'count each once with --distinct',
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
