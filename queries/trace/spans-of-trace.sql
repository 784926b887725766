-- The spans of one trace
--
-- `otrace trace` sorts them itself. The window, where one is known, comes from lookup.sql. With `keyed`, each span names its
-- resource by the key of resources-of-trace.sql: a trace has few of them, and said with every span of a large one they would be most of
-- the bytes. With `some`, only the spans of these ids. With `outline`, no attributes but those that tell which server an HTTP client asked.

SELECT
  time, span_id, parent_id, trace_state, scope, scope_version, service, name, kind, status, status_message, is_error,
  duration,
  if({outline:UInt8},
    -- Emptied before they are looked through: a filter over all of 100,000 maps takes 20 ms more.
    CAST(arrayFilter(pair -> pair.1 IN {target_keys:Array(String)}, arrayZip(
      if(kind = 'client' AND db_system = '', mapKeys(spans.attributes), []),
      if(kind = 'client' AND db_system = '', mapValues(spans.attributes), []))), 'Map(String, String)'),
    spans.attributes) AS attributes,
  if({keyed:UInt8}, toString(cityHash64(mapKeys(spans.resource), mapValues(spans.resource))), spans.resource) AS resource,
  event_time, event_name, event_attributes, link_trace_id, link_span_id, link_attributes,
  http_method, http_route, http_status, http_path, db_system, db_query, exception_type, exception_message, weight
FROM spans
WHERE if({some:UInt8}, trace_id = {trace_id:String} AND span_id IN ({ids:Array(String)}), trace_id = {trace_id:String})
LIMIT {limit:UInt64}
