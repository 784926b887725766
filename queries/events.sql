-- Span events as log lines
--
-- Every event of every span, newest first, with its attributes and its trace. The window is that of the events: their
-- spans may have started up to an hour before, or a day where they take an hour or more. Narrow it with `--event
-- <name>`, `--service` or `--attr`; open the whole trace with `otrace trace <trace_id>`.
--
-- @param contains = '' - only events whose name or attributes contain this text
-- @param limit = 50 - rows to show
-- @example otrace events --since 15m --service shop
-- @example otrace events --event exception
-- @example otrace events --contains password -o ndjson
-- @next otrace trace <trace_id> - the request of one event

SELECT
  event_at AS time,
  service,
  operation AS span,
  event_called AS event,
  if(/*+ clipped */1, clip_map(event_with), event_with) AS attributes,
  trace_id
FROM (SELECT service, operation, trace_id, span_id, event_time, event_name, event_attributes FROM spans_nearby
  WHERE notEmpty(event_name))
ARRAY JOIN
  event_time AS event_at,
  event_name AS event_called,
  event_attributes AS event_with,
  arrayEnumerate(event_time) AS position
WHERE event_at >= {from:DateTime64(9, 'UTC')} AND event_at < {to:DateTime64(9, 'UTC')}
  AND ({contains:String} = ''
    OR positionCaseInsensitiveUTF8(concat(event_called, ' ', toString(event_with)), {contains:String}) > 0)
ORDER BY event_at DESC, trace_id, span_id, position, event, service, span, event_with
LIMIT {limit:UInt32}
