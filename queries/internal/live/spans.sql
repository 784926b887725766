-- Spans that arrived, in the order of their ends
--
-- A client and a server may share an id, as in Zipkin.
-- `recent` keeps those that ended after `since`, for a store that does not say what arrived. `ended` is text: each
-- integer of 16 digits or more takes as long to read as the rest of its row.

WITH toUnixTimestamp64Nano(toDateTime64(time, 9, 'UTC')) + toInt64(duration) AS end
SELECT
  toString(cityHash64(trace_id, span_id, service, name, kind, parent_id, time)) AS key,
  toString(end) AS ended,
  time, trace_id, span_id, parent_id, service, name, kind, status,
  coalesce(
    nullIf(status_message, ''), nullIf(exception_message, ''), nullIf(exception_type, ''), error_type) AS message,
  duration,
  arrayMap(key -> if(mapContains(attributes, key), attributes[key], resource[key]), {show:Array(String)}) AS shown
FROM spans
WHERE if(/*+ recent */1, end >= {since:Int64}, 1)
ORDER BY end, trace_id, span_id
