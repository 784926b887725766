-- Errors by service, span and message
--
-- Failed spans, with the newest trace of each to open with `otrace trace <trace_id>`: faults first, then exceptions of
-- spans that did not fail, then refusals, each most frequent first. A call answered 5xx, or by RPC as UNKNOWN,
-- DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE or DATA_LOSS, is a fault whatever the status of its span. A
-- refusal is a 4xx or another RPC status, of the span or of the request that its service answered. A server that
-- answers 4xx has not failed, so the conventions leave the status of its span unset: without an exception it is not an
-- error, and `otrace rps --by http_status` counts it. An error passes through many spans and counts where it began: on
-- the deepest failed span; `--everywhere` counts all. Ids in messages become `<id>`.
--
-- @by none - one row for each value, too
-- @param everywhere = false - count every span that an error passed through
-- @param limit = 20 - rows to show
-- @example otrace errors --since 1h --service shop
-- @example otrace errors --by http.route
-- @example otrace errors --everywhere --limit 50
-- @next otrace trace <last_trace_id> - the newest one, whole
-- @next otrace why --errors - what failing requests have in common

WITH
  answered AS (
    SELECT trace_id, service, max(http_status) AS answer, max(severity) AS worst
    FROM spans_failed_unfiltered
    WHERE kind = 'server' AND severity > 0
    GROUP BY trace_id, service
  ),
  failed AS (
    SELECT
      failing.time AS time, failing.trace_id AS trace_id, span_id, parent_id, failing.service AS service,
      operation AS name, dimension, weight,
      exception_type,
      nullIf(ifNull(nullIf(http_status, 0), answer), 0) AS known_status,
      multiIf(
        if(http_status > 0 OR rpc_status != '', severity, worst) = 1, 'refusal',
        is_error OR severity = 2, 'fault',
        'exception') AS type,
      replaceRegexpAll(
        failure_message(status_message, exception_message, exception_type, error_type, rpc_status, known_status),
        '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|\\b[0-9a-f]{16,}\\b',
        '<id>') AS message
    FROM spans_failed AS failing
    LEFT JOIN answered ON answered.trace_id = failing.trace_id AND answered.service = failing.service
    WHERE is_failure
  )
SELECT
  adjusted_count(weight) AS errors,
  type,
  known_status AS status,
  service,
  name,
  /*+ by_item */
  if(/*+ clipped */1, clip(counted.message), counted.message) AS message,
  argMaxIf(exception_type, (counted.time, trace_id, span_id, exception_type), exception_type != '') AS exception,
  max(time) AS last_seen,
  argMax(trace_id, (counted.time, trace_id)) AS last_trace_id
FROM (
  SELECT
    trace_id, type, deepest,
    span.1 AS time, span.2 AS span_id, span.3 AS service, span.4 AS name, span.5 AS dimension, span.6 AS weight,
    span.7 AS exception_type, span.8 AS known_status, span.9 AS message
  FROM (
    -- Each failed span under its own id, and under its parent's, to tell that the error began below.
    SELECT
      trace_id,
      type,
      min(own) AS deepest,
      arrayJoin(groupArrayIf(
        (time, span_id, service, name, dimension, weight, exception_type, known_status, message), own)) AS span
    FROM failed
    ARRAY JOIN [span_id, parent_id] AS id, [true, false] AS own
    GROUP BY trace_id, type, id
  )
) AS counted
WHERE {everywhere:Bool} OR deepest
GROUP BY type, known_status, service, name, dimension, counted.message
ORDER BY
  indexOf(['fault', 'exception', 'refusal'], type), errors DESC, last_seen DESC,
  service, name, counted.message, status, dimension
LIMIT {limit:UInt32}
