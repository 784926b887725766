-- Repeated calls: N+1 and fan-out
--
-- Calls that run more than `--most` times under one span, the most expensive first: statements and requests to other
-- services, equal but for their literals. In a `loop` they mostly run one after another: read the items at once
-- instead. In a `fan-out` they run at the same time, which costs connections rather than time. `share` is of the
-- traces with the operation under which they run, `time` that in which at least one of the calls runs, of all traces
-- together, and `time_each` that of one loop. Open an example with `otrace trace <trace_id>`.
--
-- @param most = 4 - fewer calls are not a repetition
-- @param limit = 20 - rows to show
-- @column share percentunit
-- @column time ns
-- @column time_each ns
-- @example otrace repeats --since 1h
-- @example otrace repeats --service shop --most 10
-- @next otrace trace <trace_id> - an example

WITH
  operations AS (
    SELECT service AS of_service, name AS of_name, uniqExact(cityHash64(trace_id)) AS traces
    FROM spans_narrow
    GROUP BY of_service, of_name
  )
SELECT
  if(2 * sum(busy) < sum(spent), 'fan-out', 'loop') AS type,
  repeated_calls.service AS service,
  repeated_calls.of_name AS under,
  repeated_calls.name AS call,
  substringUTF8(normalizeQuery(min(example)), 1, 120) AS query,
  arrayElement(quantilesExact(0.4999999999, 0.9899999999)(repeats) AS quantiles, 1) AS calls_p50,
  quantiles[2] AS calls_p99,
  uniqExact(repeated_calls.trace_id) AS requests,
  if(any(operations.traces) = 0, NULL, requests / any(operations.traces)) AS share,
  sum(busy) AS time,
  toUInt64(sum(busy) / count()) AS time_each,
  argMax(repeated_calls.trace_id, (repeats, repeated_calls.trace_id)) AS trace_id
FROM repeated_calls
LEFT JOIN operations
  ON operations.of_service = repeated_calls.of_service AND operations.of_name = repeated_calls.of_name
WHERE repeats > {most:UInt32}
GROUP BY
  repeated_calls.service, repeated_calls.of_service, repeated_calls.of_name,
  repeated_calls.name, repeated_calls.statement
ORDER BY time DESC, service, under, call, query, repeated_calls.of_service, repeated_calls.statement
LIMIT {limit:UInt32}
