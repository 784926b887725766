// Draws the trace page as often as the screen does, and no more rows than are in view.
import { drawRow } from './rows.js'
import { drawAxis, drawMap } from './scale.js'
import { openRows } from './tree.js'
import { list, ROW, space, view } from './view.js'

let asked = false
/** Draws what is in view, once for each frame however often it is asked for. */
export function draw() {
  if (asked) return
  asked = true
  requestAnimationFrame(() => {
    asked = false
    view.rows = openRows()
    space.style.height = `${view.rows.length * ROW}px`
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 5)
    const last = Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 5
    space.replaceChildren(...view.rows.slice(first, last).map((one, i) => drawRow(one, first + i)))
    drawAxis()
    drawMap()
  })
}
