/** Times in an IANA time zone, from ISO-8601 UTC text with nine digits. */

/** How much of a second to show. */
export type Digits = 0 | 3 | 6 | 9

interface LocalTime {
  /** `2026-11-22` */
  date: string
  /** `13:00:05.123`, truncated to the given digits, never rounded, so that the second stays right. */
  clock: string
  /** `+01:00`; `Z` when the zone is at UTC then. */
  offset: string
}

const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z?$/

/**
 * `time`, UTC text from ClickHouse (`2026-11-22T12:00:05.123456789Z`), in `timeZone`. All nine digits survive, since
 * only the whole seconds pass through a Date. `undefined` for any other text.
 */
export function localTime(
  time: string,
  timeZone: string,
  digits: Digits = 3,
): LocalTime | undefined {
  const match = ISO.exec(time)
  if (!match) return undefined
  const [, day, seconds, fraction = ''] = match
  const instant = Date.parse(`${day}T${seconds}Z`)
  if (Number.isNaN(instant)) return undefined
  const offset = offsetMinutes(instant, timeZone)
  const local = new Date(instant + offset * 60_000).toISOString()
  return {
    date: local.slice(0, -14),
    clock: local.slice(-13, -5) + (digits ? `.${fraction.padEnd(9, '0').slice(0, digits)}` : ''),
    offset: offsetText(offset),
  }
}

/** `2026-11-22 13:00:05.123 +01:00`; returns any other text unchanged. */
export function formatTime(time: string, timeZone: string, digits: Digits = 3): string {
  const local = localTime(time, timeZone, digits)
  return local ? `${local.date} ${local.clock} ${local.offset}` : time
}

/** Milliseconds since 1970 of UTC text from ClickHouse, midnight for a date alone; `undefined` for other text. */
export function epochMillis(time: string): number | undefined {
  const match = ISO.exec(/^\d{4}-\d\d-\d\d$/.test(time) ? `${time}T00:00:00Z` : time)
  if (!match) return undefined
  const instant = Date.parse(`${match[1]}T${match[2]}Z`)
  const fraction = Math.floor(Number((match[3] ?? '').padEnd(3, '0').slice(0, 3)))
  return Number.isNaN(instant) ? undefined : instant + fraction
}

/**
 * Caches a formatter per zone (building one costs 50 µs) and an offset per quarter of an hour (zones change only then).
 */
const zones = new Map<string, { format: Intl.DateTimeFormat; known: Map<number, number> }>()
const QUARTER = 15 * 60_000

/** Minutes that `timeZone` is ahead of UTC at an instant in milliseconds. */
export function offsetMinutes(instant: number, timeZone: string): number {
  // Any formatter makes ICU load its data: 15 ms.
  if (timeZone === 'UTC') return 0
  let zone = zones.get(timeZone)
  if (!zone) {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    zone = { format, known: new Map() }
    zones.set(timeZone, zone)
  }
  const quarter = Math.floor(instant / QUARTER)
  let minutes = zone.known.get(quarter)
  if (minutes === undefined) {
    const parts = zone.format.formatToParts(quarter * QUARTER)
    const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
    const [, sign, hours = '0', rest = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? []
    minutes = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(rest))
    if (zone.known.size > 10_000) zone.known.clear()
    zone.known.set(quarter, minutes)
  }
  return minutes
}

export function offsetText(minutes: number): string {
  if (minutes === 0) return 'Z'
  const size = Math.abs(minutes)
  const two = (part: number) => String(part).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** `2026-11-20 → 2026-11-22`, or what both are. */
export function range(from: string, to: string): string {
  return from === to ? from : `${from} → ${to}`
}
