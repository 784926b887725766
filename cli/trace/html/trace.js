// The trace page: draws the rows in view, the map and the axis, and listens to keys and pointer.
import { byId, data, element, hue, switchTheme, took } from './common.js'
import { ofSpan, openAll, openRows, openSome, searchText } from './tree.js'

const ROW = 24
const view = {
  from: 0,
  to: Math.max(1, data.duration),
  rows: [],
  chosen: undefined,
  matches: [],
  at: -1,
}
const space = byId('space')
const list = byId('rows')
const critical = new Map()
for (const [index, from, to] of data.critical) {
  if (!critical.has(index)) critical.set(index, [])
  critical.get(index).push([from, to])
}

function head() {
  const { name, status, error, incomplete, id, facts, findings } = data
  document.title = `${name} ${took(data.duration)}`
  byId('title').append(
    element('span', {
      text: `${error ? '✗ ' : ''}${name}${status ? ` ${status}` : ''}`,
      className: error ? 'error' : '',
    }),
    element('span', { text: took(data.duration), className: 'took' }),
  )
  byId('facts').textContent = [id, incomplete ? 'incomplete' : 'complete', ...facts].join(' · ')
  for (const [service, label] of data.services.entries()) {
    byId('services').append(
      element(
        'span',
        {},
        element('i', { className: 'chip', style: { '--hue': hue(service) } }),
        label || '(no service)',
      ),
    )
  }
  for (const text of findings) byId('findings').append(element('li', { text: `! ${text}` }))
}

const left = (ns) => ((ns - view.from) / (view.to - view.from)) * 100

function stretch(tag, from, to) {
  if (to < view.from || from > view.to) return []
  const width = ((Math.min(to, view.to) - Math.max(from, view.from)) / (view.to - view.from)) * 100
  return [element(tag, { style: { left: `${Math.max(0, left(from))}%`, width: `${width}%` } })]
}

function drawRow(one, position) {
  const [first] = one.spans
  const span = data.spans[first]
  const isError = one.spans.some((index) => data.spans[index].error)
  const twist = one.children.length > 0 ? (one.open ? '▾' : '▸') : ''
  const count = one.fold ? ` ×${one.spans.length}` : ''
  const label = one.gap
    ? `┄ span ${one.gap} is not stored`
    : `${isError ? '✗ ' : ''}${span.name || '(no name)'}${span.status ? ` ${span.status}` : ''}${count}`
  const total = one.spans.reduce((sum, index) => sum + data.spans[index].duration, 0)
  const row = element('div', { className: 'row', style: { top: `${position * ROW}px` } })
  row.setAttribute('role', 'row')
  row.setAttribute('aria-level', one.level + 1)
  row.setAttribute('aria-selected', one === view.chosen)
  if (one.children.length > 0) row.setAttribute('aria-expanded', one.open)
  if (view.found?.has(one)) row.classList.add('match')
  if (span) row.style.setProperty('--hue', isError ? 'var(--error)' : hue(span.service))
  const name = element(
    'div',
    { className: 'name', style: { '--level': Math.min(one.level, 24) } },
    element('span', { className: 'twist', text: twist }),
    ...(span ? [element('i', { className: 'chip' })] : []),
    element('span', { className: isError ? 'text error' : 'text', text: label, title: label }),
    ...(span
      ? [element('span', { className: 'took', text: `${one.fold ? 'Σ ' : ''}${took(total)}` })]
      : []),
  )
  const bars = element('div', { className: 'bars' })
  for (const index of drawn(one.spans)) {
    const { start, duration } = data.spans[index]
    bars.append(...stretch('i', start, start + duration))
    for (const [from, to] of critical.get(index) ?? []) bars.append(...stretch('b', from, to))
  }
  row.append(name, bars)
  row.addEventListener('click', (event) => {
    choose(one)
    if (event.target.className === 'twist' || one.fold || one.gap) toggle(one)
    else detail(one, true)
  })
  return row
}

/** A fold of thousands shows as many bars as a screen has room for. */
function drawn(spans) {
  if (spans.length <= 400) return spans
  const step = spans.length / 400
  return Array.from({ length: 400 }, (_, i) => spans[Math.floor(i * step)])
}

let asked = false
/** Draws what is in view, once for each frame however often it is asked for. */
function draw() {
  if (asked) return
  asked = true
  requestAnimationFrame(() => {
    asked = false
    view.rows = openRows()
    space.style.height = `${view.rows.length * ROW}px`
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 5)
    const last = Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 5
    space.replaceChildren(...view.rows.slice(first, last).map((one, i) => drawRow(one, first + i)))
    drawAxis()
    drawMap()
  })
}

function drawAxis() {
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

function drawMap() {
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

function zoom(from, to) {
  const least = Math.max(1, data.duration / 1e6)
  const width = Math.min(Math.max(to - from, least), Math.max(1, data.duration))
  view.from = Math.min(Math.max(0, from), Math.max(1, data.duration) - width)
  view.to = view.from + width
  draw()
}

function zoomBy(factor, around = (view.from + view.to) / 2) {
  zoom(around - (around - view.from) * factor, around + (view.to - around) * factor)
}

function choose(one) {
  view.chosen = one
  list.focus({ preventScroll: true })
  if (byId('detail').childElementCount > 0) detail(one, true)
  draw()
}

/** Opens what is above a row, scrolls to it, and chooses it. */
function reveal(one) {
  for (let above = one.parent; above; above = above.parent) above.open = true
  view.rows = openRows()
  const top = view.rows.indexOf(one) * ROW
  space.style.height = `${view.rows.length * ROW}px`
  if (top < list.scrollTop || top > list.scrollTop + list.clientHeight - 2 * ROW) {
    list.scrollTop = Math.max(0, top - list.clientHeight / 3)
  }
  choose(one)
}

function toggle(one, open = !one.open) {
  one.open = open && one.children.length > 0
  draw()
}

function detail(one, show) {
  const panel = byId('detail')
  const span = data.spans[one.spans[0]]
  if (!show || !span) return panel.replaceChildren()
  const rows = [
    ['span', span.id],
    ['service', data.services[span.service]],
    ['kind', span.kind],
    ['start', `+${took(span.start)}`],
    ['duration', took(span.duration)],
    ['self', took(span.self)],
    ['critical path', took(span.critical)],
    ['status', [span.state, span.message].filter(Boolean).join(': ')],
    ['statement', span.statement],
    ...Object.entries(span.attributes ?? {}),
    ...Object.entries(data.resources[span.resource] ?? {}).map(([key, value]) => [
      `resource ${key}`,
      value,
    ]),
  ]
  const table = element(
    'table',
    {},
    ...rows
      .filter(([, value]) => value)
      .map(([key, value]) =>
        element('tr', {}, element('th', { text: key }), element('td', { text: value })),
      ),
  )
  const notes = (span.events ?? []).map(({ offset, name, attributes }) => {
    const { 'exception.stacktrace': stack, ...rest } = attributes
    const said = Object.entries(rest)
      .map(([key, value]) => `${key}=${value}`)
      .join('  ')
    const failed = attributes['exception.type'] !== undefined
    return element('pre', {
      className: failed ? 'error' : '',
      text: `+${took(Math.max(0, offset))} ${name}  ${said}${stack ? `\n${stack}` : ''}`,
    })
  })
  const links = (span.links ?? []).map(({ trace, span: id }) =>
    element('pre', { text: `→ links to span ${id} of trace ${trace}` }),
  )
  const logs = data.logs
    .filter((log) => log.span === span.id)
    .map(({ text }) => element('pre', { text: `≡ ${text}` }))
  panel.replaceChildren(element('h2', { text: span.name }), ...notes, ...links, ...logs, table)
}

function search(text) {
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

function step(indexes, by) {
  if (indexes.length === 0) return
  const here = view.chosen?.spans[0] ?? -1
  const next =
    by > 0 ? indexes.find((index) => index > here) : indexes.findLast((index) => index < here)
  reveal(ofSpan.get(next ?? indexes.at(by > 0 ? 0 : -1)))
}

const errors = data.spans.flatMap(({ error }, index) => (error ? [index] : []))
function move(by) {
  const at = view.rows.indexOf(view.chosen)
  reveal(view.rows[Math.min(view.rows.length - 1, Math.max(0, at + by))])
}

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
list.addEventListener('scroll', draw)
addEventListener('resize', draw)
list.addEventListener(
  'wheel',
  (event) => {
    if (!event.ctrlKey) return
    event.preventDefault()
    const area = byId('axis').getBoundingClientRect()
    const share = (event.clientX - area.left) / area.width
    zoomBy(event.deltaY > 0 ? 1.25 : 0.8, view.from + share * (view.to - view.from))
  },
  { passive: false },
)
byId('map').addEventListener('pointerdown', (event) => {
  const map = byId('map')
  const at = ({ offsetX }) => (offsetX / map.clientWidth) * data.duration
  const start = at(event)
  map.setPointerCapture(event.pointerId)
  map.onpointermove = (moved) => zoom(Math.min(start, at(moved)), Math.max(start, at(moved)))
  map.onpointerup = () => {
    map.onpointermove = null
  }
})
byId('search').addEventListener('input', (event) => search(event.target.value))
byId('error').addEventListener('click', () => step(errors, 1))
byId('error').disabled = errors.length === 0
byId('expand').addEventListener('click', () => {
  openAll(true)
  draw()
})
byId('collapse').addEventListener('click', () => {
  openAll(false)
  draw()
})
byId('reset').addEventListener('click', () => zoom(0, data.duration))

head()
openSome(250)
view.rows = openRows()
choose(view.rows[0])
