// Actions of the trace page: choose a row, open it, go to another.
import { data } from './common.js'
import { detail } from './detail.js'
import { draw, rearrange } from './draw.js'
import { ofSpan, openAll } from './tree.js'
import { list, panel, ROW, view } from './view.js'

export function choose(one) {
  view.chosen = one
  list.focus({ preventScroll: true })
  if (panel.childElementCount > 0) show(one)
  draw('choice')
}

/** Opens what is above a row, chooses it, and scrolls to it. */
export function reveal(one) {
  let closed = false
  for (let above = one.parent; above; above = above.parent) {
    closed ||= !above.open
    above.open = true
  }
  if (closed) rearrange()
  choose(one)
  bring(one, 1 / 3)
}

/** The panel below the rows reduces their height. */
export function show(one) {
  detail(one)
  bring(one, 1)
}

export function hide() {
  panel.replaceChildren()
  list.focus()
}

/** Scrolls when a row is out of view: to where this share of the room is above it. */
function bring(one, share) {
  const top = view.rows.indexOf(one) * ROW
  const room = list.clientHeight - ROW
  if (top < list.scrollTop || top > list.scrollTop + room) {
    list.scrollTop = Math.max(0, top - room * share)
  }
  draw('scroll')
}

/** Opens or closes a row. If a row below it was chosen, the row itself is now. */
export function toggle(one, open = !one.open) {
  one.open = open && one.children.length > 0
  rearrange()
  let above = view.chosen.parent
  while (above && above !== one) above = above.parent
  if (above && !one.open) choose(one)
}

export function toggleAll(open) {
  openAll(open)
  rearrange()
  let { chosen } = view
  while (!open && chosen.parent) chosen = chosen.parent
  reveal(chosen)
}

/** To the next or last of these spans, and from the end around to the beginning. */
export function step(indexes, by) {
  if (indexes.length === 0) return
  const { chosen } = view
  const [first] = chosen.spans.length > 0 ? chosen.spans : (chosen.children[0]?.spans ?? [-1])
  // What holds spans stands before the first of them.
  const here = ofSpan.get(first) === chosen ? first : first - 0.5
  const next =
    by > 0 ? indexes.find((index) => index > here) : indexes.findLast((index) => index < here)
  reveal(ofSpan.get(next ?? indexes.at(by > 0 ? 0 : -1)))
}

export const errors = data.spans.flatMap(({ error }, index) => (error ? [index] : []))

export function move(by) {
  const at = view.rows.indexOf(view.chosen)
  const to = Math.min(view.rows.length - 1, Math.max(0, at + by))
  choose(view.rows[to])
  bring(view.rows[to], by > 0 ? 1 : 0)
}

/** Rows that are in view at once. */
export const pageful = () => Math.max(1, Math.floor(list.clientHeight / ROW) - 1)
