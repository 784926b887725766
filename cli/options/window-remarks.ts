/** What is not obvious about a typed window: another day, the future, and clocks that change. */
import type { Nanos, Window } from '../query/window.ts'
import { CLOCK, MONTH_DAY, readLocal, type WindowFlags } from './window.ts'

/** The part of a window in the future from which rates over all of it mislead. */
const PART = 20n
const MINUTE = 60_000_000_000n
/** Shifts of clocks in minutes: Lord Howe Island's is half an hour, Troll's two hours. */
const SHIFTS = [30n, 60n, 120n]

/**
 * Sentences about the window of the flags; none for most.
 * @param now nanoseconds since 1970 UTC
 */
export function windowRemarks(flags: WindowFlags, { from, to }: Window, now: Nanos): string[] {
  const { utc = false } = flags
  const said: string[] = []
  const typed = [
    [flags.from, from],
    [flags.to, to],
  ] as const
  if (typed.some(([text, at]) => text !== undefined && isOtherDay(text, at, now, utc))) {
    const end = flags.to === undefined ? 'now' : localText(to, utc)
    said.push(
      `the window is ${localText(from, utc)} to ${end}: a time without a date is the last one`,
    )
  }
  if (from > now) said.push(`the window begins in the future: ${localText(from, utc)}`)
  // A minute more is for spans of hosts whose clocks are ahead.
  else if (to - now > MINUTE && (to - now) * PART > to - from) {
    said.push(`the window ends in the future, ${localText(to, utc)}: rates are over all of it`)
  }
  for (const [text, at] of typed) {
    const remark = text === undefined || utc ? undefined : shifted(text, at)
    if (remark) said.push(remark)
  }
  return said
}

/** Zones at UTC, whose names need no look. */
const AT_UTC = /^:?(?:UTC|GMT|UCT|Zulu|Universal|Greenwich|Etc\/\w+)$/i
/** An offset, as POSIX writes zones: `<+0330>-3:30`, `CET-1CEST,M3.5.0`. */
const POSIX = /[<,]|[A-Za-z][+-]?\d/

/** A sentence where TZ is not a zone that Node knows, so that another one is used; empty and absent mean UTC. */
export function zoneRemark({ TZ }: NodeJS.ProcessEnv): string | undefined {
  if (!TZ || AT_UTC.test(TZ)) return undefined
  const west = new Date().getTimezoneOffset()
  const isFar = west !== 0
  // The names of zones take ICU 15 ms to load: a zone with an offset is known unless it is POSIX's.
  if ((isFar && !POSIX.test(TZ)) || west === fixedOffset(TZ)) return undefined
  try {
    new Intl.DateTimeFormat('en', { timeZone: TZ.replace(/^:/, '') })
    return undefined
  } catch {
    const shown = isFar ? "the system's local times" : 'UTC'
    return `TZ '${TZ}' is not the name of a zone: times are ${shown}; write it like Asia/Tehran`
  }
}

/** The minutes west of UTC of a POSIX zone without a summer time, such as `UTC+3`. */
function fixedOffset(zone: string): number | undefined {
  const [, sign, hours, minutes = '0'] =
    /^:?(?:<[\w+-]+>|[A-Za-z]{3,})([+-]?)(\d{1,2})(?::(\d\d))?$/.exec(zone) ?? []
  if (hours === undefined) return undefined
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

/** A time of day that is not of today, or a day that is not of this year. */
function isOtherDay(text: string, at: Nanos, now: Nanos, utc: boolean): boolean {
  const [then, today] = [localText(at, utc), localText(now, utc)]
  if (CLOCK.test(text.trim())) return then.slice(0, 10) !== today.slice(0, 10)
  return MONTH_DAY.test(text.trim()) && then.slice(0, 4) !== today.slice(0, 4)
}

/** A local time that the clock skips, or shows twice. */
function shifted(text: string, at: Nanos): string | undefined {
  const trimmed = text.trim()
  const date = CLOCK.test(trimmed) ? `${localText(at).slice(0, 10)} ` : ''
  const local = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.exec(date + trimmed)?.[0].replace('T', ' ')
  // ISO-8601 ends a day at 24:00.
  if (local === undefined || local.endsWith(' 24:00')) return undefined
  if (readLocal(date + trimmed) !== at) return undefined
  const shown = localText(at).slice(0, local.length)
  if (shown !== local) return `${local} is skipped when the clock changes: read as ${shown}`
  const again = SHIFTS.find(
    (shift) => localText(at + shift * MINUTE).slice(0, local.length) === local,
  )
  if (again === undefined) return undefined
  const second = `${local.replace(' ', 'T')}${offsetText(at + again * MINUTE)}`
  return `${local} comes twice when the clock changes: the first is meant, the second is ${second}`
}

/** `2026-11-25 13:00`, with seconds unless they are 0. */
function localText(at: Nanos, utc = false): string {
  const millis = Number(at / 1_000_000n)
  const zone = utc ? 0 : new Date(millis).getTimezoneOffset()
  const text = new Date(millis - zone * 60_000).toISOString().slice(0, 19).replace('T', ' ')
  return text.replace(/:00$/, '')
}

function offsetText(at: Nanos): string {
  const minutes = -new Date(Number(at / 1_000_000n)).getTimezoneOffset()
  const two = (part: number) => String(Math.floor(part)).padStart(2, '0')
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`
}
