-- Errors by service, span and message
--
-- Failed spans, with the newest trace of each to open with `otrace trace <trace_id>`: faults first, then exceptions of
-- spans that did not fail, then refusals, each most frequent first. An exception is an event of that name, or the
-- attribute `exception.type` or `exception.message` of a span. A call answered 5xx, or by RPC as UNKNOWN,
-- DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE or DATA_LOSS, is a fault whatever the status of its span. A
-- refusal is a 4xx or another RPC status, of the span or of the request that its service answered.
--
-- A server that answers 4xx has not failed, so the conventions leave the status of its span unset: without an exception
-- it is not an error, and `otrace rps --by http_status` counts it.
--
-- An error passes through many spans and counts where it began: on the deepest failed span, whatever lies between, and
-- each try of a call by itself; `--everywhere` counts all. Other commands count the spans with the status error.
--
-- Messages that differ in ids and numbers alone are one row: `<id>` and `<n>` stand for them, `example` is the newest.
-- A status, a code and quoted words tell errors apart, and `--by status_message` all texts.
--
-- @by none - one row for each value, too
-- @param everywhere = false - count every span that an error passed through
-- @param limit = 20 - rows to show
-- @example otrace errors --since 1h --service shop
-- @example otrace errors --by http.route
-- @example otrace errors --everywhere --limit 50
-- @next otrace trace <last_trace_id> - the newest one, whole
-- @next otrace why --errors - what failing requests have in common

SELECT
  adjusted_count(weight) AS errors,
  type,
  status,
  service,
  name,
  /*+ by_item */
  if(/*+ clipped */1, clip(one.message), one.message) AS message,
  nullIf(argMax(if(/*+ clipped */1, clip(whole), whole), (one.time, trace_id, span_id, whole)), message) AS example,
  argMaxIf(exception_type, (one.time, trace_id, span_id, exception_type), exception_type != '') AS exception,
  max(one.time) AS last_seen,
  argMax(trace_id, (one.time, trace_id)) AS last_trace_id
FROM (
  SELECT
    weight, type, status, service, name, dimension, exception_type, span_failures.time AS time, trace_id, span_id,
    span_failures.message AS whole,
    masked_text(whole) AS message
  FROM span_failures
  WHERE {everywhere:Bool} OR deepest
) AS one
GROUP BY type, status, service, name, dimension, one.message
ORDER BY
  indexOf(['fault', 'exception', 'refusal'], type), errors DESC, last_seen DESC,
  service, name, one.message, status, dimension
LIMIT {limit:UInt32}
