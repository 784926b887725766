// The head of the trace page: which trace, what is in it, and what is wrong with it.
import { byId, data, element, hue, took } from './common.js'

export function head() {
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
