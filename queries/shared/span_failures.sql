-- Failed spans, and what each of them is: the definition of fault, exception and refusal
--
-- A fault is a span that failed, or a call that its server failed (`severity` 2). A refusal is a 4xx or another RPC
-- status, of the span or else of the request that its service answered. An exception is one of a span that did not
-- fail, in a request that did not fail. Messages are whole.
--
-- `deepest` is an error where it began: on a span below which none failed, whatever lies between. A fault above a
-- refusal began by itself. `reaches` leads from a failed span up to the next one, through at most three that did not
-- fail. These are read only of traces in which failed and refused spans are below several others. Links lead nowhere: a
-- message is sent before it is received.

WITH
  -- Failed and refused spans, and the traces in which these are below several others. A scalar is read once, but
  -- analysed in each subquery that names it.
  (
    SELECT (
      arrayZip(groupArrayArray(spans_of_trace), groupArrayArray(spans_above), groupArrayArray(which_failed)),
      groupArrayIf(trace_id, isolated > 1))
    FROM (
      SELECT
        trace_id,
        groupArray(cityHash64(trace_id, span_id) AS id) AS spans_of_trace,
        groupArray(if(parent_id = '', 0, cityHash64(trace_id, parent_id)) AS up) AS spans_above,
        groupArray(if(/*+ filtered */1, (trace_id, span_id) GLOBAL IN (
          SELECT trace_id, span_id FROM spans_failed WHERE is_failure
        ), is_failure)) AS which_failed,
        length(groupUniqArray(up)) - length(arrayIntersect(groupUniqArray(up), groupUniqArray(id))) AS isolated
      FROM spans_failed_unfiltered
      WHERE is_failure OR severity > 0
      GROUP BY trace_id
    )
  ) AS known,
  parents AS (
    SELECT id, max(climbing.up) AS up, max(climbing.failed) AS failed
    FROM (
      SELECT one.1 AS id, one.2 AS up, one.3 AS failed
      FROM (SELECT arrayJoin(known.1) AS one)
      UNION ALL
      SELECT cityHash64(trace_id, span_id), if(parent_id = '', 0, cityHash64(trace_id, parent_id)), false
      FROM spans_unfiltered
      WHERE trace_id GLOBAL IN (SELECT arrayJoin(known.2))
    ) AS climbing
    GROUP BY id
  ),
  two_up AS (
    SELECT asking.1 AS id, asking.3 AS failed, if(onward = 0, asking.2, onward) AS up
    FROM (
      SELECT
        groupArrayIf((id, step.up, step.failed), NOT own) AS asked,
        if(maxIf(step.failed, own), 0, maxIf(step.up, own)) AS onward
      FROM parents AS step
      ARRAY JOIN [id, up] AS place, [true, false] AS own
      GROUP BY place
    )
    ARRAY JOIN asked AS asking
  ),
  reaches AS (
    SELECT asking.1 AS id, if(onward = 0, asking.2, onward) AS next
    FROM (
      SELECT
        groupArrayIf((id, step.up), NOT own AND step.failed) AS asked,
        if(maxIf(step.failed, own), 0, maxIf(step.up, own)) AS onward
      FROM two_up AS step
      ARRAY JOIN [id, up] AS place, [true, false] AS own
      GROUP BY place
    )
    ARRAY JOIN asked AS asking
  )
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
  span.9 AS type,
  span.10 AS message,
  span.11 > reached AS deepest
FROM (
  -- Each failed span at its own place, and at that of the next one above, to tell that the error began below.
  SELECT
    place,
    trace_id,
    maxIf(rank, NOT own) AS reached,
    arrayJoin(groupArrayIf(
      (time, span_id, service, name, dimension, weight, exception_type, known_status, type, message, rank), own))
      AS span
  FROM (
    SELECT
      failing.time AS time, failing.trace_id AS trace_id, span_id, failing.service AS service,
      operation AS name, dimension, weight,
      exception_type,
      nullIf(ifNull(nullIf(http_status, 0), answer), 0) AS known_status,
      multiIf(
        if(http_status > 0 OR rpc_status != '', severity, worst) = 1, 'refusal',
        is_error OR severity = 2 OR worst = 2, 'fault',
        'exception') AS type,
      indexOf(['exception', 'refusal', 'fault'], type) AS rank,
      failure_message(status_message, exception_message, exception_type, error_type, rpc_status, known_status)
        AS message,
      cityHash64(failing.trace_id, span_id) AS at,
      next
    FROM spans_failed AS failing
    LEFT JOIN (
      SELECT trace_id, service, max(http_status) AS answer, max(if(severity > 0, severity, 2)) AS worst
      FROM spans_failed_unfiltered
      WHERE (kind IN ('server', 'consumer') OR parent_id = '') AND (severity > 0 OR is_error)
      GROUP BY trace_id, service
    ) AS answered ON answered.trace_id = failing.trace_id AND answered.service = failing.service
    LEFT JOIN reaches ON reaches.id = cityHash64(failing.trace_id, span_id)
    WHERE is_failure
  )
  ARRAY JOIN [at, next] AS place, [true, false] AS own
  WHERE own OR next != at
  GROUP BY trace_id, place
)
