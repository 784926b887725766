/** What a span is called where it is shown: its name, and of an HTTP client where it asked; used by all that shows spans. */
import type { Attributes, SpanRow } from './span.ts'
import { commonName } from './statement.ts'
import { oneLine } from './text.ts'

/** Scheme and credentials, host, path. */
const URL_PARTS = /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]+)([^?#]*)/i

/** In one line: `GET api.example.com/users/7`. */
export function called(row: SpanRow): string {
  return joined(row, row.name, targetOf(row))
}

/** What alike spans are called together: `GET api.example.com`. */
export function calledAlike(row: SpanRow): string {
  return joined(row, commonName(row), { host: peerOf(row), path: '' })
}

/** Host and port that an HTTP client asked, `''` of other spans. */
export function peerOf(row: SpanRow): string {
  return targetOf(row).host
}

function joined(row: SpanRow, name: string, { host, path }: Target): string {
  const text = oneLine(name) || '(no name)'
  if (host === '' || row.name.includes(host)) return text
  return `${text} ${oneLine(row.name.includes(path) ? host : host + path)}`
}

interface Target {
  host: string
  path: string
}

const NOWHERE: Target = { host: '', path: '' }

/** By the names of either generation of the semantic conventions. */
function targetOf({ kind, attributes, http_status, http_path, db_system }: SpanRow): Target {
  if (kind !== 'client' || db_system !== '') return NOWHERE
  if (http_status === null && !either(attributes, 'http.request.method', 'http.method')) {
    return NOWHERE
  }
  const [, host = '', path = ''] = URL_PARTS.exec(either(attributes, 'url.full', 'http.url')) ?? []
  if (host !== '') return { host, path }
  const name =
    either(attributes, 'server.address', 'net.peer.name') || attributes['http.host'] || ''
  const port = either(attributes, 'server.port', 'net.peer.port')
  const usual = port === '' || port === '80' || port === '443' || name.includes(':')
  const asked = either(attributes, 'url.path', 'http.target').replace(/[?#].*$/s, '')
  if (name === '') return NOWHERE
  return { host: usual ? name : `${name}:${port}`, path: asked || http_path }
}

function either(attributes: Attributes, now: string, before: string): string {
  return attributes[now] || attributes[before] || ''
}
