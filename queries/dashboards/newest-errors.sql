-- Newest errors, faults first
--
-- Errors where they began, as `otrace errors` counts them: faults, then exceptions of spans that did not fail, then
-- refusals, the newest of each first.
--
-- @param limit = 6 - rows to show

SELECT
  failures.time AS time,
  type,
  service,
  name,
  if(/*+ clipped */1, clip(failures.message), failures.message) AS message,
  trace_id
FROM failures
WHERE deepest
ORDER BY
  indexOf(['fault', 'exception', 'refusal'], type), failures.time DESC, trace_id, span_id, service, name,
  failures.message
LIMIT {limit:UInt32}
