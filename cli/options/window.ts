/** The flags of the window: --since, --from, --to, --bucket and --utc. */
import type { Command } from 'commander'
import { usage } from '../errors.ts'
import { isoText, type Nanos, type Window } from '../query/window.ts'
import { parseDuration, readPositiveDuration } from '../units/parse.ts'

export interface WindowFlags {
  since?: string
  from?: string
  to?: string
  bucket?: string
  /** Read ISO times without a zone as UTC instead of local. */
  utc?: boolean
}

const DEFAULT_SINCE = '1h'
const SECOND = 1_000_000_000n
const DAY = 86_400
/** DateTime64(9) holds nanoseconds in 64 bits: https://clickhouse.com/docs/sql-reference/data-types/datetime64 */
const LATEST = 2n ** 63n - 1n
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200]
/** Maximum number of buckets with the default step. */
const BUCKETS = 80
/** Maximum number of buckets: more cost a lot and show nothing more. */
const MOST_BUCKETS = 11_000n

/** Adds the flags of the window. */
export function addWindowFlags(command: Command): Command {
  return command
    .optionsGroup('Window:')
    .option('--since <duration>', `how far back to look (default: ${DEFAULT_SINCE})`)
    .option('--from <time>', 'start: ISO-8601, 10:30, or 2h (ago)')
    .option('--to <time>', 'end, exclusive (default: now)')
    .option('--utc', 'read and show times in UTC instead of the local zone')
}

/** Adds --bucket, for time series. */
export function addBucketFlag(command: Command, help: string): Command {
  return command.option('--bucket <duration>', `${help} (default: follows the window)`)
}

/** The flags that choose the window, as commander stores them. */
export const WINDOW_FLAGS = ['since', 'from', 'to'] as const

/**
 * The window of the flags.
 * @param now nanoseconds since 1970 UTC
 * @throws OtraceError (exit 2) for a malformed time, an empty window, or too many buckets
 */
export function readWindow(flags: WindowFlags, now: Nanos): Window {
  if (flags.since !== undefined && flags.from !== undefined) {
    throw usage("--since can't be used with --from: both set the start", 'leave one of them out')
  }
  const start =
    flags.from === undefined ? undefined : readInstant('--from', flags.from, now, flags.utc)
  const to = readEnd(flags, now, start)
  const from = start ?? to - readPositiveDuration('--since', flags.since ?? DEFAULT_SINCE)
  if (from < 0n || to > LATEST) {
    const start = from < 0n ? 'before 1970' : isoText(from)
    const end = to > LATEST ? 'after 2261' : isoText(to)
    throw usage(`the window is out of range: ${start} to ${end}`, 'shorten it: --since 30d')
  }
  if (from >= to) {
    if (flags.from !== undefined && flags.to === undefined) {
      throw usage(
        `--from '${flags.from}' is not in the past`,
        'give an earlier time, or an end with --to',
      )
    }
    throw usage(
      `the window is empty: ${isoText(from)} to ${isoText(to)}`,
      from === to && DAY_ALONE.test(flags.to ?? '')
        ? `a date is its midnight: end that day with --to ${daysAfter(flags.to!, 1)}`
        : 'make --from earlier than --to',
    )
  }
  const bucket = flags.bucket === undefined ? step(to - from) : readBucket(flags.bucket)
  if ((to - from) / (BigInt(bucket) * SECOND) > MOST_BUCKETS) {
    throw usage(
      `--bucket ${flags.bucket} cuts the window into more than ${MOST_BUCKETS} buckets`,
      `use --bucket ${step(to - from)}s, or shorten the window`,
    )
  }
  return { from, to, bucket }
}

/** The end of the window. A time of day after `now` is yesterday's, unless the window then is empty. */
function readEnd({ to, utc }: WindowFlags, now: Nanos, from?: Nanos): Nanos {
  if (to === undefined) return now
  const read = (at: Nanos) => readInstant('--to', to, at, utc)
  const end = read(now)
  if (from !== undefined && end <= from && CLOCK.test(to.trim())) {
    const today = read(endOfDay(now, utc))
    if (today > now) return today
  }
  if (from !== undefined && end <= from && ZONED_CLOCK.test(to.trim())) {
    return end + BigInt(DAY) * SECOND
  }
  // The second after the last span that a table can hold.
  return end > LATEST && end - LATEST < SECOND ? LATEST : end
}

/** The window in words, for the title of a result: `last 1h`. */
export function windowText({ since = DEFAULT_SINCE, from, to }: WindowFlags): string {
  if (from === undefined && to === undefined) return `last ${since}`
  return `from ${from ?? `${since} before`} to ${to ?? 'now'}`
}

/** The smallest round step that cuts a window into at most 80 buckets, in seconds. */
function step(length: bigint): number {
  const least = Number(length) / Number(SECOND) / BUCKETS
  return STEPS.find((seconds) => seconds >= least) ?? Math.ceil(least / DAY) * DAY
}

function readBucket(text: string): number {
  const length = readPositiveDuration('--bucket', text)
  if (length % SECOND === 0n) return Number(length / SECOND)
  throw usage(`--bucket '${text}' is not whole seconds`, 'use 1s or more')
}

const ISO =
  /^(?<date>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d)(?::(?<seconds>\d\d)(?:[.,](?<fraction>\d{1,9}))?)?)?\s*(?<zone>Z|UTC|[+-]\d\d:?\d\d)?$/i
export const CLOCK = /^\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?$/
/** A time of day with its zone, as findings have it: `02:00:00 UTC`. */
const ZONED_CLOCK = /^\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?\s*(?:Z|UTC|[+-]\d\d:?\d\d)$/i
export const MONTH_DAY = /^\d\d-\d\d$/
/** Unix time in s, ms, µs or ns: `-o otlp` prints nanoseconds, logs the others. */
const UNIX = /^(?:\d{10}|\d{13}|\d{16}|\d{19})$/
const DAY_ALONE = /^\d{4}-\d\d-\d\d$/

/**
 * Parses a point in time: `now`, `15m`, `15m ago`, `now-15m`, ISO-8601, Unix time, `14:30` and `11-22` (the last ones).
 * @throws OtraceError (exit 2) for anything else, impossible dates included
 */
export function readInstant(flag: string, text: string, now: Nanos, utc = false): Nanos {
  const trimmed = text.trim()
  if (trimmed === 'now') return now
  if (UNIX.test(trimmed)) return BigInt(trimmed.padEnd(19, '0'))
  const known = recent(trimmed, now, utc) ?? readIso(trimmed, utc)
  if (known !== undefined) return known
  const ago = /^(?:now\s*-\s*)?(.+?)(?:\s+ago)?$/.exec(trimmed)?.[1] ?? ''
  const length = parseDuration(ago)
  if (length !== undefined) return now - length
  throw usage(
    `${flag} '${text}' is not a time`,
    'write it like 2026-11-22T10:30:00Z, 10:30, 15m (ago) or now',
  )
}

/** A time of day or a day of the year, as tables and axes print them: the last one until `now`. */
function recent(text: string, now: Nanos, utc: boolean): Nanos | undefined {
  const today = dateOf(now, utc)
  const year = Number(today.slice(0, 4))
  const candidates = CLOCK.test(text)
    ? // Samoa had no 30 December 2011.
      [today, daysAfter(today, -1), daysAfter(today, -2)].map((date) => `${date}T${text}`)
    : ZONED_CLOCK.test(text)
      ? [2, 1, 0, -1, -2].map((days) => `${daysAfter(today, days)}T${text}`)
      : MONTH_DAY.test(text)
        ? [0, 1, 2, 3, 4, 5, 6, 7, 8].map((ago) => `${year - ago}-${text}`)
        : []
  const times = candidates.map((each) => readIso(each, utc))
  return times.find((at) => at !== undefined && at <= now) ?? times.find((at) => at !== undefined)
}

/** An ISO time without a zone, in the local one; undefined for any other text. */
export const readLocal = (text: string): Nanos | undefined =>
  ISO.exec(text)?.groups?.zone === undefined ? readIso(text, false) : undefined

function readIso(text: string, utc: boolean): Nanos | undefined {
  const {
    date = '',
    time = '00:00',
    seconds = '00',
    fraction = '',
    zone,
  } = ISO.exec(text)?.groups ?? {}
  const offset = zone?.toUpperCase().replace('UTC', 'Z') ?? (utc ? 'Z' : '')
  const at = new Date(`${date}T${time}:${seconds}${offset}`).getTime()
  if (Number.isNaN(at) || !isDate(date)) return undefined
  return BigInt(at) * 1_000_000n + BigInt(fraction.padEnd(9, '0') || 0)
}

/** `new Date` turns 30 February into 2 March. */
function isDate(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)
}

/** By the calendar: a day in which clocks change is not 24 hours. */
function daysAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY * 1000).toISOString().slice(0, 10)
}

function endOfDay(now: Nanos, utc = false): Nanos {
  return readIso(`${dateOf(now, utc)}T23:59:59.999999999`, utc)!
}

function dateOf(at: Nanos, utc: boolean): string {
  const date = new Date(Number(at / 1_000_000n))
  if (utc) return date.toISOString().slice(0, 10)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
