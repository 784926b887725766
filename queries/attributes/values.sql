-- The values of one attribute
--
-- Wherever it is: on spans, their resources and their events, with what share of the spans that have it there failed and how long they
-- took. A span with several events counts for each value that they have. Read apart, so that an index on the keys of one is of use.

SELECT
  on,
  value,
  toUInt64(round(sum(weight))) AS spans,
  sumIf(weight, is_error) / sum(weight) AS error_share,
  percentiles(duration, weight)[2] AS p95,
  max(time) AS last_seen,
  argMax(trace_id, time) AS last_trace_id
FROM (
  SELECT 'span' AS on, attributes[{key:String}] AS value, is_error, duration, time, trace_id, weight
  FROM spans
  WHERE mapContains(attributes, {key:String})
  UNION ALL
  SELECT 'resource' AS on, resource[{key:String}] AS value, is_error, duration, time, trace_id, weight
  FROM spans
  WHERE mapContains(resource, {key:String})
  UNION ALL
  SELECT
    'event' AS on,
    arrayJoin(arrayDistinct(arrayMap(
      with -> with[{key:String}], arrayFilter(with -> mapContains(with, {key:String}), event_attributes)))) AS value,
    is_error, duration, time, trace_id, weight
  FROM spans
)
GROUP BY on, value
ORDER BY spans DESC, on, value
LIMIT {limit:UInt32}
