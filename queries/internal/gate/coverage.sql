-- How many spans lack each attribute

SELECT
  key,
  count() AS spans,
  countIf(NOT present) AS missing,
  minIf(trace, NOT present) AS example
FROM (
  SELECT
    trace_id AS trace,
    arrayJoin({keys:Array(String)}) AS key,
    mapContains(attributes, key) OR mapContains(resource, key) AS present
  FROM spans
)
GROUP BY key
ORDER BY missing DESC, key
