-- Operations: rate, errors, duration
--
-- Every span name of every service, most total time first: where the time goes. A server span named after its method
-- alone is shown with its path, in which ids become `{id}`. `errors` are spans with the status error. Narrow it with
-- `--service`; show one over time with `otrace latency --name <name>`.
--
-- @by none - one row for each value, too
-- @param limit = 30 - rows to show
-- @column rps reqps
-- @column total ns
-- @column p50 ns
-- @column p95 ns
-- @column p99 ns
-- @samples samples
-- @example otrace operations --since 1h --service shop
-- @example otrace operations --by host.name
-- @example otrace operations --error --limit 10
-- @next otrace latency --name <name> - one operation over time
-- @next otrace flame --name <name> - where its time goes

SELECT
  service,
  operation AS name,
  kind,
  /*+ by_item */
  adjusted_count(calls) AS spans,
  adjusted_sum(calls) / window_seconds AS rps,
  adjusted_count(red.errors) AS errors,
  total(spent, calls) AS total,
  (percentiles(duration, calls) AS three)[1] AS p50,
  three[2] AS p95,
  three[3] AS p99,
  sum(red.samples) AS samples
FROM red
GROUP BY service, operation, kind, dimension
ORDER BY total DESC, service, name, kind, dimension
LIMIT {limit:UInt32}
