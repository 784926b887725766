-- Which of these attribute names the spans have, and how many spans have any

SELECT
  key,
  count() AS spans,
  max(service) AS service,
  max(trace) AS example,
  sum(stable_sum(1 / own)) OVER () AS offending
FROM (
  SELECT service, trace, arrayJoin(keys) AS key, length(keys) AS own
  FROM (
    SELECT
      service,
      trace_id AS trace,
      arrayIntersect(arrayConcat(mapKeys(attributes), mapKeys(resource)), {keys:Array(String)}) AS keys
    FROM spans
  )
)
GROUP BY key
ORDER BY spans DESC, key
LIMIT 100
