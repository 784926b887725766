-- One trace, with the columns of Grafana's trace panel
--
-- Times are milliseconds. The trace is read from an hour before the window to an hour after it. Of several versions of
-- a span the last to end is shown, and equal rows once, as in `otrace trace`.
--
-- @param trace_id - the id of the trace

SELECT DISTINCT
  trace_id AS traceID,
  span_id AS spanID,
  parent_id AS parentSpanID,
  service AS serviceName,
  name AS operationName,
  toUnixTimestamp64Nano(time) / 1000000 AS startTime,
  duration / 1000000 AS duration,
  arrayMap(key -> map('key', key, 'value', attributes[key]), mapKeys(attributes)) AS tags,
  arrayMap(key -> map('key', key, 'value', resource[key]), mapKeys(resource)) AS serviceTags,
  kind AS kind,
  if(is_error, 2, 0) AS statusCode,
  status_message AS statusMessage,
  trace_state AS traceState
FROM (
  SELECT
    trace_id, span_id, parent_id, service, name, time, duration, attributes, resource, kind, is_error, status_message,
    trace_state, max(duration) OVER (PARTITION BY span_id, service, name, kind, parent_id, time) AS longest
  FROM spans_nearby
  WHERE trace_id = {trace_id:String}
) AS stored
WHERE stored.duration = longest
ORDER BY startTime, spanID
LIMIT 10000
