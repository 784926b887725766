-- The values of one attribute
--
-- Of the span, else of its resource; with what share of the spans that have it failed and how long they took.

SELECT
  value,
  toUInt64(round(sum(weight))) AS spans,
  sumIf(weight, is_error) / sum(weight) AS error_share,
  percentiles(duration, weight)[2] AS p95,
  max(time) AS last_seen,
  argMax(trace_id, time) AS last_trace_id
FROM (
  SELECT
    if(mapContains(attributes, {key:String}), attributes[{key:String}], resource[{key:String}]) AS value,
    is_error, duration, time, trace_id, weight
  FROM spans
  WHERE mapContains(attributes, {key:String}) OR mapContains(resource, {key:String})
)
GROUP BY value
ORDER BY spans DESC, value
LIMIT {limit:UInt32}
