-- The durations that one of twenty, and one of a hundred, spans of an operation exceed

SELECT
  count() AS spans,
  toFloat64(quantileExact(0.95)(duration)) AS p95,
  toFloat64(quantileExact(0.99)(duration)) AS p99
FROM spans
WHERE service = {of_service:String} AND ({of_name:String} = '' OR operation = {of_name:String})
