-- Errors by service, span and message
--
-- Spans in error, most frequent first, with the newest trace of each to open. An error is recorded on every span it passes through, so
-- the deepest span of a trace (`otrace trace <trace_id>`) is where it began.
--
-- @param limit = 20 - rows to show

SELECT
  count() AS errors,
  service,
  name,
  if(status_message != '', status_message, exception_message) AS message,
  any(exception_type) AS exception,
  max(time) AS last_seen,
  argMax(trace_id, time) AS last_trace_id
FROM spans
WHERE is_error
GROUP BY service, name, message
ORDER BY errors DESC, last_seen DESC
LIMIT {limit:UInt32}
