// The head of the trace page: which trace, what is in it, and what is wrong with it.
import { byId, data, element, legend, took, underTitle } from './common.js'

export function head() {
  const { name, status, error, facts, findings, services } = data
  document.title = `${name} ${took(data.duration)}`
  byId('title').append(
    element('bdi', {
      text: `${error ? '✗ ' : ''}${name}${status ? ` ${status}` : ''}`,
      className: error ? 'error' : '',
    }),
    element('span', { text: took(data.duration), className: 'took' }),
  )
  underTitle(facts)
  legend(
    services.map(({ name, spans, errors }) => ({
      name,
      more: services.length === 1 ? '' : `${spans}${errors > 0 ? ` (${errors} ✗)` : ''}`,
    })),
  )
  byId('findings').append(...findings.map((text) => element('li', { text: `! ${text}` })))
}
