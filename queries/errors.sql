-- Errors by service, span and message
--
-- Spans in error, most frequent first, with the newest trace of each to open. Ids in messages are read as `<id>`, so that one cause is one
-- row. An error is recorded on every span it passes through: the deepest span of a trace (`otrace trace <trace_id>`) is where it began.
--
-- @param limit = 20 - rows to show

SELECT
  toUInt64(round(sum(weight))) AS errors,
  service,
  name,
  replaceRegexpAll(
    multiIf(
      status_message != '', status_message,
      exception_message != '', exception_message,
      http_status IS NOT NULL, concat('answered ', toString(http_status)),
      ''),
    '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|\\b[0-9a-f]{16,}\\b',
    '<id>') AS message,
  any(exception_type) AS exception,
  max(time) AS last_seen,
  argMax(trace_id, time) AS last_trace_id
FROM spans
WHERE is_error
GROUP BY service, name, message
ORDER BY errors DESC, last_seen DESC
LIMIT {limit:UInt32}
