-- The columns of `red` for whole hours, as the collector adds spans up
--
-- A row for each hour, kind of request and bin of durations (collector/schema/additions_to_traces.sql). `duration` is
-- the mean of a bin, which is in it, `spent` the sum of the durations, `time` the first span. The columns without a
-- name of their own are those of the schema; GROUP BY ALL is added. The collector stores durations that are `sound`;
-- the shards of a Distributed table add up what others stored, and send sums instead of spans.

SELECT
  toTimeZone(min(Timestamp), 'UTC') AS time,
  toStartOfInterval(toTimeZone(toStartOfHour(Timestamp), 'UTC'), toIntervalSecond({bucket:UInt32}), 'UTC') AS bucket,
  service,
  name,
  operation,
  kind,
  is_entry,
  http_status,
  is_error,
  dimension,
  toFloat64(count()) AS calls,
  if(is_error, toFloat64(count()), 0) AS errors,
  -- The second of the pair is a key of GROUP BY ALL.
  (
    toUInt64(intDiv(
      sum(if(/*+ sound */1, Duration, if(Duration < 0 OR Duration >= 9000000000000000000, 0, toUInt64(Duration)))),
      count())),
    bitShiftRight(reinterpretAsUInt32(toFloat32(
      if(/*+ sound */1, Duration, if(Duration < 0 OR Duration >= 9000000000000000000, 0, toUInt64(Duration))))), 18)
  ).1 AS duration,
  sum(if(/*+ sound */1, Duration, if(Duration < 0 OR Duration >= 9000000000000000000, 0, toUInt64(Duration)))) AS spent,
  count() AS samples
FROM spans
