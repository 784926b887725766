// The flame page: frames under their callers, as wide as the work in them; a click zooms.
import { byId, data, element, hue, switchTheme, took } from './common.js'

const { frames } = data
const ROW = 22
const LEAST = 1.5
const children = frames.map(() => [])
for (const [index, { parent }] of frames.entries()) {
  if (parent !== undefined) children[parent].push(index)
}
const view = { top: 0, found: new Set() }

function ancestors(index) {
  const above = []
  for (let at = frames[index].parent; at !== undefined; at = frames[at].parent) above.unshift(at)
  return above
}

function percent(part) {
  return `${((100 * part) / Math.max(1, frames[0].total)).toFixed(1)} %`
}

function describe(index) {
  const { name, service, calls, errors, self, total } = frames[index]
  if (index === 0) return ''
  const failed = errors > 0 ? `, ${errors} in error` : ''
  return `${name} (${data.services[service]}): ${percent(total)} with what it called (${took(total)}), ${percent(self)} itself (${took(self)}), ${calls} calls${failed}`
}

function drawFrame(index, from, width, row, above) {
  const { name, service, errors } = frames[index]
  const label = index === 0 ? 'everything' : `${errors > 0 ? '✗ ' : ''}${name}`
  const made = element('div', {
    text: label,
    title: describe(index) || label,
    className: `frame${above ? ' above' : ''}${view.found.has(index) ? ' match' : ''}`,
    style: {
      left: `${from}px`,
      width: `${width}px`,
      top: `${row * ROW}px`,
      '--hue': index === 0 ? 'var(--line)' : hue(service),
    },
  })
  made.tabIndex = 0
  made.dataset.index = index
  made.addEventListener('click', () => zoom(index))
  made.addEventListener('focus', () => {
    byId('detail').textContent = describe(index)
  })
  return made
}

function draw() {
  const board = byId('flame')
  const width = board.clientWidth
  const made = ancestors(view.top).map((index, row) => drawFrame(index, 0, width, row, true))
  const scale = width / Math.max(1, frames[view.top].total)
  let last = made.length
  const stack = [[view.top, 0, made.length]]
  while (stack.length > 0) {
    const [index, from, row] = stack.pop()
    const size = frames[index].total * scale
    if (size < LEAST) continue
    made.push(drawFrame(index, from, size, row, false))
    last = Math.max(last, row)
    let at = from
    for (const child of children[index]) {
      stack.push([child, at, row + 1])
      at += frames[child].total * scale
    }
  }
  board.replaceChildren(...made, element('div', { style: { height: `${(last + 1) * ROW}px` } }))
}

function zoom(index) {
  view.top = index
  draw()
  board(index)?.focus()
}

function board(index) {
  return byId('flame').querySelector(`[data-index="${index}"]`)
}

function search(text) {
  const wanted = text.trim().toLowerCase()
  const hits = (index) =>
    wanted !== '' &&
    `${frames[index].name} ${data.services[frames[index].service]}`.toLowerCase().includes(wanted)
  view.found = new Set(frames.flatMap((_, index) => (index > 0 && hits(index) ? [index] : [])))
  // A frame beneath another match is in its width already.
  const outer = [...view.found].filter(
    (index) => !ancestors(index).some((at) => view.found.has(at)),
  )
  const total = outer.reduce((sum, index) => sum + frames[index].total, 0)
  byId('matches').textContent = wanted === '' ? '' : `${view.found.size} frames, ${percent(total)}`
  draw()
}

function move(key, index) {
  const { parent } = frames[index]
  if (key === 'ArrowUp') return parent
  if (key === 'ArrowDown') return children[index][0]
  const siblings = parent === undefined ? [index] : children[parent]
  return siblings[siblings.indexOf(index) + (key === 'ArrowRight' ? 1 : -1)]
}

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || byId('keys').open) return
  const index = event.target.dataset?.index
  if (event.target === byId('search')) return
  if (event.key === '/') byId('search').focus()
  else if (event.key === '0' || event.key === 'Escape') zoom(0)
  else if (event.key === 't') switchTheme()
  else if (event.key === '?') byId('keys').showModal()
  else if (index !== undefined && event.key === 'Enter') zoom(Number(index))
  else if (index !== undefined && event.key.startsWith('Arrow'))
    board(move(event.key, Number(index)))?.focus()
  else return
  event.preventDefault()
})
addEventListener('resize', draw)
byId('search').addEventListener('input', (event) => search(event.target.value))
byId('reset').addEventListener('click', () => zoom(0))

byId('title').append(
  'Flame graph',
  element('span', { text: took(frames[0].total), className: 'took' }),
)
byId('facts').textContent = data.facts.join(' · ')
for (const [service, name] of data.services.entries()) {
  byId('services').append(
    element(
      'span',
      {},
      element('i', { className: 'chip', style: { '--hue': hue(service) } }),
      name || '(no service)',
    ),
  )
}
draw()
