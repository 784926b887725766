/** Numbers within sentences. */
import { formatUnit } from '../../units/units.ts'

/** Columns of a name within a sentence. */
export const LONGEST = 80

export const ns = (value: number) => formatUnit(Math.round(value), 'ns')
export const wholePercent = (share: number) => `${Math.round(share * 100)}%`
/** With a digit behind the point. */
export const digit = (share: number) =>
  share === 0 || share === 1 ? `${100 * share}%` : `${(share * 100).toFixed(1)}%`
