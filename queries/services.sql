-- Services: rate, errors, duration
--
-- Every service, busiest first: its spans, and rate, errors and duration of its requests. Requests are entry spans:
-- server and consumer spans and roots (of a client, too); in a service without these, spans whose parent is in another
-- service. With --name or --kind all spans with these count. `errors` are requests whose span has the status error, on
-- each service that a failure passes through; `otrace errors` counts it once, and divides faults from refusals.
-- `first_seen` is the first span in the window: a rate is over the whole window. `otrace operations --service
-- <service>` splits them by name.
--
-- @by service - one row for each value
-- @param limit = 100 - rows to show
-- @column rps reqps
-- @column error_share percentunit
-- @column p50 ns
-- @column p95 ns
-- @column p99 ns
-- @samples samples
-- @example otrace services --since 1h
-- @example otrace services --by environment
-- @next otrace operations --service <service> - its operations
-- @next otrace map - which service calls which

SELECT
  if(/*+ clipped */1, clip(dimension), dimension) AS /*+ by_name */service,
  adjusted_count(calls) AS spans,
  adjusted_count(request_calls) AS requests,
  adjusted_sum(request_calls) / window_seconds AS rps,
  adjusted_count(if(is_error, request_calls, 0)) AS errors,
  if(requests = 0, NULL, adjusted_sum(if(is_error, request_calls, 0)) / adjusted_sum(request_calls)) AS error_share,
  if(requests = 0, NULL, (percentiles(duration, request_calls) AS three)[1]) AS p50,
  if(requests = 0, NULL, three[2]) AS p95,
  if(requests = 0, NULL, three[3]) AS p99,
  sumIf(counted, request_calls > 0) AS samples,
  min(time) AS first_seen
FROM (
  SELECT
    time, dimension, calls, duration, is_error,
    if(if(/*+ chosen */1, 1, is_entry), calls, 0) AS request_calls,
    samples AS counted
  FROM red
)
GROUP BY dimension
ORDER BY requests DESC, spans DESC, dimension
LIMIT {limit:UInt32}
