-- Rate, errors and durations, from spans
--
-- One row per span, with the columns that queries over time and over operations group by. `calls`, `errors` and
-- `samples` add up; `duration` is weighted by `calls`. A query that counts rows by `samples`, and durations by `spent`,
-- may get rows for many spans: the collector adds whole hours up.

SELECT
  time,
  toStartOfInterval(time, toIntervalSecond({bucket:UInt32}), 'UTC') AS bucket,
  service,
  name,
  operation,
  kind,
  is_entry,
  http_method,
  http_route,
  http_status,
  is_error,
  dimension,
  weight AS calls,
  if(is_error, weight, 0) AS errors,
  duration,
  duration AS spent,
  toUInt64(1) AS samples
FROM spans
