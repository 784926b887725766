// The visible frames of the flame page, below the zoomed one.
import { byId, count, element } from './common.js'
import { children, drawFrame, frames } from './frame.js'

const ROW = 22
/** px: a narrower frame is not drawn. */
const LEAST = 1.5
export const board = byId('flame')

export const view = {
  /** The frame that is zoomed to. */
  top: 0,
  /** The frame that keys move from. */
  at: 0,
  found: new Set(),
}

export function ancestors(index) {
  const above = []
  for (let at = frames[index].parent; at !== undefined; at = frames[at].parent) above.unshift(at)
  return above
}

export function draw() {
  const focused = board.contains(document.activeElement)
  const width = board.clientWidth
  const place = (index, left, wide, row) =>
    drawFrame(index, { left, width: wide, top: row * ROW }, view)
  const made = ancestors(view.top).map((index, row) => {
    const frame = place(index, 0, width, row)
    frame.classList.add('above')
    return frame
  })
  const scale = width / Math.max(1, frames[view.top].total)
  let narrow = 0
  let last = made.length
  const stack = [[view.top, 0, made.length]]
  while (stack.length > 0) {
    const [index, from, row] = stack.pop()
    const size = frames[index].total * scale
    if (size < LEAST) {
      narrow++
      continue
    }
    made.push(place(index, from, size, row))
    last = Math.max(last, row)
    let at = from
    for (const child of children[index]) {
      stack.push([child, at, row + 1])
      at += frames[child].total * scale
    }
  }
  byId('narrow').textContent =
    narrow === 0 ? '' : `${count(narrow)} too narrow to be drawn: zoom to what is above`
  board.replaceChildren(...made, element('div', { style: { height: `${(last + 1) * ROW}px` } }))
  if (focused) drawn(view.at)?.focus()
}

/** The element of a frame, where it is drawn. */
const drawn = (index) => board.querySelector(`[data-index="${index}"]`)

export function zoom(index) {
  view.top = index
  view.at = index
  draw()
  drawn(index).focus()
}

/** To a frame, which is zoomed to where it is not in the picture. */
export function go(index) {
  if (index === undefined) return
  view.at = index
  const frame = drawn(index)
  if (frame) frame.focus()
  else zoom(index)
}

/** The frame next to this one, if there is one. */
export function neighbour(key, index) {
  const { parent } = frames[index]
  if (key === 'ArrowUp') return parent
  if (key === 'ArrowDown') return children[index][0]
  const siblings = parent === undefined ? [index] : children[parent]
  return siblings[siblings.indexOf(index) + (key === 'ArrowRight' ? 1 : -1)]
}
