-- Newest errors, faults first
--
-- Errors where they began, as `otrace errors` counts them: faults, then exceptions of spans that did not fail, then
-- refusals, the newest of each first.
--
-- @param limit = 6 - rows to show

SELECT
  span_failures.time AS time,
  type,
  service,
  name,
  if(/*+ clipped */1, clip(span_failures.message), span_failures.message) AS message,
  trace_id
FROM span_failures
WHERE deepest
ORDER BY
  indexOf(['fault', 'exception', 'refusal'], type), span_failures.time DESC, trace_id, span_id, service, name,
  span_failures.message
LIMIT {limit:UInt32}
