-- Top values of an attribute
--
-- The most frequent values of an attribute or a column, with their share of the spans, errors and duration.
-- `error_share` is the share of spans with the status error. `change` is against the window before; `noise` says
-- whether chance alone explains it: less than twice the square root of both counts. (absent) are spans without the
-- attribute, (other) those with another value, so that shares add up to 1; a value that reads so is in quotes. All
-- values are counted, however many. Narrow it to the spans with the attribute with `--name` or `--attr <key>`.
--
-- @by <attribute> - an attribute of spans or resources, or a column
-- @param sum = '' - a numeric attribute of spans or resources to add up, to 18 decimals
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
  -- Of the span, else of its resource, as the attribute of rows.
  (own, shared) -> if(mapContains(own, {sum:String}), own[{sum:String}], shared[{sum:String}]) AS summed
SELECT
  if(/*+ clipped */1, clip(counted.value), counted.value) AS value,
  toUInt64(round(amount)) AS spans,
  amount / sum(amount) OVER () AS share,
  error_share,
  quantiles[1] AS p50,
  quantiles[2] AS p95,
  if(numbers > 0, added, NULL) AS sum,
  if(samples_before = 0, NULL, (amount - amount_before) / amount_before) AS change,
  if(samples_before = 0, NULL,
    toBool(abs(toInt64(counted.samples) - toInt64(samples_before)) < 2 * sqrt(counted.samples + samples_before))
  ) AS noise,
  trend,
  counted.samples AS samples
FROM (
  SELECT
    value,
    adjusted_sum(present) AS amount,
    countIf(part < 20) AS samples,
    adjusted_sum(if(failed, present, 0)) / amount AS error_share,
    percentiles(spent, present) AS quantiles,
    number_sum(if(/*+ given_sum */1, toDecimal256OrZero(text, 18), 0), present) AS added,
    if(/*+ given_sum */1, count(toFloat64OrNull(text)), 0) AS numbers,
    adjusted_trend(present, part) AS trend,
    adjusted_sum(past) AS amount_before,
    countIf(part = 20) AS samples_before
  FROM (
    -- Apart, for a key of GROUP BY that holds filters by trace is not known again in the SELECT.
    SELECT
      if(dimension = '(absent)' OR dimension GLOBAL IN (
        SELECT dimension
        FROM spans
        WHERE dimension != '(absent)'
        GROUP BY dimension
        ORDER BY adjusted_count(weight) DESC, dimension
        LIMIT {values:UInt32}
      ), dimension, '(other)') AS value,
      present, past, failed, spent, text, part
    FROM (
      -- Together, so that the leading values are looked for once. The window before is a part after the last.
      SELECT
        dimension, weight AS present, toFloat64(0) AS past, is_error AS failed, duration AS spent,
        if(/*+ given_sum */1, summed(attributes, resource), '') AS text,
        toUInt8(least(19, intDiv(
          20 * dateDiff('microsecond', {from:DateTime64(9, 'UTC')}, spans.time),
          greatest(1, dateDiff('microsecond', {from:DateTime64(9, 'UTC')}, {to:DateTime64(9, 'UTC')}))))) AS part
      FROM spans
      UNION ALL
      SELECT dimension, toFloat64(0), weight, toBool(0), toUInt64(0), '', toUInt8(20)
      FROM spans_before
    )
  )
  GROUP BY value
  HAVING samples > 0
) AS counted
ORDER BY counted.value IN ('(absent)', '(other)'), spans DESC, counted.value
