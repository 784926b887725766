-- Spans that arrived, in the order of their ends
--
-- A client and a server may share an id, as in Zipkin.
-- `recent` keeps those that ended after `since`, for a store that does not say what arrived.

SELECT
  toString(cityHash64(trace_id, span_id, service, name, kind, parent_id, time)) AS key,
  toUnixTimestamp64Nano(toDateTime64(time, 9, 'UTC')) + toInt64(duration) AS ended,
  time, trace_id, span_id, parent_id, service, name, kind, status,
  if(status_message != '', status_message, exception_message) AS message,
  duration,
  arrayMap(key -> if(mapContains(attributes, key), attributes[key], resource[key]), {show:Array(String)}) AS shown
FROM spans
WHERE if(/*+ recent */1, toUnixTimestamp64Nano(toDateTime64(time, 9, 'UTC')) + toInt64(duration) >= {since:Int64}, 1)
ORDER BY ended, trace_id, span_id
