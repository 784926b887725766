-- Span events as log lines
--
-- What one would have searched a log for: every event of every span, newest first, with its attributes and its trace. Narrow it with
-- `--event <name>`, `--service` or `--attr`, and read the whole story with `otrace trace <trace_id>`.
--
-- @param contains = '' - only events whose name or attributes contain this text
-- @param limit = 50 - rows to show

SELECT
  event_at AS time,
  service,
  name AS span,
  event_called AS event,
  event_with AS attributes,
  trace_id
FROM (SELECT service, name, trace_id, event_time, event_name, event_attributes FROM spans)
ARRAY JOIN event_time AS event_at, event_name AS event_called, event_attributes AS event_with
WHERE {contains:String} = '' OR positionCaseInsensitiveUTF8(concat(event_called, ' ', toString(event_with)), {contains:String}) > 0
ORDER BY event_at DESC, trace_id
LIMIT {limit:UInt32}
