/** Long parameters go into the body: servers and proxies limit the length of an address. */
import { randomUUID } from 'node:crypto'
import type { ParamValue } from '../query/compose/bound-query.ts'

/** Characters of parameters in an address; proxies allow 8 kB for the whole request line. */
const MOST_IN_ADDRESS = 4096

interface BoundRequest {
  query: string
  query_params?: Record<string, ParamValue>
  http_headers?: Record<string, string>
}

/**
 * A statement with its parameters: in the address, or as multipart/form-data, where the parts are `query` and
 * `param_<name>`. https://clickhouse.com/docs/interfaces/http#cli-queries-with-parameters
 */
export function withParams(query: string, params: Record<string, ParamValue>): BoundRequest {
  const parts = Object.entries(params).map(([name, value]): [string, string] => [
    `param_${name}`,
    textOf(value),
  ])
  const isLong =
    parts.reduce((length, [, text]) => length + text.length, 0) > MOST_IN_ADDRESS ||
    new URLSearchParams(parts).toString().length > MOST_IN_ADDRESS
  if (!isLong) return { query, query_params: params }
  const boundary = `otrace-${randomUUID()}`
  const part = ([name, text]: [string, string]) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`
  return {
    query: `${[part(['query', query]), ...parts.map(part)].join('')}--${boundary}--`,
    http_headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
  }
}

/** A value in ClickHouse's escaped form: tab-separated, and quoted within an array. */
function textOf(value: ParamValue): string {
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return `[${value.map((each) => `'${escaped(each)}'`).join(',')}]`
  return escaped(value)
}

const ESCAPES: Record<string, string> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  "'": "\\'",
  '\\': '\\\\',
}
const escaped = (text: string) => text.replace(/[\t\n\r'\\]/g, (char) => ESCAPES[char]!)
