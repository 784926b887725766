-- Values of one attribute
--
-- On spans, resources and events, with the share of errors and the duration. A span with several events counts for each
-- of their values. Three selects, so that each uses the index on its own keys. Sums of hours know whether a resource
-- has the attribute.

SELECT
  on,
  value,
  adjusted_count(weight) AS spans,
  adjusted_sum(if(is_error, weight, 0)) / adjusted_sum(weight) AS error_share,
  percentiles(duration, weight)[2] AS p95,
  max(time) AS last_seen,
  last_trace(trace_id, time) AS last_trace_id,
  count() AS samples
FROM (
  SELECT 'span' AS on, attributes[{key:String}] AS value, is_error, duration, time, trace_id, weight
  FROM spans
  WHERE mapContains(attributes, {key:String})
  UNION ALL
  SELECT 'resource' AS on, resource[{key:String}] AS value, is_error, duration, time, trace_id, weight
  FROM spans
  WHERE has(resource_keys, {key:String}) AND if(/*+ summed */1, (
    SELECT countIf(mapContains(one, {key:String})) > 0
    FROM (SELECT any(resource) AS one FROM spans_whole_hours GROUP BY cityHash64(resource))
  ), 1)
  UNION ALL
  SELECT
    'event' AS on,
    arrayJoin(arrayDistinct(arrayMap(
      with -> with[{key:String}], arrayFilter(with -> mapContains(with, {key:String}), event_attributes)))) AS value,
    is_error, duration, time, trace_id, weight
  FROM spans
  WHERE notEmpty(event_name)
)
GROUP BY on, value
ORDER BY spans DESC, on, value
LIMIT {limit:UInt32}
