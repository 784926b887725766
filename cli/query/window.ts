/** The window `[from, to)` of a query, and the text forms of its times. */

/** Nanoseconds since 1970-01-01 UTC. */
export type Nanos = bigint

export interface Window {
  from: Nanos
  /** Exclusive. */
  to: Nanos
  /** Seconds in one bucket of a query over time. */
  bucket: number
  /** Chooses every time outside the window. */
  inverted?: true
}

/** Whole hours of UTC `[from, to)`. */
export interface Hours {
  from: Nanos
  to: Nanos
}

const SECOND = 1_000_000_000n
export const HOUR_NS = 3600n * SECOND
export const DAY_NS = 24n * HOUR_NS

/** `2026-11-22 12:00:00.123456789`, in UTC: how ClickHouse binds a `DateTime64(9, 'UTC')`. */
export function clickhouseTime(at: Nanos): string {
  const nanos = String(((at % SECOND) + SECOND) % SECOND).padStart(9, '0')
  const seconds = (at - BigInt(nanos)) / SECOND
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')}.${nanos}`
}

/** ISO-8601 UTC with nine digits and `Z`. */
export function isoText(at: Nanos): string {
  return `${clickhouseTime(at).replace(' ', 'T')}Z`
}

/** The starts of a window's buckets as ISO-8601 text, at most 11,000. */
export function bucketStarts(window: Window): string[] {
  return startsOf(window).map(isoText)
}

/** SDKs send spans every 5 s: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
const SENT_EVERY = 5n * SECOND

/**
 * Those of the buckets that begin before the window, or end after it, or so shortly before `now` that their spans may
 * still be on the way: 5 s, or a tenth of a shorter window.
 */
export function incompleteStarts(window: Window, now: Nanos): string[] {
  const tenth = (window.to - window.from) / 10n
  const arrived = now - (tenth < SENT_EVERY ? tenth : SENT_EVERY)
  const end = window.to < arrived ? window.to : arrived
  const step = BigInt(window.bucket) * SECOND
  return startsOf(window)
    .filter((start) => start < window.from || start + step > end)
    .map(isoText)
}

function startsOf({ from, to, bucket }: Window): Nanos[] {
  const step = BigInt(bucket) * SECOND
  const first = from - (from % step)
  const count = Number((to - 1n - first) / step) + 1
  return Array.from({ length: count }, (_, i) => first + BigInt(i) * step)
}
