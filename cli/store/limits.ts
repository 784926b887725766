/** Server settings of every query, with fallbacks for servers that refuse some. */
export interface Limits {
  /** Maximum run time of a query on the server, in seconds. */
  seconds: number
  /** Maximum memory of a query on the server, in bytes; undefined leaves it to a collector. */
  memory: number | undefined
}

export const DEFAULT_LIMITS: Limits = { seconds: 60, memory: undefined }
/** Maximum memory of a query on a server, in bytes; a collector has a limit of its own. */
const DEFAULT_MEMORY = 4_000_000_000

type Settings = Record<string, string | number>

/**
 * Sets of settings to try in turn. Our limits may exceed those of the user's profile (error 452). A user under
 * `readonly = 2` may not set `readonly`, one under `readonly = 1` may set nothing (error 164); then the server's own
 * limits apply.
 */
export function limitsFor({ seconds, memory }: Limits, local = false): Settings[] {
  const bytes = memory ?? (local ? undefined : DEFAULT_MEMORY)
  const limits = {
    max_execution_time: seconds,
    ...(bytes === undefined ? {} : { max_memory_usage: String(bytes) }),
  }
  const settings = {
    // The server stops working on a query when the client cancels it.
    cancel_http_readonly_queries_on_client_close: 1,
    // Times arrive in UTC, independent of the server's time zone.
    date_time_output_format: 'iso',
    output_format_json_quote_denormals: 0,
    // Otherwise each key of a Map decodes the whole map again: 5 keys took 269 ms instead of 106.
    optimize_functions_to_subcolumns: 0,
  }
  const readonly = { readonly: '1' }
  return [
    { ...limits, ...settings, ...readonly },
    { ...settings, ...readonly },
    { ...limits, ...settings },
    {},
  ]
}
