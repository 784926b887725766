// Which stretch of time the trace page shows.
import { data } from './common.js'
import { draw } from './draw.js'
import { view, WHOLE } from './view.js'

export function zoom(from, to) {
  const least = Math.max(1, WHOLE / 1e6)
  const width = Math.min(Math.max(to - from, least), WHOLE)
  view.from = Math.min(Math.max(0, from), WHOLE - width)
  view.to = view.from + width
  draw('time')
}

export function zoomBy(factor, around = (view.from + view.to) / 2) {
  zoom(around - (around - view.from) * factor, around + (view.to - around) * factor)
}

/** Later by this share of what is in view, earlier when it is negative. */
export function pan(share) {
  const by = share * (view.to - view.from)
  zoom(view.from + by, view.to + by)
}

/** To all spans of a row, with a little room around them. */
export function zoomTo({ spans }) {
  if (spans.length === 0) return
  const some = spans.map((index) => data.spans[index])
  const from = some.reduce((least, { start }) => Math.min(least, start), Infinity)
  const to = some.reduce((most, { start, duration }) => Math.max(most, start + duration), 0)
  const room = Math.max(to - from, WHOLE / 1e4) * 0.05
  zoom(from - room, to + room)
}
