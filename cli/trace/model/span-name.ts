/** Names of spans as they are shown, with the server that a client called. */

import { isBareName, NO_NAME, withoutIds } from '../../query/filters/bare-names.ts'
import { oneLine } from '../text.ts'
import { commonName } from './normalize.ts'
import type { SpanRow } from './span-row.ts'
import { httpTarget, targetAttribute, urlPath } from './target.ts'

/** In one line: `GET api.example.com/users/7`. */
export function displayName(row: SpanRow): string {
  return withTarget(row, nameOf(row), httpTarget(row))
}

/** The name of a group of similar spans: `GET api.example.com`. */
export function groupName(row: SpanRow): string {
  return withTarget(row, commonName(row) || nameOf(row), { host: httpTarget(row).host, path: '' })
}

/** The name of a kind of spans, a server's with its route as in `otrace operations`: `GET /users/{id}`. */
export function operationName(row: SpanRow): string {
  const isBare = row.name !== '' && isBareName(row.name, row.kind)
  return isBare ? oneLine(withoutIds(nameOf(row))) : groupName(row)
}

/** As `operation` of queries/spans/. */
export const storedOperation = (row: SpanRow): string =>
  isBareName(row.name, row.kind) ? withoutIds(nameOf(row)) : row.name

function withTarget(row: SpanRow, name: string, { host, path }: { host: string; path: string }) {
  const text = oneLine(name)
  if (host === '' || row.name.includes(host)) return text
  return `${text} ${oneLine(text.includes(path) ? host : host + path)}`
}

/** As `operation` of queries/spans/shared/names.sql, but with the ids of its path. */
function nameOf(row: SpanRow, name = row.name): string {
  if (!isBareName(row.name, row.kind)) return name
  const { attributes, http_method, http_path } = row
  const value = (key: Parameters<typeof targetAttribute>[1]) => targetAttribute(attributes, key)
  const rpc = [value('rpcService'), value('rpcMethod')].filter(Boolean).join('/')
  const called =
    attributes['http.route'] ||
    http_path ||
    // The target of a proxy is a URL.
    urlPath(value('path')) ||
    value('path').replace(/[?#].*$/s, '') ||
    urlPath(value('url')) ||
    rpc ||
    value('destination')
  return `${row.name || value('method') || http_method || NO_NAME} ${called}`.trimEnd()
}
