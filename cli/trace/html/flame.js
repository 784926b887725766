// Starts the flame page, and handles its keys and pointer.
import './page.css'
import './flame.css'
import { byId, count, data, element, legend, switchTheme, took, underTitle } from './common.js'
import { describe, frames, partOf } from './frame.js'
import { ancestors, board, draw, go, neighbour, view, zoom } from './graph.js'

const field = byId('search')

function find(text) {
  const wanted = text.trim().toLowerCase()
  const hits = ({ name, service }) =>
    `${name} ${data.services[service].name}`.toLowerCase().includes(wanted)
  view.found = new Set(
    wanted === ''
      ? []
      : frames.flatMap((frame, index) => (index > 0 && hits(frame) ? [index] : [])),
  )
  // A frame below another match is part of its width.
  const outer = [...view.found].filter(
    (index) => !ancestors(index).some((at) => view.found.has(at)),
  )
  const total = outer.reduce((sum, index) => sum + frames[index].total, 0)
  const many = `${count(view.found.size)} ${view.found.size === 1 ? 'frame' : 'frames'}`
  byId('matches').textContent = wanted === '' ? '' : `${many}, ${partOf(total)}`
  draw()
}

function endSearch() {
  field.value = ''
  find('')
  go(view.at)
}

/** To the next found frame or the last one, and from the end around to the beginning. */
function step(by) {
  const found = [...view.found]
  const after =
    by > 0 ? found.find((index) => index > view.at) : found.findLast((index) => index < view.at)
  go(after ?? found.at(by > 0 ? 0 : -1))
}

const KEYS = {
  '/': () => {
    field.focus()
    field.select()
  },
  n: () => step(1),
  N: () => step(-1),
  Enter: () => zoom(view.at),
  ArrowUp: () => go(neighbour('ArrowUp', view.at)),
  ArrowDown: () => go(neighbour('ArrowDown', view.at)),
  ArrowLeft: () => go(neighbour('ArrowLeft', view.at)),
  ArrowRight: () => go(neighbour('ArrowRight', view.at)),
  0: () => zoom(0),
  Escape: () => (field.value === '' ? zoom(0) : endSearch()),
  t: switchTheme,
  '?': () => byId('keys').showModal(),
}

addEventListener('keydown', (event) => {
  const { key, target } = event
  if (event.ctrlKey || event.metaKey || event.altKey || byId('keys').open) return
  if (target === field) {
    if (key === 'Enter') step(event.shiftKey ? -1 : 1)
    else if (key === 'Escape') endSearch()
    else return
    return event.preventDefault()
  }
  if (!Object.hasOwn(KEYS, key) || (target.tagName === 'BUTTON' && key === 'Enter')) return
  event.preventDefault()
  KEYS[key]()
})
addEventListener('resize', draw)
field.addEventListener('input', () => find(field.value))
byId('reset').addEventListener('click', () => zoom(0))

/** The frame under the pointer or with the focus. */
const frameOf = ({ target }) => target.closest?.('.frame')?.dataset.index
board.addEventListener('click', (event) => {
  const index = frameOf(event)
  if (index !== undefined) zoom(Number(index))
})
board.addEventListener('focusin', (event) => {
  const index = frameOf(event)
  if (index === undefined) return
  board.querySelector('[tabindex="0"]')?.setAttribute('tabindex', -1)
  event.target.tabIndex = 0
  view.at = Number(index)
  describe(view.at)
})
board.addEventListener('pointerover', (event) => {
  const index = frameOf(event)
  if (index !== undefined) describe(Number(index))
})
board.addEventListener('pointerleave', () => describe(view.at))

byId('title').append(
  'Flame graph',
  element('span', { text: took(Math.round(frames[0].total)), className: 'took' }),
)
underTitle('facts', data.facts)
legend(data.services)
draw()
describe(0)
