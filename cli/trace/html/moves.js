// What one does on the trace page: zoom, choose, open, go on.
import { byId, data } from './common.js'
import { detail } from './detail.js'
import { draw } from './draw.js'
import { ofSpan, openRows } from './tree.js'
import { list, ROW, space, view } from './view.js'

export function zoom(from, to) {
  const least = Math.max(1, data.duration / 1e6)
  const width = Math.min(Math.max(to - from, least), Math.max(1, data.duration))
  view.from = Math.min(Math.max(0, from), Math.max(1, data.duration) - width)
  view.to = view.from + width
  draw()
}

export function zoomBy(factor, around = (view.from + view.to) / 2) {
  zoom(around - (around - view.from) * factor, around + (view.to - around) * factor)
}

export function choose(one) {
  view.chosen = one
  list.focus({ preventScroll: true })
  if (byId('detail').childElementCount > 0) detail(one, true)
  draw()
}

/** Opens what is above a row, scrolls to it, and chooses it. */
export function reveal(one) {
  for (let above = one.parent; above; above = above.parent) above.open = true
  view.rows = openRows()
  const top = view.rows.indexOf(one) * ROW
  space.style.height = `${view.rows.length * ROW}px`
  if (top < list.scrollTop || top > list.scrollTop + list.clientHeight - 2 * ROW) {
    list.scrollTop = Math.max(0, top - list.clientHeight / 3)
  }
  choose(one)
}

export function toggle(one, open = !one.open) {
  one.open = open && one.children.length > 0
  draw()
}

export function step(indexes, by) {
  if (indexes.length === 0) return
  const here = view.chosen?.spans[0] ?? -1
  const next =
    by > 0 ? indexes.find((index) => index > here) : indexes.findLast((index) => index < here)
  reveal(ofSpan.get(next ?? indexes.at(by > 0 ? 0 : -1)))
}

export const errors = data.spans.flatMap(({ error }, index) => (error ? [index] : []))
export function move(by) {
  const at = view.rows.indexOf(view.chosen)
  reveal(view.rows[Math.min(view.rows.length - 1, Math.max(0, at + by))])
}
