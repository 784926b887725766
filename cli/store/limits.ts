/** The settings every query runs under, and those that are left on servers which do not let us set them. */
export interface Limits {
  /** Most seconds a query may take on the server. */
  seconds: number
  /** Most memory a query may take on the server, bytes. */
  memory: number
}

export const DEFAULT_LIMITS: Limits = { seconds: 60, memory: 4_000_000_000 }

type Settings = Record<string, string | number>

/**
 * Sets of settings to try in turn. Where a profile has limits of its own, ours may be beyond them (error 452). A user under `readonly = 2`
 * may not set `readonly`, one under `readonly = 1` may set nothing (error 164); then the server's own limits apply.
 */
export function limitsFor({ seconds, memory }: Limits): Settings[] {
  const limits = { max_execution_time: seconds, max_memory_usage: String(memory) }
  const settings = {
    // Nobody waits for an answer that was given up, so no server should work on it.
    cancel_http_readonly_queries_on_client_close: 1,
    // Times come as UTC whatever the server's zone is.
    date_time_output_format: 'iso',
    output_format_json_quote_denormals: 0,
    // Else every key of a Map is read on its own, and the map decoded for each: 5 keys took 269 ms instead of 106.
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
