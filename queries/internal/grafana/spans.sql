-- The view `spans` of `otrace schema --views`, as a schema
--
-- @filter sampled-by-state weight > 1
-- @filter sampled-by-rate weight > 1
-- @filter unsampled weight <= 1

WITH
  key -> attributes[key] AS attribute,
  key -> mapContains(attributes, key) AS attribute_present,
  key -> resource[key] AS resource_attribute,
  key -> mapContains(resource, key) AS resource_present
SELECT
  time, trace_id, span_id, parent_id, trace_state,
  scope, scope_version, service, name, kind,
  is_entry, route, operation, status, status_message,
  is_error, duration, attributes, resource,
  event_time, event_name, event_attributes,
  link_trace_id, link_span_id, link_attributes,
  http_method, http_route, http_path, http_status,
  db_system, db_query, db_operation, db_namespace,
  db_collection, rpc_system, rpc_method, rpc_status,
  messaging_system, messaging_destination,
  messaging_operation, user_id, environment,
  code_function, exception_type, exception_message,
  weight
FROM {database:Identifier}.{table:Identifier}
