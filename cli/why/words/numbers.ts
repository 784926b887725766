/** Numbers within sentences. */
import { formatUnit } from '../../units/units.ts'

/** Columns of a name within a sentence. */
export const LONGEST = 80

export const ns = (value: number) => formatUnit(Math.round(value), 'ns')
export const wholePercent = (share: number) => `${Math.round(share * 100)}%`
/** With a digit behind the point. */
export const digit = (share: number) =>
  share === 0 || share === 1 ? `${100 * share}%` : `${(share * 100).toFixed(1)}%`
/** The time of day of ns since 1970. */
export const clock = (ns: number) => isoTime(ns).slice(11, 19)
/** ISO-8601 UTC, exact to ms. */
export const isoTime = (ns: number) => new Date(ns / 1e6).toISOString()
/** A part of a window. */
export const partText = ({ from, to, isOpen }: { from: number; to: number; isOpen: boolean }) =>
  isOpen ? `since ${clock(from)} UTC` : `${clock(from)} to ${clock(to)} UTC`
