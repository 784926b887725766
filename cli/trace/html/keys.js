// The keys of the trace page.
import { byId, switchTheme } from './common.js'
import { errors, hide, move, pageful, reveal, show, step, toggle } from './moves.js'
import { clear, next } from './search.js'
import { panel, view, WHOLE } from './view.js'
import { widen } from './width.js'
import { pan, zoom, zoomBy, zoomTo } from './zoom.js'

const KEYS = {
  ArrowDown: () => move(1),
  j: () => move(1),
  ArrowUp: () => move(-1),
  k: () => move(-1),
  PageDown: () => move(pageful()),
  PageUp: () => move(-pageful()),
  Home: () => move(Number.NEGATIVE_INFINITY),
  End: () => move(Number.POSITIVE_INFINITY),
  ArrowRight: () => {
    const { chosen } = view
    if (!chosen.open) toggle(chosen, true)
    else reveal(chosen.children[0])
  },
  ArrowLeft: () => {
    const { chosen } = view
    if (chosen.open) toggle(chosen, false)
    else if (chosen.parent) reveal(chosen.parent)
  },
  Enter: () => (panel.childElementCount === 0 ? show(view.chosen) : hide()),
  '/': () => {
    byId('search').focus()
    byId('search').select()
  },
  n: () => next(1),
  N: () => next(-1),
  e: () => step(errors, 1),
  E: () => step(errors, -1),
  z: () => zoomTo(view.chosen),
  '+': () => zoomBy(0.6),
  '=': () => zoomBy(0.6),
  '-': () => zoomBy(1 / 0.6),
  0: () => zoom(0, WHOLE),
  h: () => pan(-0.25),
  l: () => pan(0.25),
  '[': () => widen(-0.05),
  ']': () => widen(0.05),
  t: switchTheme,
  '?': () => byId('keys').showModal(),
  Escape: () => (panel.childElementCount === 0 ? clear() : hide()),
}

/** Keys that a control or a panel with the focus needs itself. */
const OWN = {
  BUTTON: ['Enter'],
  ASIDE: ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'],
}

addEventListener('keydown', (event) => {
  const { key, target } = event
  if (event.ctrlKey || event.metaKey || event.altKey || byId('keys').open) return
  if (target === byId('search')) {
    if (key === 'Enter') next(event.shiftKey ? -1 : 1)
    else if (key === 'Escape') clear()
    else return
    return event.preventDefault()
  }
  if (!Object.hasOwn(KEYS, key) || OWN[target.tagName]?.includes(key)) return
  event.preventDefault()
  KEYS[key]()
})
