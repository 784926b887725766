// The head of the trace page: which trace, what is in it, its hotspots and its findings.
import { byId, count, data, element, legend, took, underTitle } from './common.js'

export function head() {
  const { name, status, error, facts, path, findings, services } = data
  document.title = `${name} ${took(data.duration)}`
  byId('title').append(
    element('bdi', {
      text: `${error ? '✗ ' : ''}${name}${status ? ` ${status}` : ''}`,
      className: error ? 'error' : '',
    }),
    element('span', { text: took(data.duration), className: 'took' }),
  )
  underTitle('facts', facts)
  legend(
    services.map(({ name, spans, errors }) => ({
      name,
      more:
        services.length === 1 ? '' : `${count(spans)}${errors > 0 ? ` (${count(errors)} ✗)` : ''}`,
    })),
  )
  if (path.length > 0) underTitle('path', [{ text: 'critical path', tone: 'faint' }, ...path])
  byId('findings').append(...findings.map((text) => element('li', { text: `! ${text}` })))
}
