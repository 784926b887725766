-- Slowest operations
--
-- Requests by operation, highest p95 first, with the longest in 16 parts of the window.
--
-- @param limit = 8 - rows to show
-- @column rps reqps
-- @column error_share percentunit
-- @column p95 ns
-- @column slowest ns
-- @samples samples

SELECT
  if(/*+ clipped */1, clip(red.operation), red.operation) AS operation,
  percentiles(duration, calls)[2] AS p95,
  maxForEach(arrayMap(slice -> if(slice = least(15, intDiv(
    16 * dateDiff('microsecond', {from:DateTime64(9, 'UTC')}, time),
    greatest(1, dateDiff('microsecond', {from:DateTime64(9, 'UTC')}, {to:DateTime64(9, 'UTC')})))), duration, 0),
    range(16))) AS slowest,
  adjusted_sum(calls) / window_seconds AS rps,
  adjusted_sum(if(is_error, calls, 0)) / adjusted_sum(calls) AS error_share,
  count() AS samples
FROM red
WHERE if(/*+ chosen */1, 1, is_entry)
GROUP BY red.operation
ORDER BY p95 DESC, red.operation
LIMIT {limit:UInt32}
