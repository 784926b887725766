-- Failed logins
--
-- Traces with a failed `authentication` span or a server span with status 401, newest first, one row per trace. One
-- user with many reasons is a forgotten password; many users from one place is an attack. Follow one with `otrace
-- journey <user>`.
--
-- @param limit = 50 - rows to show
-- @example otrace auth-failures --since 1d
-- @example otrace auth-failures --where "user_id != ''" --json
-- @next otrace journey <user> - what one of these users did
-- @next otrace trace <trace_id> - one attempt

SELECT
  max(at) AS time,
  argMin(service, (at, span_id, service)) AS service,
  nullIf(argMinIf(user_id, (at, span_id, user_id), user_id != ''), '') AS user,
  coalesce(
    nullIf(argMinIf(exception_message, (at, span_id, exception_message), is_login AND exception_message != ''), ''),
    nullIf(
      argMinIf(event_name[1], (at, span_id, event_name[1]), is_login AND event_name[1] NOT IN ('', 'exception')),
      ''),
    nullIf(argMinIf(status_message, (at, span_id, status_message), status_message != ''), ''),
    'answered 401') AS reason,
  trace_id
FROM (
  SELECT
    spans.time AS at, span_id, trace_id, service, event_name,
    if(/*+ clipped */1, clip(spans.user_id), spans.user_id) AS user_id,
    if(/*+ clipped */1, clip(spans.exception_message), spans.exception_message) AS exception_message,
    if(/*+ clipped */1, clip(spans.status_message), spans.status_message) AS status_message,
    name = 'authentication' AS is_login
  FROM spans
  WHERE (name = 'authentication' AND is_error) OR (kind = 'server' AND http_status = 401)
)
GROUP BY trace_id
ORDER BY time DESC, trace_id
LIMIT {limit:UInt32}
