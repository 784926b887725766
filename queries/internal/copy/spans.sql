-- Spans to copy, as stored
--
-- `otrace copy` asks for a part of its window at a time, and reads the answer as it arrives: in order of time, so that
-- an interrupted copy goes on where it stopped.

SELECT
  time, trace_id, span_id, parent_id, trace_state, scope, scope_version, service, name, kind, status, status_message,
  is_error, duration, attributes, resource, event_time, event_name, event_attributes, link_trace_id, link_span_id,
  link_attributes
FROM spans
ORDER BY time, trace_id, span_id
