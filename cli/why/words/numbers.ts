/** Numbers within sentences. */
import { formatUnit } from '../../units/units.ts'

/** Columns of a name within a sentence. */
export const LONGEST = 80

export const ns = (value: number) => formatUnit(Math.round(value), 'ns')
export const wholePercent = (share: number) => `${Math.round(share * 100)}%`
/** With a digit behind the point. */
export const digit = (share: number) =>
  share === 0 || share === 1 ? `${100 * share}%` : `${(share * 100).toFixed(1)}%`
/** ISO-8601 UTC, exact to ms. */
export const isoTime = (ns: number) => new Date(ns / 1e6).toISOString()
/** The time of day of ns since 1970, or date and time where `dated`: the window is of several days in UTC. */
const clock = (ns: number, dated: boolean) =>
  isoTime(ns)
    .slice(dated ? 0 : 11, 19)
    .replace('T', ' ')
/** A moment of a window, given as in `clock`. */
export const momentText = (ns: number, dated = false) => `${clock(ns, dated)} UTC`
/** A part of a window. The date of a day within it comes once. */
export const partText = (
  { from, to, isOpen = false }: { from: number; to: number; isOpen?: boolean },
  dated = false,
) => {
  if (isOpen) return `since ${momentText(from, dated)}`
  const isSameDay = isoTime(from).slice(0, 10) === isoTime(to).slice(0, 10)
  return `${clock(from, dated)} to ${momentText(to, dated && !isSameDay)}`
}
