// What of the trace is in view: the stretch of time, the rows, the chosen one, and what was found.
import { byId, data } from './common.js'

export const ROW = 24
export const view = {
  from: 0,
  to: Math.max(1, data.duration),
  rows: [],
  chosen: undefined,
  matches: [],
  at: -1,
}
export const space = byId('space')
export const list = byId('rows')
