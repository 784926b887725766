-- Top values of an attribute
--
-- The most frequent values of an attribute or a column, with their share of the spans, errors and duration.
-- `error_share` is the share of spans with the status error. `change` is against the window before; `noise` says
-- whether chance alone explains it: less than twice the square root of both counts. (absent) are spans without the
-- attribute, (other) those with another value, so that shares add up to 1. All values are counted, however many.
-- Narrow it to the spans with the attribute with `--name` or `--attr <key>`.
--
-- @by <attribute> - an attribute of spans or resources, or a column
-- @param sum = '' - a numeric attribute of spans to add up
-- @param values = 10 - values to show
-- @column share percentunit
-- @column error_share percentunit
-- @column p50 ns
-- @column p95 ns
-- @column change percentunit
-- @column trend short
-- @samples samples
-- @example otrace top product.id --since 1h
-- @example otrace top http_status --kind server
-- @example otrace top user.id --sum product.quantity --values 5
-- @next otrace spans --attr <key>=<value> - the spans with one value
-- @next otrace rps --by <key> - its values over time

WITH
  -- A scalar is read once, a relation for each place that names it.
  (
    SELECT groupArray(dimension)
    FROM (
      SELECT dimension
      FROM spans
      WHERE dimension != '(absent)'
      GROUP BY dimension
      ORDER BY adjusted_count(weight) DESC, dimension
      LIMIT {values:UInt32}
    )
  ) AS leading,
  counted AS (
    SELECT
      if(dimension = '(absent)' OR dimension GLOBAL IN (SELECT arrayJoin(leading)), dimension, '(other)') AS value,
      adjusted_sum(weight) AS amount,
      count() AS samples,
      adjusted_sum(if(is_error, weight, 0)) / amount AS error_share,
      percentiles(duration, weight) AS quantiles,
      number_sum(if(/*+ given_sum */1, toDecimal256OrZero(attributes[{sum:String}], 9), 0), weight) AS added,
      if(/*+ given_sum */1, count(toFloat64OrNull(attributes[{sum:String}])), 0) AS numbers,
      adjusted_trend(weight, toUInt8(least(19, intDiv(
        20 * dateDiff('microsecond', {from:DateTime64(9, 'UTC')}, spans.time),
        greatest(1, dateDiff('microsecond', {from:DateTime64(9, 'UTC')}, {to:DateTime64(9, 'UTC')})))))) AS trend
    FROM spans
    GROUP BY value
  ),
  before AS (
    SELECT
      if(dimension = '(absent)' OR dimension GLOBAL IN (SELECT arrayJoin(leading)), dimension, '(other)') AS value,
      adjusted_sum(weight) AS amount,
      count() AS samples
    FROM spans_before
    GROUP BY value
  )
SELECT
  if(/*+ clipped */1, clip(counted.value), counted.value) AS value,
  toUInt64(round(counted.amount)) AS spans,
  counted.amount / sum(counted.amount) OVER () AS share,
  error_share,
  quantiles[1] AS p50,
  quantiles[2] AS p95,
  if(numbers > 0, added, NULL) AS sum,
  if(before.samples = 0, NULL, (counted.amount - before.amount) / before.amount) AS change,
  if(before.samples = 0, NULL,
    toBool(abs(toInt64(counted.samples) - toInt64(before.samples)) < 2 * sqrt(counted.samples + before.samples))
  ) AS noise,
  trend,
  counted.samples AS samples
FROM counted
LEFT JOIN before ON before.value = counted.value
ORDER BY counted.value IN ('(absent)', '(other)'), spans DESC, counted.value
