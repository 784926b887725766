-- Services: rate, errors, duration
--
-- Requests (server and consumer spans) of each service, busiest first. `otrace operations --service <service>` says which of them.
--
-- @column rps reqps
-- @column error_share percentunit
-- @column p50 ns
-- @column p95 ns
-- @column p99 ns

SELECT
  service,
  toUInt64(round(sum(calls) AS weighed)) AS requests,
  weighed / (dateDiff('millisecond', {from:DateTime64(9, 'UTC')}, {to:DateTime64(9, 'UTC')}) / 1000) AS rps,
  toUInt64(round(sum(red.errors) AS failed)) AS errors,
  failed / weighed AS error_share,
  (percentiles(duration, calls) AS three)[1] AS p50,
  three[2] AS p95,
  three[3] AS p99
FROM red
WHERE kind IN ('server', 'consumer')
GROUP BY service
ORDER BY requests DESC
