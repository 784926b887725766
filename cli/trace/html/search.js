// Finds spans by what is in them.
import { byId, data } from './common.js'
import { draw } from './draw.js'
import { step } from './moves.js'
import { ofSpan } from './tree.js'
import { list, view } from './view.js'

export function search(text) {
  const wanted = text.trim().toLowerCase()
  view.matches =
    wanted === '' ? [] : [...data.spans.keys()].filter((index) => textOf(index).includes(wanted))
  view.found = new Set(view.matches.map((index) => ofSpan.get(index)))
  view.holders = new Set()
  for (const one of view.found) {
    for (let above = one.parent; above && !view.holders.has(above); above = above.parent) {
      view.holders.add(above)
    }
  }
  said(wanted === '' ? '' : `${view.matches.length} found`)
  draw('all')
}

/** To the next found span, or to the last one. */
export function next(by) {
  step(view.matches, by)
  const at = view.matches.indexOf(view.chosen.spans[0])
  if (at >= 0) said(`${at + 1} of ${view.matches.length}`)
}

export function clear() {
  byId('search').value = ''
  search('')
  list.focus()
}

function said(text) {
  byId('matches').textContent = text
}

/** What is looked at, by span: made once, as one types letter by letter. */
const texts = []

function textOf(index) {
  texts[index] ??= searchText(data.spans[index])
  return texts[index]
}

/** Everything shown of a span but its resource, in lower case. */
function searchText(span) {
  const pairs = (map) => Object.entries(map).map(([key, value]) => `${key}=${value}`)
  return [
    span.name,
    data.services[span.service].name,
    span.kind,
    span.status,
    span.statement,
    span.message,
    span.id,
    ...pairs(span.attributes),
    ...(span.happened ?? []).flatMap(({ name, attributes = {}, log }) =>
      log === undefined ? [name, ...pairs(attributes)] : [log],
    ),
    ...(span.links ?? []),
  ]
    .join('\n')
    .toLowerCase()
}
