/** A time axis of characters: the columns of a bucket, ticks and labels. */

import type { Column, Table } from '../result.ts'
import { formatRound } from '../units/units.ts'
import { epochMillis, offsetMinutes, offsetText, range } from './time.ts'

export interface Timeline {
  /** Characters from the first bucket to the last. */
  width: number
  /** The columns of the bucket that starts at `time`, as [first, last + 1]; undefined for an invalid time. */
  columns(time: string): [number, number] | undefined
  /** The rule with its ticks, and the labels below it. */
  axis: [string, string]
  /** Which columns are of these buckets, and the rule with marks there. */
  marked(buckets: ReadonlySet<string>): { columns: boolean[]; rule: string }
  /** Buckets are narrower than a character, so that several share a column. */
  crowded: boolean
  /** The day, the offset and the length of a bucket, which the labels omit. */
  note: string
}

/** Marks incomplete buckets in the rule. */
const INCOMPLETE = '╌'
export const INCOMPLETE_NOTE = `${INCOMPLETE} incomplete`

/** A bucket is not drawn wider than this: three of them across the screen would look like many. */
const WIDEST_BUCKET = 6

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const INTERVALS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 365].map((n) => n * DAY),
]

/**
 * The axis for buckets that start at `times` (UTC text, any order, repeats allowed), at most `width` characters. The
 * bucket's length is the smallest distance between two; missing buckets keep their place. Buckets of days are days of
 * UTC.
 */
export function timeline(times: string[], width: number, zone: string): Timeline {
  // A date has no hour that another zone could shift.
  const days = times.every((time) => /^\d{4}-\d\d-\d\d$/.test(time))
  const starts = [...new Set(times.map(epochMillis))]
    .filter((time) => time !== undefined)
    .sort((a, b) => a - b)
  const first = starts[0] ?? 0
  const last = starts.at(-1) ?? 0
  const step = starts.reduce((least, time, i) => {
    return i === 0 ? least : Math.min(least, time - starts[i - 1]!)
  }, Number.POSITIVE_INFINITY)
  const length = Number.isFinite(step) ? step : MINUTE
  // Buckets of days begin at midnight UTC: another zone would show them on the day before, or after.
  const utc = days || (length >= DAY && starts.every((start) => start % DAY === 0))
  const timeZone = utc ? 'UTC' : zone
  const buckets = Math.round((last - first) / length) + 1
  const drawn = Math.min(width, buckets * WIDEST_BUCKET)
  const column = (bucket: number) => Math.floor((bucket * drawn) / buckets)
  const local = (at: number) => at + offsetMinutes(at, timeZone) * MINUTE
  const timeAt = (at: number) => first + (at * length * buckets) / drawn
  const columns = (time: string): [number, number] | undefined => {
    const start = epochMillis(time)
    if (start === undefined) return undefined
    const bucket = Math.round((start - first) / length)
    return [column(bucket), Math.max(column(bucket) + 1, column(bucket + 1))]
  }
  const axis = ticks(drawn, (length * buckets) / drawn, (at) => local(timeAt(at)))

  return {
    width: drawn,
    crowded: drawn < buckets,
    columns,
    axis,
    marked(incomplete) {
      const marks = new Array<boolean>(drawn).fill(false)
      for (const time of incomplete) marks.fill(true, ...(columns(time) ?? [0, 0]))
      const rule = [...axis[0]].map((mark, i) => (marks[i] && mark === '─' ? INCOMPLETE : mark))
      return { columns: marks, rule: rule.join('') }
    },
    note: [
      range(day(local(first)), day(local(last))),
      days ? '' : range(offset(first, timeZone), offset(last, timeZone)),
      starts.length > 1 ? `· ${formatRound(length, 'ms')} buckets` : '',
    ]
      .filter(Boolean)
      .join(' '),
  }
}

/** Those of the buckets at `times` that the window covers in part, or that have not ended; none if all are such. */
export function incompleteBuckets(
  times: string[],
  { rows, covered = '', incomplete }: Table,
  { name }: Column,
): ReadonlySet<string> {
  const parts = rows.filter((row) => Number(row[covered] ?? 1) < 1).map((row) => String(row[name]))
  const known = new Set([...parts, ...(incomplete?.() ?? [])].map(epochMillis))
  const found = new Set(times.filter((time) => known.has(epochMillis(time))))
  return found.size < new Set(times).size ? found : new Set()
}

/** Ticks at round local times, as many as their labels leave room for. */
function ticks(width: number, each: number, local: (column: number) => number): [string, string] {
  const text = (interval: number, time: number) =>
    time % DAY === 0 ? day(time).slice(5) : clock(time).slice(0, interval < MINUTE ? 8 : 5)
  const interval =
    INTERVALS.find((one) => one / each >= text(one, 1).length + 4) ?? INTERVALS.at(-1)!
  const rule = new Array<string>(width).fill('─')
  let labels = ''
  for (let column = 0; column < width; column++) {
    const time = Math.floor(local(column) / interval) * interval
    const before = Math.floor(local(column - 1) / interval) * interval
    if (time === before) continue
    const label = text(interval, time)
    const centred = column - Math.floor(label.length / 2)
    const at = Math.max(0, Math.min(centred, width - label.length))
    if (at < labels.length + (labels ? 2 : 0)) continue
    rule[column] = '┬'
    labels = labels.padEnd(at) + label
  }
  // Too short for a round time: say when it began.
  if (labels === '') {
    rule[0] = '┬'
    labels = clock(local(0)).slice(0, each * width < 10 * MINUTE ? 8 : 5)
  }
  return [rule.join(''), labels]
}

const day = (local: number) => new Date(local).toISOString().slice(0, -14)
const clock = (local: number) => new Date(local).toISOString().slice(-13, -5)
const offset = (time: number, timeZone: string) => offsetText(offsetMinutes(time, timeZone))
