// A row of the trace page: name, service, durations, and bars.
import { drawBars } from './bars.js'
import { count, data, element, hue, signed, took } from './common.js'
import { ROW, view } from './view.js'

const repeated = new Set(data.repeated)

export function drawRow(one, position) {
  const span = data.spans[one.spans[0]]
  const name = element(
    'div',
    { className: 'name', style: { '--level': one.level } },
    part('twist', one.children.length > 0 ? (one.open ? '▾' : '▸') : ''),
    ...(span ? [chip(span)] : []),
    element('div', { className: 'label' }, ...(span ? labelOf(one, span) : [text(one)])),
    ...within(one),
  )
  const row = element('div', { className: 'row', style: { top: `${position * ROW}px` } }, name)
  row.id = `row-${position}`
  if (span) {
    const sum = (of) => one.spans.reduce((total, index) => total + of(data.spans[index]), 0)
    const total = took(sum(({ duration }) => duration))
    const bars = element('div', { className: 'bars', title: about(one, span) })
    bars.append(...drawBars(one.spans))
    row.append(
      part('took', one.fold ? `Σ ${total}` : total),
      part('self', took(sum(({ self }) => self))),
      bars,
    )
    row.style.setProperty('--hue', one.error ? 'var(--error)' : hue(span.service))
  }
  for (const cell of row.children) cell.setAttribute('role', 'gridcell')
  row.setAttribute('role', 'row')
  row.setAttribute('aria-level', one.level + 1)
  row.setAttribute('aria-rowindex', position + 1)
  if (one.children.length > 0) row.setAttribute('aria-expanded', one.open)
  if (view.found.has(one)) row.classList.add('match')
  return row
}

/** What a row is called where it stands alone. */
export function titleOf(one) {
  const { mark, name } = called(one)
  const { status } = data.spans[one.spans[0]] ?? {}
  return `${mark}${name}${status ? ` ${status}` : ''}${one.fold ? ` ×${count(one.spans.length)}` : ''}`
}

function called({ gap, loose, error, fold, spans }) {
  if (gap !== undefined) return { mark: '┄ ', name: `span ${gap} is not stored` }
  if (loose) {
    const records = loose.length === 1 ? '1 log record' : `${count(loose.length)} log records`
    return { mark: '≡ ', name: `${records} of no stored span` }
  }
  const { name, broken } = data.spans[spans[0]]
  return { mark: error ? '✗ ' : broken ? '↻ ' : '', name: fold?.name ?? name }
}

const part = (className, text) => element('span', { className, text })

/** The chip keeps the service's colour where the bar is red. */
const chip = ({ service }) => element('i', { className: 'chip', style: { '--hue': hue(service) } })

/** What comes after a name stays in view when the name is cut. */
function text(one, ...more) {
  const title = titleOf(one)
  const { name, mark } = called(one)
  const className = one.error ? 'text error' : 'text'
  return element('span', { className, title }, element('bdi', { text: mark + name }), ...more)
}

function labelOf(one, span) {
  const { status, parent, service } = span
  const { name: label } = data.services[service]
  return [
    text(
      one,
      ...(status ? [part(toneOf(status), ` ${status}`)] : []),
      ...(one.fold ? [element('b', { text: ` ×${count(one.spans.length)}` })] : []),
      ...(one.fold && one.spans.some((index) => repeated.has(index)) ? [part('tag', ' N+1')] : []),
    ),
    ...(data.spans[parent]?.service === service
      ? []
      : [element('bdi', { className: 'service', text: label, title: label })]),
  ]
}

function toneOf(status) {
  return status >= 500 ? 'error' : status >= 400 ? 'warning' : 'faint'
}

/** What a closed row hides and one looks for: errors, and what was found. */
function within(one) {
  if (one.open || one.children.length === 0) return []
  const below = one.failed - (one.error ? one.spans.filter((i) => data.spans[i].error).length : 0)
  const badge = (className, text, title) => [
    element('span', { className: `below ${className}`, text, title }),
  ]
  return [
    ...(below > 0 ? badge('error', `✗ ${count(below)}`, 'errors below') : []),
    ...(view.holders.has(one) ? badge('found', '⌕', 'found below') : []),
  ]
}

/** What one reads off a bar. */
function about(one, span) {
  const figures = one.fold
    ? `the first starts at ${signed(span.start)}`
    : `starts at ${signed(span.start)}, takes ${took(span.duration)}, ${took(span.self)} itself`
  return `${titleOf(one)} (${data.services[span.service].name})\n${figures}`
}
