// All that is known of a span, in the panel beneath the rows.
import { byId, data, element, took } from './common.js'

export function detail(one, show) {
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
