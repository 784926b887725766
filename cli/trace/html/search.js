// Finds spans by what is in them.
import { byId, data } from './common.js'
import { draw } from './draw.js'
import { ofSpan, searchText } from './tree.js'
import { view } from './view.js'

export function search(text) {
  const wanted = text.trim().toLowerCase()
  view.matches =
    wanted === ''
      ? []
      : [...data.spans.keys()].filter((index) => searchText(index).includes(wanted))
  view.found = new Set(view.matches.map((index) => ofSpan.get(index)))
  view.at = -1
  byId('matches').textContent =
    wanted === '' ? '' : `${view.matches.length} of ${data.spans.length}`
  draw()
}
