-- Whether the filters choose a version of a span that was received more than once
--
-- `counters` looks for those with counters of runtimes alone.

WITH again AS (
  SELECT cityHash64(trace_id, span_id, service, name, kind, parent_id, time) AS id
  FROM spans_unfiltered
  WHERE toDateTime(time) IN (SELECT Second FROM {database:Identifier}.otel_traces_repeats)
  GROUP BY id
  HAVING count() > 1
)
SELECT 1
FROM spans
WHERE toDateTime(time) IN (SELECT Second FROM {database:Identifier}.otel_traces_repeats)
  AND cityHash64(trace_id, span_id, service, name, kind, parent_id, time) IN again
  AND if(/*+ counters */1, arrayExists(key -> match(key, '[.](?:gc|memory|delay)[._]'), attribute_keys), 1)
LIMIT 1
