-- Span events as log lines
--
-- What one would have searched a log for: every event of every span, newest first, with its attributes and its trace. Narrow it with
-- `--event <name>`, `--service` or `--attr`, and read the whole story with `otrace trace <trace_id>`.
--
-- @param contains = '' - only events whose name or attributes contain this text
-- @param limit = 50 - rows to show

SELECT event.1 AS time, service, name AS span, event.2 AS event, event.3 AS attributes, trace_id
FROM spans
ARRAY JOIN arrayZip(event_time, event_name, event_attributes) AS event
WHERE {contains:String} = '' OR positionCaseInsensitiveUTF8(concat(event, ' ', toString(attributes)), {contains:String}) > 0
ORDER BY time DESC
LIMIT {limit:UInt32}
