-- Rate, errors and durations, from spans
--
-- One row a span, with the columns that questions over time and over operations group by. `calls` and `errors` add up; `duration`
-- is weighted by `calls`. A store that keeps aggregates has rows that stand for many spans under the same columns.

SELECT
  toStartOfInterval(time, toIntervalSecond({bucket:UInt32}), 'UTC') AS bucket,
  service,
  name,
  kind,
  http_method,
  http_route,
  http_status,
  is_error,
  '' AS none,
  weight AS calls,
  if(is_error, weight, 0) AS errors,
  duration
FROM spans
