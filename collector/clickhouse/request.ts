/** A client's request: statement, parameters, settings and output format. */
import type { IncomingHttpHeaders } from 'node:http'
import { MIMEType } from 'node:util'
import { badRequest, unknownRole } from './errors.ts'
import { framesContent } from './native/compressed.ts'

export interface QueryRequest {
  sql: string
  id: string | undefined
  database: string | undefined
  /** The format of a statement without FORMAT. */
  format: string
  /** `param_x`, raw, by `x`. */
  parameters: Record<string, string>
  settings: Record<string, string>
  /** The client's accepted encodings, if it enabled compression. */
  encodings: string[]
  /** `client_protocol_version`, which changes the Native format; 0 without it. */
  protocol: number
  /** The client wants ClickHouse's own block compression. */
  compress: boolean
  /** The client waits for the whole answer, with its cost and errors in the header. */
  waitForEnd: boolean
}

/**
 * Settings of writes, other servers, caches, plans, profiles, the connection and types that are on: no answer here
 * depends on them.
 */
export const WITHOUT_EFFECT = new Set(
  `
  async_insert wait_for_async_insert insert_deduplicate insert_quorum max_insert_block_size mutations_sync alter_sync
  insert_quorum_parallel insert_quorum_timeout max_insert_threads select_sequential_consistency skip_unavailable_shards
  prefer_localhost_replica max_replica_delay_for_distributed_queries fallback_to_stale_replicas_for_distributed_queries
  load_balancing distributed_group_by_no_merge max_concurrent_queries_for_user priority lock_acquire_timeout
  use_query_cache query_cache_ttl query_cache_min_query_runs query_cache_min_query_duration query_cache_share_between_users
  query_cache_nondeterministic_function_handling query_cache_system_table_handling use_uncompressed_cache
  compile_expressions optimize_aggregation_in_order optimize_read_in_order log_queries log_profile_events
  max_bytes_before_external_sort max_bytes_before_external_group_by
  enable_json_type enable_dynamic_type enable_variant_type enable_time_time64_type allow_experimental_json_type
  allow_experimental_object_type allow_experimental_dynamic_type allow_experimental_variant_type
  allow_suspicious_low_cardinality_types
  query_plan_optimize_lazy_materialization query_plan_max_limit_for_lazy_materialization
  query_plan_max_limit_for_top_k_optimization use_top_k_dynamic_filtering use_skip_indexes_for_top_k
  use_skip_indexes_on_data_read use_skip_indexes_for_disjunctions optimize_use_projections max_final_threads
  optimize_skip_unused_shards force_optimize_skip_unused_shards max_distributed_connections max_parallel_replicas
  enable_parallel_replicas allow_experimental_parallel_reading_from_replicas use_hedged_requests
  connections_with_failover_max_tries distributed_aggregation_memory_efficient insert_distributed_sync
  opentelemetry_start_trace_probability query_profiler_real_time_period_ns query_profiler_cpu_time_period_ns
  memory_profiler_step log_queries_min_type workload
  replace_running_query add_http_cors_header http_zlib_compression_level
  idle_connection_timeout tcp_keep_alive_timeout connect_timeout receive_timeout send_timeout
  http_connection_timeout http_receive_timeout http_send_timeout
  `
    .trim()
    .split(/\s+/),
)

/** URL parameters about the request, and settings that already hold. */
export const IGNORED = new Set([
  ...WITHOUT_EFFECT,
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
  'enable_http_compression',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
  'log_comment',
  'client_protocol_version',
  'network_compression_method',
  'network_zstd_compression_level',
  'readonly',
  'date_time_input_format',
  'cast_string_to_dynamic_use_inference',
])

/** @throws RefusedStatementError for unsupported parameters. */
export async function parseRequest(
  url: URL,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<QueryRequest> {
  const query = url.searchParams.get('query')
  const parts = await formParts(headers, body)
  const isCompressed = isOn(url, 'decompress')
  const text = parts
    ? (parts.get('query') ?? '')
    : !isCompressed
      ? body.toString('utf8')
      : // Clients compress what they insert, too, with the statement in the URL.
        query === null
        ? (await framesContent(body, MOST_STATEMENT)).toString('utf8')
        : ''
  const request: QueryRequest = {
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
    protocol: Number(url.searchParams.get('client_protocol_version') ?? 0) || 0,
    compress: wantsCompression(url),
    waitForEnd: isOn(url, 'wait_end_of_query'),
  }
  for (const [name, value] of url.searchParams) take(request, name, value)
  if (parts) for (const [name, value] of parts) if (name !== 'query') take(request, name, value)
  if (isOn(url, 'enable_http_compression')) {
    request.encodings = (one(headers['accept-encoding']) ?? '')
      .split(',')
      .map((name) => name.trim().split(';')[0]!)
  }
  return request
}

/** Bytes of a compressed statement: its checksum takes longer than reading it. */
const MOST_STATEMENT = 2 ** 20

/** Whether the answer, or the error, is in ClickHouse's own frames. */
export function wantsCompression(url: URL): boolean {
  return isOn(url, 'compress')
}

/** As ClickHouse reads a truth value: .NET's driver sends `true`. */
function isOn(url: URL, name: string): boolean {
  return /^(?:1|true)$/i.test(url.searchParams.get(name) ?? '')
}

/** Restricted, because it is sent back in a header. */
function idOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^[\x20-\x7e]{1,200}$/.test(text)) {
    throw badRequest('a query_id is up to 200 printable ASCII characters')
  }
  return text
}

function take(request: QueryRequest, name: string, value: string): void {
  if (name === 'role') throw unknownRole(value)
  if (name.startsWith('param_')) request.parameters[name.slice(6)] = value
  else if (!IGNORED.has(name) && !RESERVED.has(name)) request.settings[name] = value
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
  refuseManyHeads(type, body)
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch(() => {
      throw badRequest('the body is not valid multipart/form-data')
    })
  const parts = new Map<string, string>()
  for (const [name, value] of form) {
    if (typeof value !== 'string' && name !== 'query' && !name.startsWith('param_'))
      throw badRequest(`external tables are not supported: ${name}`)
    parts.set(name, typeof value === 'string' ? value : await value.text())
  }
  return parts
}

/** Each part and each line of its head cost 5 µs of the event loop. */
const MOST_PARTS = 1000
const MOST_HEAD = 1024
const DASH = 0x2d

/** @throws RefusedStatementError for a form whose reading would hold up other requests. */
function refuseManyHeads(type: string, body: Buffer): void {
  const delimiter = `--${boundaryOf(type)}`
  let parts = 0
  let at = body.indexOf(delimiter)
  for (; at >= 0; at = body.indexOf(delimiter, at + delimiter.length)) {
    const head = body.subarray(at + delimiter.length, at + delimiter.length + MOST_HEAD)
    const isLast = head[0] === DASH && head[1] === DASH
    // The last delimiter counts, too: a body may repeat it.
    if (++parts > MOST_PARTS + 1 || !(isLast || head.includes('\r\n\r\n')))
      throw badRequest(`a form may have ${MOST_PARTS} parts, with heads of ${MOST_HEAD} bytes`)
  }
}

/** @throws RefusedStatementError for a header that cannot be read. */
function boundaryOf(type: string): string {
  try {
    return new MIMEType(type).params.get('boundary') ?? ''
  } catch {
    throw badRequest(`Content-Type cannot be read: ${type}`)
  }
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
