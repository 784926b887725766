-- Whether the filters choose a version of a span that was received more than once
--
-- `traces` takes any such span of the traces that they choose; `counters` looks for those with counters of runtimes.

WITH again AS (
  SELECT trace_id AS again_trace, cityHash64(trace_id, span_id, service, name, kind, parent_id, time) AS again_id
  FROM spans_unfiltered
  WHERE toDateTime(time) IN (SELECT Second FROM {database:Identifier}.otel_traces_repeats)
  GROUP BY again_trace, again_id
  HAVING count() > 1
)
SELECT 1
FROM spans
WHERE if(/*+ traces */1,
    trace_id IN (SELECT again_trace FROM again),
    toDateTime(time) IN (SELECT Second FROM {database:Identifier}.otel_traces_repeats)
      AND cityHash64(trace_id, span_id, service, name, kind, parent_id, time) IN (SELECT again_id FROM again))
  AND if(/*+ counters */1, arrayExists(key -> counter_role(key) != '', attribute_keys), 1)
LIMIT 1
