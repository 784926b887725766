-- Distribution of durations
--
-- Requests by duration, in bins that grow by a constant factor, with p50, p95 and p99 in the bins where they lie. Two
-- humps are two kinds of requests, such as with and without a cache: `--by <attribute>` tells what differs, `otrace
-- spans --min-duration <bound>` lists one of them. With --name or --kind all spans with these. A bin is `[duration,
-- up_to)`.
--
-- @panel histogram
-- @by none - one histogram for each value
-- @param values = 10 - values with a histogram of their own, the most frequent
-- @param bins = 24 - maximum number of bins
-- @column duration ns
-- @column up_to ns
-- @column share percentunit
-- @column p50 ns
-- @column p95 ns
-- @column p99 ns
-- @samples samples
-- @example otrace histogram --since 15m
-- @example otrace histogram --by http_status
-- @example otrace histogram --name POST --bins 40
-- @next otrace diff --min-duration <duration> - what tells one hump from the other
-- @next otrace spans --min-duration <duration> - its spans

WITH
  requests AS (
    SELECT
      if(/*+ split */1, if(dimension = '(absent)' OR dimension GLOBAL IN (
        SELECT dimension
        FROM red
        WHERE if(/*+ chosen */1, 1, is_entry)
        GROUP BY dimension
        ORDER BY adjusted_count(calls) DESC, dimension
        LIMIT {values:UInt32}
      ), dimension, '(other)'), dimension) AS value,
      duration, calls, errors, samples
    FROM red
    WHERE if(/*+ chosen */1, 1, is_entry)
  ),
  binned AS (
    -- A long text is cut once, or kept once: a column of low cardinality has a number for it in each row.
    SELECT
      toLowCardinality(if(/*+ clipped */1, clip_series(value), value)) AS series,
      log_bin(duration) AS fine,
      adjusted_sum(requests.calls) AS calls, adjusted_sum(requests.errors) AS errors
    FROM requests
    GROUP BY series, fine
  ),
  quantiles AS (
    SELECT
      toLowCardinality(if(/*+ clipped */1, clip_series(value), value)) AS series,
      percentiles(duration, calls) AS three, adjusted_sum(calls) AS amount, sum(samples) AS found
    FROM requests
    GROUP BY value
  )
SELECT
  bins.series AS series,
  log_bin_start(bin * width) AS duration,
  log_bin_start((bin + 1) * width) AS up_to,
  bins.counted AS spans,
  failed AS errors,
  if(amount = 0, 0, part / amount) AS share,
  if(intDiv(log_bin(three[1]), width) = bin, three[1], NULL) AS p50,
  if(intDiv(log_bin(three[2]), width) = bin, three[2], NULL) AS p95,
  if(intDiv(log_bin(three[3]), width) = bin, three[3], NULL) AS p99,
  found AS samples
FROM (
  -- A scalar of the widest bin would read the spans once more, and be analysed twice.
  SELECT series, bin, counted, failed, part, max(widest) OVER () AS width
  FROM (
    SELECT
      series, intDiv(fine, wide) AS bin, max(wide) AS widest,
      adjusted_count(calls) AS counted, adjusted_count(errors) AS failed, adjusted_sum(calls) AS part
    FROM (
      SELECT
        series, fine, calls, errors, log_bin_width(max(fine) OVER () - min(fine) OVER (), {bins:UInt16}) AS wide
      FROM binned
    )
    GROUP BY series, bin
    ORDER BY series, bin WITH FILL STEP 1
  )
) AS bins
INNER JOIN quantiles ON quantiles.series = bins.series
ORDER BY bins.series, bin
