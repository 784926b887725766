// The bars of a row: thin where its spans run, solid where they are on the critical path.
import { data, element } from './common.js'
import { across, view } from './view.js'

const critical = new Map()
for (const [index, from, to] of data.critical) {
  if (!critical.has(index)) critical.set(index, [])
  critical.get(index).push([from, to])
}

/**
 * Bars and the marks of events, for a row of one span or of thousands: what is closer than a pixel is drawn as one.
 * A pixel is solid when half of what runs in it is on the critical path.
 */
export function drawBars(spans) {
  const some = spans.filter((index) => {
    const { start, duration } = data.spans[index]
    return start <= view.to && start + duration >= view.from
  })
  const [left, right] = extent(some)
  const run = covering(left, right)
  const path = covering(left, right)
  for (const index of some) {
    const { start, duration } = data.spans[index]
    run.add(start, start + duration)
    for (const [from, to] of critical.get(index) ?? []) {
      if (from <= view.to && to >= view.from) path.add(from, to)
    }
  }
  const running = run.cells()
  const solid = path.cells().map((part, x) => (part > 0 && part >= running[x] / 2 ? 1 : 0))
  for (const x of run.touched) running[x] = Math.max(running[x], Number.MIN_VALUE)
  return [...stretches('i', left, running), ...stretches('b', left, solid), ...events(some)]
}

/** px, from the first pixel that a span is in to the one after the last. */
function extent(some) {
  let first = view.width
  let last = 0
  for (const index of some) {
    const { start, duration } = data.spans[index]
    first = Math.min(first, pixel(start))
    last = Math.max(last, pixel(start + duration))
  }
  return [first, Math.max(first, last + 1)]
}

const pixel = (ns) => Math.floor(Math.min(view.width - 1, Math.max(0, across(ns))))

/** How much of each pixel stretches of time cover (more than 1 where they overlap). O(stretches + pixels). */
function covering(left, right) {
  const cells = new Float64Array(right - left)
  const steps = new Float64Array(right - left + 1)
  const touched = []
  return {
    /** Pixels where something begins, however short it is. */
    touched,
    add(start, end) {
      const from = Math.min(right, Math.max(left, across(start))) - left
      const to = Math.min(right, Math.max(left, across(end))) - left
      const first = Math.min(cells.length - 1, Math.floor(from))
      const last = Math.min(cells.length - 1, Math.floor(to))
      touched.push(first)
      if (first === last) {
        cells[first] += to - from
        return
      }
      cells[first] += first + 1 - from
      cells[last] += to - last
      steps[first + 1] += 1
      steps[last] -= 1
    },
    cells() {
      let full = 0
      for (let x = 0; x < cells.length; x++) {
        full += steps[x]
        cells[x] += full
      }
      return cells
    },
  }
}

/** Neighbouring cells that are not 0, as elements. */
function stretches(tag, left, cells) {
  const made = []
  let from = -1
  for (let x = 0; x <= cells.length; x++) {
    if (cells[x] > 0) {
      if (from < 0) from = x
    } else if (from >= 0) {
      made.push(element(tag, { style: { left: `${left + from}px`, width: `${x - from}px` } }))
      from = -1
    }
  }
  return made
}

/** The events of a row of one span. */
function events(spans) {
  if (spans.length !== 1) return []
  const inView = (data.spans[spans[0]].happened ?? []).filter(
    ({ offset, log }) => log === undefined && offset >= view.from && offset <= view.to,
  )
  return inView.slice(0, 100).map(({ offset, attributes }) =>
    element('u', {
      className: attributes['exception.type'] === undefined ? '' : 'exception',
      style: { left: `${across(offset)}px` },
    }),
  )
}
