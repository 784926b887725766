// Draws the trace page once per frame: visible rows only, and only what has changed.
import { drawBars } from './bars.js'
import { drawRow } from './rows.js'
import { drawAxis, drawMap } from './scale.js'
import { openRows } from './tree.js'
import { list, ROW, space, view } from './view.js'

/** Rows drawn outside the view, so that a scroll finds them there. */
const SPARE = 10
/** Elements of rows by position, in order. */
let drawn = new Map()

/** What has changed, from least to most: the rows that are in view, which one is chosen, the stretch of time, all. */
const CHANGES = ['scroll', 'choice', 'time', 'all']
let change = -1

/** Draws what has changed, at most once per frame. */
export function draw(what) {
  const waiting = change >= 0
  change = Math.max(change, CHANGES.indexOf(what))
  if (waiting) return
  requestAnimationFrame(() => {
    const changed = CHANGES[change]
    change = -1
    if (changed === 'all') {
      layOut()
      for (const row of drawn.values()) row.remove()
      drawn.clear()
    }
    if (changed === 'time') {
      for (const [position, row] of drawn) {
        row.querySelector('.bars')?.replaceChildren(...drawBars(view.rows[position].spans))
      }
    }
    if (changed === 'time' || changed === 'all') {
      drawAxis()
      drawMap()
    }
    fill()
    markChosen()
  })
}

/** After rows were opened or closed. */
export function rearrange() {
  view.rows = openRows()
  space.style.height = `${view.rows.length * ROW}px`
  list.setAttribute('aria-rowcount', view.rows.length)
  draw('all')
}

function layOut() {
  const names = Math.round(list.clientWidth * view.names)
  view.width = Math.max(1, list.clientWidth - names)
  const deepest = view.rows.reduce((most, { level }) => Math.max(most, level), 1)
  const { style } = document.documentElement
  style.setProperty('--names', `${names}px`)
  style.setProperty('--bars', `${view.width}px`)
  // However deep, half of the column is left to the name.
  style.setProperty('--indent', `${Math.min(14, (names - 90) / 2 / deepest)}px`)
}

function fill() {
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - SPARE)
  const end = Math.ceil((list.scrollTop + list.clientHeight) / ROW) + SPARE
  for (const [position, row] of drawn) {
    if (position >= first && position < end) continue
    row.remove()
    drawn.delete(position)
  }
  // What is kept is one stretch, so what is new stands before or after it.
  const [kept = end] = drawn.keys()
  const before = []
  const after = []
  for (let position = first; position < Math.min(end, view.rows.length); position++) {
    if (drawn.has(position)) continue
    const row = drawRow(view.rows[position], position)
    ;(position < kept ? before : after).push([position, row])
  }
  space.prepend(...before.map(([, row]) => row))
  space.append(...after.map(([, row]) => row))
  drawn = new Map([...before, ...drawn, ...after])
}

function markChosen() {
  list.removeAttribute('aria-activedescendant')
  for (const [position, row] of drawn) {
    const chosen = view.rows[position] === view.chosen
    row.setAttribute('aria-selected', chosen)
    if (chosen) list.setAttribute('aria-activedescendant', row.id)
  }
}
