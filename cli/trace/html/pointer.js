// The trace page's pointer: rows, buttons, the wheel, and a drag on the map.
import { byId } from './common.js'
import { draw } from './draw.js'
import { choose, errors, hide, show, step, toggle, toggleAll } from './moves.js'
import { search } from './search.js'
import { list, ROW, view, WHOLE } from './view.js'
import { pan, zoom, zoomBy } from './zoom.js'

list.addEventListener('click', ({ target }) => {
  const row = target.closest('.row')
  if (!row) return
  const one = view.rows[row.offsetTop / ROW]
  const opens = target.className === 'twist' || one.fold
  choose(one)
  if (opens) toggle(one)
  else show(one)
})
list.addEventListener('scroll', () => draw('scroll'))
addEventListener('resize', () => draw('all'))
// The panel, too, takes from the rows' room.
new ResizeObserver(() => draw('scroll')).observe(list)

list.addEventListener(
  'wheel',
  (event) => {
    const { ctrlKey, deltaX, deltaY } = event
    if (ctrlKey) {
      const bars = byId('axis').getBoundingClientRect()
      const share = Math.min(1, Math.max(0, (event.clientX - bars.left) / bars.width))
      zoomBy(deltaY > 0 ? 1.25 : 0.8, view.from + share * (view.to - view.from))
    } else if (Math.abs(deltaX) > Math.abs(deltaY)) pan(deltaX / view.width)
    else return
    event.preventDefault()
  },
  { passive: false },
)

const map = byId('map')
map.addEventListener('pointerdown', (event) => {
  const start = event.offsetX
  const time = (x) => (x / map.clientWidth) * WHOLE
  map.setPointerCapture(event.pointerId)
  map.onpointermove = ({ offsetX }) => {
    // A hand that trembles as it clicks zooms to nothing.
    if (Math.abs(offsetX - start) < 4) return
    zoom(time(Math.min(start, offsetX)), time(Math.max(start, offsetX)))
  }
  map.onpointerup = () => {
    map.onpointermove = null
  }
})

const on = (id, act) => byId(id).addEventListener('click', act)
byId('search').addEventListener('input', ({ target }) => search(target.value))
byId('error').disabled = errors.length === 0
on('error', () => step(errors, 1))
on('expand', () => toggleAll(true))
on('collapse', () => toggleAll(false))
on('out', () => zoomBy(1 / 0.6))
on('in', () => zoomBy(0.6))
on('reset', () => zoom(0, WHOLE))
on('detail', ({ target }) => target.className === 'close' && hide())
