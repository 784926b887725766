// The panel below the rows: details of the chosen row.
import { count, data, element, facts, hue, share, signed, took } from './common.js'
import { titleOf } from './rows.js'
import { panel } from './view.js'

export function detail(one) {
  const span = data.spans[one.spans[0]]
  const close = element('button', { text: '×', className: 'close', title: 'Escape' })
  close.type = 'button'
  close.setAttribute('aria-label', 'Close')
  const title = element('h2', { className: one.error ? 'error' : '' })
  if (span) {
    const style = { '--hue': hue(span.service) }
    title.append(element('i', { className: 'chip', style }))
  }
  title.append(element('bdi', { text: titleOf(one) }))
  const about = one.gap !== undefined ? gap(one) : one.loose ? one.loose.map(log) : undefined
  panel.replaceChildren(close, title, ...(about ?? (one.fold ? fold(one) : known(span))))
  panel.scrollTop = 0
}

/** The logs of a span that is not stored. */
const logsOf = (id) => data.loose.filter(({ span }) => span === id).map(({ text }) => text)

function gap({ gap, children }) {
  const [many, name] =
    children.length === 1 ? ['1 span', 'names'] : [`${count(below(children))} spans`, 'name']
  const text = `${many} ${name} it as parent. It was lost, sampled out, or is running still.`
  return [element('p', { text }), ...logsOf(gap).map(log)]
}

/** Folds count as what is in them. */
function below(children) {
  return children.reduce((sum, { spans }) => sum + spans.length, 0)
}

function fold({ fold: alike, spans }) {
  const some = spans.map((index) => data.spans[index])
  const lengths = some.map(({ duration }) => duration).sort((a, b) => a - b)
  const total = lengths.reduce((sum, one) => sum + one, 0)
  const each = [...new Set([took(lengths[0]), took(lengths.at(-1))])].join(' to ')
  const failed = some.filter(({ error }) => error).length
  const [first] = some
  return [
    facts([
      ['spans', `${count(some.length)} similar`],
      ['service', data.services[first.service].name],
      ['kind', first.kind],
      ['together', took(total)],
      ['each', each],
      ['median', took(lengths[Math.floor(lengths.length / 2)])],
      ['errors', failed > 0 ? count(failed) : undefined],
    ]),
    ...statement(alike),
    element('p', { className: 'faint', text: 'Open the row (→) for what is known of each.' }),
  ]
}

function known(span) {
  const { critical, message, happened: all = [] } = span
  const said = all.map(({ attributes = {} }) => attributes['exception.message'] ?? '')
  return [
    facts([
      ['service', data.services[span.service].name],
      ['kind', span.kind],
      ['start', signed(span.start)],
      ['duration', took(span.duration)],
      ['self', took(span.self)],
      [
        'critical path',
        critical > 0 ? `${took(critical)} (${share(critical / data.whole)})` : 'none',
      ],
      ['status', span.state],
      ['span', span.id],
      ['scope', span.scope],
      ['trace state', span.traceState],
      ['adjusted count', span.weight && `${span.weight} spans (sampled)`],
      ['moved', span.shift && `${signed(span.shift)} (--skew fix)`],
    ]),
    ...(message && !said.some((one) => one.includes(message))
      ? [element('pre', { className: 'error', text: message })]
      : []),
    ...(span.notes ?? []).map((text) => element('p', { className: 'warning', text })),
    ...statement(span),
    ...all.map(happened),
    ...(span.links ?? []).map((text) => element('pre', { text: `→ ${text}` })),
    element(
      'div',
      { className: 'tables' },
      ...table('Attributes', span.attributes),
      ...table('Resource', data.resources[span.resource]),
    ),
  ]
}

function statement({ statement }) {
  return statement ? [element('pre', { className: 'statement', text: statement })] : []
}

const log = (text) => element('pre', { text: `≡ ${text}` })

/** An exception as languages print it, a log record in a line, any other event with its attributes. */
function happened({ offset, name, attributes, log: record }) {
  if (record !== undefined) return log(record)
  const {
    'exception.type': type = '',
    'exception.message': message = '',
    'exception.stacktrace': stack,
    ...rest
  } = attributes
  const failed = type !== '' || message !== '' || stack !== undefined
  const said = [type, message].filter(Boolean).join(': ') || name
  return element(
    'section',
    {},
    element('pre', {
      className: failed ? 'error' : '',
      text: [failed ? '✗' : '•', ...(offset === undefined ? [] : [signed(offset)]), said].join(' '),
    }),
    ...(stack ? [element('pre', { className: 'stack', text: stack })] : []),
    ...table('', rest),
  )
}

function table(title, map) {
  const pairs = Object.entries(map)
  if (pairs.length === 0) return []
  const rows = pairs.map(([key, value]) =>
    element(
      'tr',
      {},
      element('th', { text: key }),
      value === ''
        ? element('td', { className: 'faint', text: '(empty)' })
        : element('td', { text: value }),
    ),
  )
  return [
    element(
      'section',
      {},
      ...(title ? [element('h3', { text: title })] : []),
      element('table', {}, ...rows),
    ),
  ]
}
