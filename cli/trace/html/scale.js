// Above the rows: the map of the whole trace, and the axis of the stretch in view.
import { byId, data, element, hue } from './common.js'
import { axis } from './ticks.js'
import { across, view, WHOLE } from './view.js'

/** The axis, and its lines behind the rows. */
export function drawAxis() {
  const ticks = axis(view.from, view.to, view.width / 110)
  const place = (ns) => ({ left: `${across(ns)}px` })
  byId('axis').replaceChildren(
    ...ticks
      .filter(({ at }) => across(at) < view.width - 40)
      .map(({ at, text }) => element('span', { text, style: place(at) })),
  )
  byId('lines').replaceChildren(
    ...ticks.map(({ at }) => element('div', { className: 'line', style: place(at) })),
  )
}

/** What the picture of the map was painted for. */
let painted = ''

/** The map's picture is painted anew only in other colours or another size; the stretch in view is laid over it. */
export function drawMap() {
  const map = byId('map')
  const scale = devicePixelRatio || 1
  const error = getComputedStyle(map).getPropertyValue('--error')
  const wanted = `${view.width} ${scale} ${error}`
  if (painted !== wanted) paint(map, scale, error)
  painted = wanted
  cover('before', view.from)
  cover('after', WHOLE - view.to)
}

function cover(id, ns) {
  byId(id).hidden = ns <= 0
  byId(id).style.width = `${(100 * ns) / WHOLE}%`
}

function paint(map, scale, error) {
  map.width = view.width * scale
  map.height = 40 * scale
  const pen = map.getContext('2d')
  const deepest = data.levels.reduce((most, one) => Math.max(most, one), 1)
  const level = map.height / (deepest + 1)
  const tall = Math.max(1, level - scale)
  const x = (ns) => (ns / WHOLE) * map.width
  const fill = (index, colour) => {
    const { start, duration } = data.spans[index]
    pen.fillStyle = colour
    pen.fillRect(x(start), data.levels[index] * level, Math.max(1, x(duration)), tall)
  }
  const failed = []
  for (const [index, span] of data.spans.entries()) {
    if (span.error) failed.push(index)
    else fill(index, hue(span.service))
  }
  // Over the others, and no smaller than can be seen.
  for (const index of failed) fill(index, error)
}
