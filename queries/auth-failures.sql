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
    nullIf(argMinIf(event, (at, span_id, event), is_login AND event != ''), ''),
    nullIf(argMinIf(status_message, (at, span_id, status_message), status_message != ''), ''),
    nullIf(argMinIf(exception_type, (at, span_id, exception_type), is_login AND exception_type != ''), ''),
    nullIf(argMinIf(error_type, (at, span_id, error_type), is_login AND error_type != ''), ''),
    nullIf(argMinIf(exception_message, (at, span_id, exception_message), exception_message != ''), ''),
    nullIf(argMinIf(exception_type, (at, span_id, exception_type), exception_type != ''), ''),
    if(countIf(http_status = 401) > 0, 'answered 401', '(no reason)')) AS reason,
  trace_id
FROM (
  SELECT
    at, span_id, trace_id, service, is_login, http_status, exception_type, error_type,
    arrayFirst(event -> event NOT IN ('', 'exception') AND NOT endsWith(event, '.exception'), event_name) AS event,
    if(/*+ clipped */1, clip(user), user) AS user_id,
    if(/*+ clipped */1, clip(exception), exception) AS exception_message,
    if(/*+ clipped */1, clip(message), message) AS status_message
  FROM (
    -- Two reads, each with an index of its own.
    SELECT
      time AS at, span_id, trace_id, service, event_name, true AS is_login,
      user_id AS user, exception_message AS exception, status_message AS message,
      http_status, exception_type, error_type
    FROM spans_failed
    WHERE name = 'authentication' AND is_error
    UNION ALL
    SELECT
      time AS at, span_id, trace_id, service, event_name, name = 'authentication' AS is_login,
      user_id AS user, exception_message AS exception, status_message AS message,
      http_status, exception_type, error_type
    FROM spans_failed
    WHERE kind = 'server' AND http_status = 401 AND NOT (name = 'authentication' AND is_error)
  )
)
GROUP BY trace_id
ORDER BY time DESC, trace_id
LIMIT {limit:UInt32}
