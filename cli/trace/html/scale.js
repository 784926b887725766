// Above the rows: the map of the whole trace, and the axis of the stretch in view.
import { byId, data, element, hue, took } from './common.js'
import { view } from './view.js'

export function drawAxis() {
  const marks = [0, 0.2, 0.4, 0.6, 0.8]
  byId('axis').replaceChildren(
    ...marks.map((share) =>
      element('span', {
        text: took(Math.round(view.from + share * (view.to - view.from))),
        style: { left: `${share * 100}%` },
      }),
    ),
  )
}

export function drawMap() {
  const map = byId('map')
  const scale = devicePixelRatio || 1
  map.width = map.clientWidth * scale
  map.height = 40 * scale
  const pen = map.getContext('2d')
  const deepest = Math.max(1, ...data.levels)
  const x = (ns) => (ns / Math.max(1, data.duration)) * map.width
  for (const [index, { start, duration, service, error }] of data.spans.entries()) {
    pen.fillStyle = error ? '#d33' : hue(service)
    const y = (Math.min(data.levels[index], deepest) / (deepest + 1)) * map.height
    pen.fillRect(x(start), y, Math.max(1, x(duration)), Math.max(1, map.height / (deepest + 1) - 1))
  }
  pen.fillStyle = 'rgba(128,128,128,0.35)'
  pen.fillRect(0, 0, x(view.from), map.height)
  pen.fillRect(x(view.to), 0, map.width - x(view.to), map.height)
}
