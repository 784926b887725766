-- Spans of some traces under the names of their operations, with the columns of a flame graph

SELECT time, trace_id, span_id, parent_id, service, operation AS name, kind, is_error, duration, weight
FROM spans
WHERE trace_id IN {trace_ids:Array(String)}
