-- Newest errors
--
-- Failed spans without a failed child, newest first.
--
-- @param limit = 6 - rows to show

WITH failed AS (
  SELECT
    time, trace_id, span_id, parent_id, service, name,
    failure_message(status_message, exception_message, exception_type, error_type, rpc_status, http_status) AS message
  FROM spans
  WHERE is_error
)
SELECT
  time, service,
  if(/*+ clipped */1, clip(failed.name), failed.name) AS name,
  if(/*+ clipped */1, clip(failed.message), failed.message) AS message,
  trace_id
FROM failed
WHERE (trace_id, span_id) NOT IN (SELECT trace_id, parent_id FROM failed)
ORDER BY time DESC, trace_id, span_id, service, failed.name, failed.message
LIMIT {limit:UInt32}
