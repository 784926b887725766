// One frame of the flame page, and its details.
import { byId, count, data, element, facts, hue, share, took } from './common.js'

export const { frames } = data
export const children = frames.map(() => [])
for (const [index, { parent }] of frames.entries()) {
  if (parent !== undefined) children[parent].push(index)
}
/** px: less has no room for a letter. */
const LEGIBLE = 26

export const partOf = (total) => share(total / Math.max(1, frames[0].total))

function labelOf(index) {
  const { name, errors } = frames[index]
  return index === 0 ? 'everything' : `${errors > 0 ? '✗ ' : ''}${name}`
}

/** A frame; `at` is the one that Tab comes to. */
export function drawFrame(index, { left, width, top }, { at, found }) {
  const { service } = frames[index]
  const made = element('div', {
    text: width < LEGIBLE ? '' : labelOf(index),
    className: found.has(index) ? 'frame match' : 'frame',
    style: {
      left: `${left}px`,
      width: `${width}px`,
      top: `${top}px`,
      '--hue': index === 0 ? 'var(--line)' : hue(service),
    },
  })
  made.tabIndex = index === at ? 0 : -1
  made.dataset.index = index
  made.setAttribute('role', 'button')
  made.setAttribute('aria-label', labelOf(index))
  return made
}

/** Says in the panel what is known of a frame. */
export function describe(index) {
  const { name, service, calls, errors, self, total } = frames[index]
  const title =
    index === 0
      ? [element('bdi', { text: 'everything' })]
      : [
          element('i', { className: 'chip', style: { '--hue': hue(service) } }),
          element('bdi', { text: name }),
          element('bdi', { className: 'faint', text: ` ${data.services[service].name}` }),
        ]
  const figures = [
    ['with children', `${took(Math.round(total))} (${partOf(total)})`],
    ['itself', `${took(Math.round(self))} (${partOf(self)})`],
    ['calls', count(calls)],
    ['in error', errors > 0 ? count(errors) : ''],
  ]
  byId('detail').replaceChildren(
    element('h2', {}, ...title),
    facts(index === 0 ? figures.slice(0, 1) : figures),
  )
}
