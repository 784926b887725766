-- Requests per second
--
-- Requests over time, one line for each value of `--by`. Requests are entry spans: server and consumer spans and roots;
-- in a service without these, spans whose parent is in another service. A client span without a parent counts beside
-- the server span that it calls: choose one with --service. With --name or --kind all spans with these count. The most
-- frequent values have their lines, `(other)` is the sum of the rest and `(absent)` counts spans without a value. An
-- empty bucket is 0. `covered` is the share of a bucket within the window. The rate is over that time, and NULL where
-- it is less than a tenth. `--error` chooses spans with the status error.
--
-- @panel timeseries
-- @by http_status - one line for each value
-- @param values = 20 - lines to show, the most frequent values
-- @column rps reqps
-- @column covered percentunit
-- @covered covered
-- @example otrace rps --since 15m
-- @example otrace rps --by service --bucket 1m
-- @example otrace rps --error --json
-- @next otrace errors - what fails
-- @next otrace top <attribute> - who asks

SELECT
  time,
  series,
  if(covered * 10 < least(1, window_seconds / {bucket:UInt32}), NULL, amount / covered_seconds(time)) AS rps,
  covered
FROM (
  SELECT time, series, amount, covered_seconds(time) / {bucket:UInt32} AS covered, max(found) OVER () AS most
  FROM (
    SELECT
      bucket AS time,
      toLowCardinality(
        if(rank > {values:UInt32} AND dimension != '(absent)', '(other)', toString(dimension))) AS series,
      sum(found) AS found,
      stable_sum(calls) AS amount
    FROM (
      SELECT bucket, dimension, found, calls, dense_rank() OVER (ORDER BY whole DESC, dimension) AS rank
      FROM (
        -- A long text is cut once, or kept once: a column of low cardinality has a number for it in each row.
        SELECT
          bucket,
          toLowCardinality(if(/*+ clipped */1, clip_series(red.dimension), red.dimension)) AS dimension,
          sum(samples) AS found,
          adjusted_sum(red.calls) AS calls,
          round(sum(adjusted_sum(red.calls)) OVER (PARTITION BY red.dimension), 6) AS whole
        FROM red
        WHERE if(/*+ chosen */1, 1, is_entry)
        GROUP BY bucket, red.dimension
      )
    )
    GROUP BY time, series
    ORDER BY series, time
      WITH FILL FROM first_bucket TO end_bucket STEP toIntervalSecond({bucket:UInt32})
  )
) AS filled
-- Without spans the fill is a series of nothing.
WHERE most > 0
ORDER BY series, time
