-- Operations: rate, errors, duration
--
-- Every span name of every service, most total time first: where the time goes. Narrow it with `--service`; look at one over time with
-- `otrace latency --name <name>`.
--
-- @param limit = 30 - rows to show
-- @column rps reqps
-- @column total ns
-- @column p50 ns
-- @column p95 ns
-- @column p99 ns

SELECT
  service,
  name,
  kind,
  toUInt64(round(sum(calls) AS weighed)) AS spans,
  weighed / (dateDiff('millisecond', {from:DateTime64(9, 'UTC')}, {to:DateTime64(9, 'UTC')}) / 1000) AS rps,
  toUInt64(round(sum(red.errors) AS failed)) AS errors,
  toUInt128(sum(duration * calls)) AS total,
  (percentiles(duration, calls) AS three)[1] AS p50,
  three[2] AS p95,
  three[3] AS p99
FROM red
GROUP BY service, name, kind
ORDER BY total DESC
LIMIT {limit:UInt32}
