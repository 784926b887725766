-- Latency over time
--
-- Quantiles of the duration of server spans. p99 far above p95 is a few slow requests (`otrace slow`); all three rising together is
-- the whole service. A step without requests has no latency.
--
-- @panel timeseries
-- @param by = none in none, http_status, http_route, http_method, service, name - one set of lines for each
-- @column p50 ns
-- @column p95 ns
-- @column p99 ns

SELECT
  bucket AS time,
  ifNull(toString({by:Identifier}), '') AS series,
  toNullable((percentiles(duration, calls) AS three)[1]) AS p50,
  toNullable(three[2]) AS p95,
  toNullable(three[3]) AS p99
FROM red
WHERE kind = 'server'
GROUP BY bucket, series
ORDER BY series, time
  WITH FILL
    FROM toStartOfInterval({from:DateTime64(9, 'UTC')}, toIntervalSecond({bucket:UInt32}), 'UTC')
    TO toDateTime({to:DateTime64(9, 'UTC')} + toIntervalNanosecond(999999999), 'UTC')
    STEP toIntervalSecond({bucket:UInt32})
