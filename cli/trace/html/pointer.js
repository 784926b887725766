// The trace page's pointer: rows, buttons, the wheel, and a drag on the map.
import { byId, data } from './common.js'
import { detail } from './detail.js'
import { draw } from './draw.js'
import { choose, errors, step, toggle, zoom, zoomBy } from './moves.js'
import { search } from './search.js'
import { openAll } from './tree.js'
import { list, ROW, view } from './view.js'

list.addEventListener('click', ({ target }) => {
  const row = target.closest('.row')
  if (!row) return
  const one = view.rows[row.offsetTop / ROW]
  choose(one)
  if (target.className === 'twist' || one.fold || one.gap) toggle(one)
  else detail(one, true)
})
list.addEventListener('scroll', draw)
addEventListener('resize', draw)
list.addEventListener(
  'wheel',
  (event) => {
    if (!event.ctrlKey) return
    event.preventDefault()
    const area = byId('axis').getBoundingClientRect()
    const share = (event.clientX - area.left) / area.width
    zoomBy(event.deltaY > 0 ? 1.25 : 0.8, view.from + share * (view.to - view.from))
  },
  { passive: false },
)
byId('map').addEventListener('pointerdown', (event) => {
  const map = byId('map')
  const at = ({ offsetX }) => (offsetX / map.clientWidth) * data.duration
  const start = at(event)
  map.setPointerCapture(event.pointerId)
  map.onpointermove = (moved) => zoom(Math.min(start, at(moved)), Math.max(start, at(moved)))
  map.onpointerup = () => {
    map.onpointermove = null
  }
})
byId('search').addEventListener('input', (event) => search(event.target.value))
byId('error').addEventListener('click', () => step(errors, 1))
byId('error').disabled = errors.length === 0
byId('expand').addEventListener('click', () => {
  openAll(true)
  draw()
})
byId('collapse').addEventListener('click', () => {
  openAll(false)
  draw()
})
byId('reset').addEventListener('click', () => zoom(0, data.duration))
