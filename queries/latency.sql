-- Latency over time
--
-- Percentiles of the duration of requests, as `otrace rps` counts them, and with --name or --kind of all spans with
-- these. p99 far above p95 is a few slow requests (`otrace slow`); all three rising together is the whole service. A
-- bucket without requests has no latency. The most frequent values of `--by` have their lines, `(other)` is the rest.
-- `samples` is the number of durations in a bucket, `covered` the share of the bucket within the window.
--
-- @panel timeseries
-- @by none - one set of lines for each value
-- @param values = 20 - values with lines of their own, the most frequent
-- @column p50 ns
-- @column p95 ns
-- @column p99 ns
-- @samples samples
-- @column covered percentunit
-- @covered covered
-- @example otrace latency --since 15m
-- @example otrace latency --by http_route --bucket 1m
-- @example otrace latency --name service_buy_product -o csv
-- @next otrace why - what changed since the window before
-- @next otrace slow - the slow requests

SELECT
  time,
  series,
  samples, p50, p95, p99,
  covered_seconds(time) / {bucket:UInt32} AS covered
FROM (
  SELECT time, series, samples, p50, p95, p99, max(samples) OVER () AS most
  FROM (
    SELECT
      bucket AS time,
      -- A long text is cut once, or kept once: a column of low cardinality has a number for it in each row.
      toLowCardinality(if(/*+ clipped */1, clip_series(value), value)) AS series,
      sum(one.samples) AS samples,
      toNullable((percentiles(duration, calls) AS three)[1]) AS p50,
      toNullable(three[2]) AS p95,
      toNullable(three[3]) AS p99
    FROM (
      SELECT
        bucket,
        if(/*+ split */1, if(dimension = '(absent)' OR dimension GLOBAL IN (
          SELECT dimension
          FROM red
          WHERE if(/*+ chosen */1, 1, is_entry)
          GROUP BY dimension
          ORDER BY adjusted_count(calls) DESC, dimension
          LIMIT {values:UInt32}
        ), dimension, '(other)'), dimension) AS value,
        samples, duration, calls
      FROM red
      WHERE if(/*+ chosen */1, 1, is_entry)
    ) AS one
    GROUP BY bucket, value
    ORDER BY series, time
      WITH FILL FROM first_bucket TO end_bucket STEP toIntervalSecond({bucket:UInt32})
  )
) AS filled
-- Without spans the fill is a series of nothing.
WHERE most > 0
ORDER BY series, time
