-- Requests
--
-- Their number, rate, errors and durations in the window.
--
-- @panel stat
-- @column requests short
-- @column rps reqps
-- @column error_share percentunit
-- @column p50 ns
-- @column p95 ns
-- @column p99 ns
-- @samples samples

SELECT
  adjusted_count(calls) AS requests,
  adjusted_sum(calls) / window_seconds AS rps,
  adjusted_sum(if(is_error, calls, 0)) / adjusted_sum(calls) AS error_share,
  (percentiles(duration, calls) AS three)[1] AS p50,
  three[2] AS p95,
  three[3] AS p99,
  count() AS samples
FROM red
WHERE if(/*+ chosen */1, 1, is_entry)
HAVING samples > 0
