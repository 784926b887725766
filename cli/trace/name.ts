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

/** Attributes that tell what an HTTP client asked, by what they are called now and were called before. */
const KEYS = {
  method: ['http.request.method', 'http.method'],
  url: ['url.full', 'http.url'],
  address: ['server.address', 'net.peer.name', 'http.host'],
  port: ['server.port', 'net.peer.port'],
  path: ['url.path', 'http.target'],
} as const

/** All that the names of HTTP clients are made of. */
export const TARGET_KEYS: readonly string[] = Object.values(KEYS).flat()

function targetOf({ kind, attributes, http_status, http_path, db_system }: SpanRow): Target {
  if (kind !== 'client' || db_system !== '') return NOWHERE
  if (http_status === null && !first(attributes, KEYS.method)) return NOWHERE
  const [, host = '', path = ''] = URL_PARTS.exec(first(attributes, KEYS.url)) ?? []
  if (host !== '') return { host, path }
  const name = first(attributes, KEYS.address)
  const port = first(attributes, KEYS.port)
  const usual = port === '' || port === '80' || port === '443' || name.includes(':')
  const asked = first(attributes, KEYS.path).replace(/[?#].*$/s, '')
  if (name === '') return NOWHERE
  return { host: usual ? name : `${name}:${port}`, path: asked || http_path }
}

function first(attributes: Attributes, keys: readonly string[]): string {
  for (const key of keys) if (attributes[key]) return attributes[key]
  return ''
}
