/** The window `[from, to)` a question is about, and its buckets; pure, the clock comes in as an argument. */
import { OtraceError } from '../errors.ts'
import { parseUnit } from '../render/units.ts'

/** Nanoseconds since 1970-01-01 UTC. */
export type Instant = bigint

export interface Window {
  from: Instant
  /** Exclusive. */
  to: Instant
  /** Seconds in one bucket of a question over time. */
  bucket: number
  /** All other times instead. */
  outside?: true
}

export interface WindowFlags {
  since?: string
  from?: string
  to?: string
  bucket?: string
  /** Read ISO times without a zone as UTC instead of local. */
  utc?: boolean
}

const SECOND = 1_000_000_000n
/** DateTime64(9) holds nanoseconds in 64 bits: https://clickhouse.com/docs/sql-reference/data-types/datetime64 */
const LATEST = 9_223_372_036_000_000_000n
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200]
const DAY = 86_400
/** A chart has at most so many buckets when nobody asks for a width. */
const BUCKETS = 80
/** More than this many buckets answers nothing and costs a lot. */
const MOST_BUCKETS = 11_000n
export const DEFAULT_SINCE = '1h'

/**
 * The window that the flags ask for.
 * @param now nanoseconds since 1970 UTC
 * @throws OtraceError (exit 2) for a time that cannot be read, an empty window, or too many buckets
 */
export function readWindow(flags: WindowFlags, now: Instant): Window {
  if (flags.since !== undefined && flags.from !== undefined) {
    throw new OtraceError('usage', '--since and --from both say where to start', 'give one of them')
  }
  const to = flags.to === undefined ? now : readInstant('--to', flags.to, now, flags.utc)
  const from =
    flags.from === undefined
      ? to - readSpan('--since', flags.since ?? DEFAULT_SINCE)
      : readInstant('--from', flags.from, now, flags.utc)
  if (from < 0n || to > LATEST) {
    throw new OtraceError(
      'usage',
      `the window leaves what a time can be: it goes from ${from < 0n ? 'before 1970' : isoText(from)} to ${to > LATEST ? 'after 2261' : isoText(to)}`,
      'ask for less: --since 30d',
    )
  }
  if (from >= to) {
    throw new OtraceError(
      'usage',
      `the window is empty: it starts at ${isoText(from)} and ends at ${isoText(to)}`,
      'make --from earlier than --to',
    )
  }
  const bucket = flags.bucket === undefined ? step(to - from) : readBucket(flags.bucket)
  if ((to - from) / (BigInt(bucket) * SECOND) > MOST_BUCKETS) {
    throw new OtraceError(
      'usage',
      `--bucket ${flags.bucket} cuts the window into more than ${MOST_BUCKETS} pieces`,
      `use --bucket ${step(to - from)}s or a shorter window`,
    )
  }
  return { from, to, bucket }
}

/** The smallest round step that cuts a window into at most 80 buckets, in seconds. */
function step(length: bigint): number {
  const least = Number(length) / Number(SECOND) / BUCKETS
  return STEPS.find((seconds) => seconds >= least) ?? Math.ceil(least / DAY) * DAY
}

function readSpan(flag: string, text: string): bigint {
  const length = parseUnit(text, 'ns')
  if (length === undefined || !/[a-z]/i.test(text) || length <= 0) {
    throw new OtraceError(
      'usage',
      `${flag} '${text}' is not a length of time`,
      'write it like 30s, 15m, 1h30m or 7d',
    )
  }
  return BigInt(Math.round(length))
}

function readBucket(text: string): number {
  const length = readSpan('--bucket', text)
  if (length % SECOND !== 0n) {
    throw new OtraceError('usage', `--bucket '${text}' is not whole seconds`, 'use 1s or more')
  }
  return Number(length / SECOND)
}

const ISO =
  /^(?<date>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d)(?::(?<seconds>\d\d)(?:[.,](?<fraction>\d{1,9}))?)?)?\s*(?<zone>Z|[+-]\d\d:?\d\d)?$/i
const CLOCK = /^(?<time>\d\d:\d\d)(?::(?<seconds>\d\d))?$/

/**
 * A point in time as people write it: `now`, `15m` or `15m ago`, `now-15m`, `14:30` (today), ISO-8601.
 * @throws OtraceError (exit 2)
 */
export function readInstant(flag: string, text: string, now: Instant, utc = false): Instant {
  const trimmed = text.trim()
  if (trimmed === 'now') return now
  const clock = CLOCK.exec(trimmed)
  const iso = clock ? ISO.exec(`${today(now, utc)}T${clock[0]}`) : ISO.exec(trimmed)
  if (iso?.groups) {
    const { date, time = '00:00', seconds = '00', fraction = '', zone } = iso.groups
    const offset = zone ?? (utc ? 'Z' : '')
    const at = new Date(`${date}T${time}:${seconds}${offset.toUpperCase()}`).getTime()
    if (!Number.isNaN(at)) return BigInt(at) * 1_000_000n + BigInt(fraction.padEnd(9, '0') || 0)
  }
  const ago = /^(?:now\s*-\s*)?(\S+?)(?:\s+ago)?$/.exec(trimmed)?.[1] ?? ''
  const length = /[a-z]/i.test(ago) ? parseUnit(ago, 'ns') : undefined
  if (length !== undefined) return now - BigInt(Math.round(length))
  throw new OtraceError(
    'usage',
    `${flag} '${text}' is not a time`,
    'write it like 2026-11-22T10:30:00Z, 10:30, 15m (ago) or now',
  )
}

function today(now: Instant, utc: boolean): string {
  const date = new Date(Number(now / 1_000_000n))
  if (utc) return date.toISOString().slice(0, 10)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** `2026-11-22 12:00:00.123456789`, in UTC: how ClickHouse binds a `DateTime64(9, 'UTC')`. */
export function clickhouseTime(at: Instant): string {
  const nanos = String(((at % SECOND) + SECOND) % SECOND).padStart(9, '0')
  const seconds = (at - BigInt(nanos)) / SECOND
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')}.${nanos}`
}

/** ISO-8601 UTC with nine digits and `Z`. */
export function isoText(at: Instant): string {
  return `${clickhouseTime(at).replace(' ', 'T')}Z`
}
