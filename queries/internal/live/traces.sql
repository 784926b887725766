-- Spans, errors and services of some traces

SELECT trace_id, count() AS spans, countIf(is_error) AS errors, uniqExact(service) AS services
FROM spans_unfiltered
WHERE trace_id IN {ids:Array(String)}
GROUP BY trace_id
