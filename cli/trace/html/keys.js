// The keys of the trace page.
import { byId, data, switchTheme } from './common.js'
import { detail } from './detail.js'
import { errors, move, reveal, step, toggle, zoom, zoomBy } from './moves.js'
import { list, view } from './view.js'

const KEYS = {
  ArrowDown: () => move(1),
  j: () => move(1),
  ArrowUp: () => move(-1),
  k: () => move(-1),
  PageDown: () => move(20),
  PageUp: () => move(-20),
  Home: () => reveal(view.rows[0]),
  End: () => reveal(view.rows.at(-1)),
  ArrowRight: () => {
    const { chosen } = view
    if (!chosen?.open && chosen?.children.length) toggle(chosen, true)
    else if (chosen?.children.length) reveal(chosen.children[0])
  },
  ArrowLeft: () => {
    const { chosen } = view
    if (chosen?.open) toggle(chosen, false)
    else if (chosen?.parent) reveal(chosen.parent)
  },
  Enter: () => view.chosen && detail(view.chosen, byId('detail').childElementCount === 0),
  '/': () => byId('search').focus(),
  n: () => step(view.matches, 1),
  N: () => step(view.matches, -1),
  e: () => step(errors, 1),
  E: () => step(errors, -1),
  z: () => {
    const span = data.spans[view.chosen?.spans[0]]
    if (span) zoom(span.start - span.duration * 0.05, span.start + span.duration * 1.05)
  },
  '+': () => zoomBy(0.6),
  '=': () => zoomBy(0.6),
  '-': () => zoomBy(1 / 0.6),
  0: () => zoom(0, data.duration),
  h: () => zoom(view.from - (view.to - view.from) / 4, view.to - (view.to - view.from) / 4),
  l: () => zoom(view.from + (view.to - view.from) / 4, view.to + (view.to - view.from) / 4),
  t: switchTheme,
  '?': () => byId('keys').showModal(),
  Escape: () => byId('detail').replaceChildren(),
}
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || byId('keys').open) return
  if (event.target === byId('search')) {
    if (event.key === 'Enter') step(view.matches, event.shiftKey ? -1 : 1)
    if (event.key === 'Escape') list.focus()
    return
  }
  const act = KEYS[event.key]
  if (!act || (event.target.tagName === 'BUTTON' && event.key === 'Enter')) return
  event.preventDefault()
  act()
})
