/** What a request to the ClickHouse endpoint asks, wherever in it that is said; for endpoint.ts and execute.ts. */
import type { IncomingHttpHeaders } from 'node:http'
import { badRequest, RefusedStatementError } from './refused.ts'

export interface Question {
  sql: string
  id: string | undefined
  database: string | undefined
  /** The format for a statement that names none. */
  format: string
  /** `param_x`, raw, by `x`. */
  parameters: Record<string, string>
  settings: Record<string, string>
  /** Content encodings that the client takes, if it asked for compression. */
  encodings: string[]
  /** The client would rather wait for the whole answer, and have its cost and its errors in front of it. */
  waitForEnd: boolean
}

/** Parameters of the URL that are about the request, or that promise what is so anyway. */
const IGNORED = new Set([
  'user',
  'password',
  'quota_key',
  'stacktrace',
  'buffer_size',
  'wait_end_of_query',
  'session_id',
  'session_timeout',
  'session_check',
  'close_session',
  'role',
  'enable_http_compression',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
  'log_comment',
  'client_protocol_version',
  'readonly',
  'date_time_input_format',
  'cast_string_to_dynamic_use_inference',
])

/** @throws RefusedStatementError for what cannot be done here. */
export async function parseQuestion(
  url: URL,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<Question> {
  const query = url.searchParams.get('query')
  const parts = await formParts(headers, body)
  const text = parts ? (parts.get('query') ?? '') : body.toString('utf8')
  const question: Question = {
    sql: [query, text].filter((part) => part !== null && part !== '').join('\n'),
    id: idOf(url.searchParams.get('query_id') || one(headers['x-clickhouse-query-id'])),
    database:
      one(headers['x-clickhouse-database']) ?? url.searchParams.get('database') ?? undefined,
    format:
      one(headers['x-clickhouse-format']) ??
      url.searchParams.get('default_format') ??
      'TabSeparated',
    parameters: {},
    settings: {},
    encodings: [],
    waitForEnd: url.searchParams.get('wait_end_of_query') === '1',
  }
  for (const [name, value] of url.searchParams) take(question, name, value)
  if (parts) for (const [name, value] of parts) if (name !== 'query') take(question, name, value)
  if (url.searchParams.get('compress') === '1' || url.searchParams.get('decompress') === '1') {
    throw new RefusedStatementError(
      "ClickHouse's own block compression is not supported here: use gzip",
      48,
      'NOT_IMPLEMENTED',
    )
  }
  if (url.searchParams.get('enable_http_compression') === '1') {
    question.encodings = (one(headers['accept-encoding']) ?? '')
      .split(',')
      .map((name) => name.trim().split(';')[0]!)
  }
  return question
}

/** It is sent back in a header. */
function idOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^[\x20-\x7e]{1,200}$/.test(text)) {
    throw badRequest('a query_id is up to 200 printable ASCII characters')
  }
  return text
}

function take(question: Question, name: string, value: string): void {
  if (name.startsWith('param_')) question.parameters[name.slice(6)] = value
  else if (!IGNORED.has(name) && !RESERVED.has(name)) question.settings[name] = value
}

const RESERVED = new Set([
  'query',
  'database',
  'default_format',
  'query_id',
  'compress',
  'decompress',
])

async function formParts(
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<Map<string, string> | undefined> {
  const type = headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) return undefined
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch(() => {
      throw badRequest('the body is not valid multipart/form-data')
    })
  const parts = new Map<string, string>()
  for (const [name, value] of form)
    parts.set(name, typeof value === 'string' ? value : await value.text())
  return parts
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
