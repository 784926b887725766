-- Failed spans, and what each of them is: the definition of fault, exception and refusal
--
-- A fault is a span that failed, or a call that its server failed (`severity` 2). A refusal is a 4xx or another RPC
-- status, of the span or else of the request that its service answered. An exception is one of a span that did not
-- fail. `deepest` is an error where it began: on a span without a child that failed alike. Messages are whole.

SELECT
  span.1 AS time,
  trace_id AS trace_id,
  span.2 AS span_id,
  span.3 AS service,
  span.4 AS name,
  span.5 AS dimension,
  span.6 AS weight,
  span.7 AS exception_type,
  span.8 AS status,
  type AS type,
  span.9 AS message,
  is_deepest AS deepest
FROM (
  -- Each failed span under its own id, and under its parent's, to tell that the error began below.
  SELECT
    trace_id,
    type,
    min(own) AS is_deepest,
    arrayJoin(groupArrayIf(
      (time, span_id, service, name, dimension, weight, exception_type, known_status, message), own)) AS span
  FROM (
    SELECT
      failing.time AS time, failing.trace_id AS trace_id, span_id, parent_id, failing.service AS service,
      operation AS name, dimension, weight,
      exception_type,
      nullIf(ifNull(nullIf(http_status, 0), answer), 0) AS known_status,
      multiIf(
        if(http_status > 0 OR rpc_status != '', severity, worst) = 1, 'refusal',
        is_error OR severity = 2, 'fault',
        'exception') AS type,
      failure_message(status_message, exception_message, exception_type, error_type, rpc_status, known_status)
        AS message
    FROM spans_failed AS failing
    LEFT JOIN (
      SELECT trace_id, service, max(http_status) AS answer, max(severity) AS worst
      FROM spans_failed_unfiltered
      WHERE kind = 'server' AND severity > 0
      GROUP BY trace_id, service
    ) AS answered ON answered.trace_id = failing.trace_id AND answered.service = failing.service
    WHERE is_failure
  )
  ARRAY JOIN [span_id, parent_id] AS id, [true, false] AS own
  GROUP BY trace_id, type, id
)
