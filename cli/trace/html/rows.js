// A row of the trace page: a name, a length of time, and a bar for each of its spans.
import { data, element, hue, took } from './common.js'
import { ROW, view } from './view.js'

const critical = new Map()
for (const [index, from, to] of data.critical) {
  if (!critical.has(index)) critical.set(index, [])
  critical.get(index).push([from, to])
}

const left = (ns) => ((ns - view.from) / (view.to - view.from)) * 100

function stretch(tag, from, to) {
  if (to < view.from || from > view.to) return []
  const width = ((Math.min(to, view.to) - Math.max(from, view.from)) / (view.to - view.from)) * 100
  return [element(tag, { style: { left: `${Math.max(0, left(from))}%`, width: `${width}%` } })]
}

export function drawRow(one, position) {
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
  return row
}

/** A fold of thousands shows as many bars as a screen has room for. */
function drawn(spans) {
  if (spans.length <= 400) return spans
  const step = spans.length / 400
  return Array.from({ length: 400 }, (_, i) => spans[Math.floor(i * step)])
}
