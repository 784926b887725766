-- Requests per second
--
-- Server spans over time, one line for each value of `--by`. The first and the last step are divided by the seconds that the window
-- covers of them. A step without requests is 0.
--
-- @panel timeseries
-- @param by = http_status in http_status, http_route, http_method, service, name - one line for each
-- @column rps reqps

SELECT
  bucket AS time,
  ifNull(toString({by:Identifier}), '') AS series,
  sum(calls) / greatest(dateDiff('millisecond', greatest(time, {from:DateTime64(9, 'UTC')}), least(time + toIntervalSecond({bucket:UInt32}), {to:DateTime64(9, 'UTC')})), 1) * 1000 AS rps
FROM red
WHERE kind = 'server'
GROUP BY bucket, series
ORDER BY series, time
  WITH FILL
    FROM toStartOfInterval({from:DateTime64(9, 'UTC')}, toIntervalSecond({bucket:UInt32}), 'UTC')
    TO toDateTime({to:DateTime64(9, 'UTC')} + toIntervalNanosecond(999999999), 'UTC')
    STEP toIntervalSecond({bucket:UInt32})
