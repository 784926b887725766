/** Names of spans as they are shown, with the server that a client called. */

import { oneLine } from '../text.ts'
import { commonName } from './normalize.ts'
import type { SpanRow } from './span-row.ts'
import { httpTarget, targetAttribute } from './target.ts'

/** In one line: `GET api.example.com/users/7`. */
export function displayName(row: SpanRow): string {
  return withTarget(row, nameOf(row), httpTarget(row))
}

/** The name of a group of similar spans: `GET api.example.com`. */
export function groupName(row: SpanRow): string {
  return withTarget(row, commonName(row), { host: httpTarget(row).host, path: '' })
}

function withTarget(row: SpanRow, name: string, { host, path }: { host: string; path: string }) {
  const text = oneLine(name) || oneLine(otherName(row)) || '(no name)'
  if (host === '' || row.name.includes(host)) return text
  return `${text} ${oneLine(row.name.includes(path) ? host : host + path)}`
}

/** Appends the path to a bare method, which says little about a server span. */
function nameOf(row: SpanRow): string {
  const { kind, name, attributes, http_path } = row
  if (kind !== 'server' || !/^(?:HTTP )?[A-Z]+$/.test(name)) return name
  const path = targetAttribute(attributes, 'path').replace(/[?#].*$/s, '') || http_path
  return path === '' ? name : `${name} ${path}`
}

/** What identifies a span that was sent without a name. */
function otherName({ attributes, http_method, http_path }: SpanRow): string {
  const method = targetAttribute(attributes, 'method') || http_method
  const path = targetAttribute(attributes, 'path') || http_path
  if (method || path) return [method, path].filter(Boolean).join(' ')
  const rpc = [
    targetAttribute(attributes, 'rpcService'),
    targetAttribute(attributes, 'rpcMethod'),
  ].filter(Boolean)
  return rpc.join('/') || targetAttribute(attributes, 'destination')
}
