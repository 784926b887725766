-- Latency heatmap
--
-- Requests over time by duration: a shade is the number of requests of a bucket in a bin, and bins grow by a constant
-- factor. A second band is a second kind of requests, a band that rises is a service that slows down. With --name or
-- --kind all spans with these. `otrace histogram` shows the same without time.
--
-- @panel heatmap
-- @param bins = 16 - maximum number of bins
-- @column duration ns
-- @example otrace heatmap --since 15m
-- @example otrace heatmap --service shop --bucket 10s
-- @next otrace histogram - the same without time
-- @next otrace spans --min-duration <duration> - the spans of one band

SELECT
  bucket AS time,
  log_bin_start(intDiv(fine, width) * width) AS duration,
  adjusted_count(amount) AS spans
FROM (
  -- A scalar of the width would read the spans once more, and be analysed twice.
  SELECT bucket, fine, amount, log_bin_width(max(fine) OVER () - min(fine) OVER (), {bins:UInt16}) AS width
  FROM (
    SELECT bucket, log_bin(red.duration) AS fine, adjusted_sum(calls) AS amount
    FROM red
    WHERE if(/*+ chosen */1, 1, is_entry)
    GROUP BY bucket, fine
  )
)
GROUP BY bucket, duration
ORDER BY time, duration
