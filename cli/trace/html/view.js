// The view of the trace: time range, rows, the chosen row, and search matches.
import { byId, data } from './common.js'

/** Height of a row in px, as the style sheet has it. */
export const ROW = 24
/** Duration of the whole axis in ns. */
export const WHOLE = Math.max(1, data.duration)

export const view = {
  /** The stretch of time, in ns. */
  from: 0,
  to: WHOLE,
  /** Rows open to view, in order. */
  rows: [],
  chosen: undefined,
  /** Found spans, in order, and their rows. */
  matches: [],
  found: new Set(),
  /** Ancestors of search matches. */
  holders: new Set(),
  /** Share of the width that the names have, more of it on a phone, and px that are left to the bars. */
  names: innerWidth < 640 ? 0.7 : 0.4,
  width: 1,
}
export const space = byId('space')
export const list = byId('rows')
export const panel = byId('detail')

/** px from the left of the bars. */
export const across = (ns) => ((ns - view.from) / (view.to - view.from)) * view.width
