-- The counts of one check
--
-- In one pass: totals, quantiles, and bins of `step` nanoseconds from which slices of equal count are made.

SELECT
  calls,
  squares,
  spans,
  errors,
  over,
  arrayMap(one -> [one.2, one.3], binned) AS bins,
  arrayMap(one -> one.4, binned) AS bins_over,
  -- By nearest rank, as percentiles() has them. 0.07 of 100 is a little more than 7.
  arrayMap(
    level -> sorted[if(/*+ weighted */1,
      arrayFirstIndex(sum -> sum >= toFloat64(level) * sums[-1] * (1 - 1e-12), sums),
      toUInt64(greatest(1, ceil(toFloat64(level) * length(sorted) - 1e-9))))],
    {levels:Array(String)}) AS quantiles
FROM (
  SELECT
    adjusted_sum(bin_calls) AS calls,
    adjusted_sum(bin_squares) AS squares,
    toUInt64(sum(bin_spans)) AS spans,
    adjusted_sum(bin_errors) AS errors,
    adjusted_sums(bin_over) AS over,
    arraySort(groupArray((bin, bin_calls, bin_errors, bin_over))) AS binned,
    arraySort(arrayFlatten(groupArray(durations))) AS sorted,
    if(/*+ weighted */1,
      arrayCumSum(one -> one.2, arraySort(arrayZip(
        arrayFlatten(groupArray(durations)), arrayFlatten(groupArray(weights))))),
      []) AS sums
  FROM (
    SELECT
      intDiv(toUnixTimestamp64Nano(time) - {start:Int64}, {step:Int64}) AS bin,
      adjusted_sum(weight) AS bin_calls,
      adjusted_squares(weight) AS bin_squares,
      count() AS bin_spans,
      adjusted_sum(weight * is_error) AS bin_errors,
      adjusted_sums(arrayMap(one -> weight * (duration >= toUInt64(one)), {limits:Array(String)})) AS bin_over,
      groupArray(duration) AS durations,
      if(/*+ weighted */1, groupArray(weight), []) AS weights
    FROM spans
    GROUP BY bin
  )
)
