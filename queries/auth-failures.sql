-- Refused sign-ins
--
-- Traces with a failed `authentication` span, or a server span answered 401; newest first, a row a trace. One user with many reasons is
-- a forgotten password; many users from one place is an attack. Follow one with `otrace journey <user>`.
--
-- @param limit = 50 - rows to show

SELECT
  max(time) AS time,
  any(service) AS service,
  any(nullIf(user_id, '')) AS user,
  coalesce(
    any(nullIf(if(name = 'authentication', exception_message, ''), '')),
    any(nullIf(if(name = 'authentication', arrayElement(event_name, 1), ''), '')),
    any(nullIf(status_message, '')),
    'answered 401') AS reason,
  trace_id
FROM spans
WHERE (name = 'authentication' AND is_error) OR (kind = 'server' AND http_status = 401)
GROUP BY trace_id
ORDER BY time DESC
LIMIT {limit:UInt32}
