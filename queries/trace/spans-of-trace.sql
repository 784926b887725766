-- The spans of one trace
--
-- In no order: `otrace trace` sorts them itself. The window, where one is known, comes from lookup.sql. Each span names its resource by
-- `resource_key`: a trace has few of them, and said with every span they would be most of the bytes.

SELECT
  time, span_id, parent_id, trace_state, scope, scope_version, service, name, kind, status, status_message, is_error,
  duration, attributes, toString(cityHash64(mapKeys(resource), mapValues(resource))) AS resource_key,
  event_time, event_name, event_attributes, link_trace_id, link_span_id, link_attributes,
  http_method, http_route, http_status, http_path, db_system, db_query, exception_type, exception_message, weight
FROM spans
WHERE trace_id = {trace_id:String}
