-- Spans of one trace
--
-- `otrace trace` sorts them. `keyed` names each resource by its key of resources-of-trace.sql: a trace has few of them,
-- and repeated with every span they would be most of the bytes. `some` reads the spans of `ids` alone. `outline` leaves
-- out all attributes but those that name what a span calls.

SELECT
  time, span_id, parent_id, trace_state, scope, scope_version, service, name, kind, status, status_message, is_error,
  duration,
  if(/*+ outline */1,
    -- Empty maps first: a filter over all of 100,000 maps takes 20 ms more.
    CAST(arrayFilter(pair -> pair.1 IN {target_keys:Array(String)}, arrayZip(
      if(kind IN ('client', 'producer', 'consumer'), mapKeys(spans.attributes), []),
      if(kind IN ('client', 'producer', 'consumer'), mapValues(spans.attributes), []))), 'Map(String, String)'),
    spans.attributes) AS attributes,
  if(/*+ keyed */1,
    toString(cityHash64(mapKeys(spans.resource), mapValues(spans.resource))),
    spans.resource) AS resource,
  event_time, event_name, event_attributes, link_trace_id, link_span_id, link_attributes,
  http_method, http_route, http_status, http_path, db_system, db_query, exception_type, exception_message, weight
FROM spans
WHERE if(/*+ some */1, trace_id = {trace_id:String} AND span_id IN ({ids:Array(String)}), trace_id = {trace_id:String})
LIMIT {limit:UInt64}
