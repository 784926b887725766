-- Spans of an operation that take longer than `least` ns without those that they call, and its others
--
-- Calls at the same time count each, so spans with several seem to take less. Of many traces, one in `one_in` is read.

SELECT attributes, resource, duration - calls.called > {least:Float64} AS affected
FROM (
  SELECT trace_id, span_id, toFloat64(duration) AS duration, attributes, resource
  FROM spans
  WHERE service = {of_service:String} AND operation = {of_name:String}
    AND cityHash64(trace_id) % {one_in:UInt32} = 0
) AS own
LEFT JOIN (
  SELECT trace_id, parent_id, sum(toFloat64(duration)) AS called
  FROM /*+ whole */spans
  WHERE kind != 'consumer' AND (trace_id, parent_id) GLOBAL IN (
    SELECT trace_id, span_id
    FROM /*+ whole */spans
    WHERE service = {of_service:String} AND operation = {of_name:String}
      AND cityHash64(trace_id) % {one_in:UInt32} = 0)
  GROUP BY trace_id, parent_id
) AS calls ON calls.trace_id = own.trace_id AND calls.parent_id = own.span_id
