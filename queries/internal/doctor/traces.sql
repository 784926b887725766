-- Defects of traces in the window
--
-- Checks one trace in `one_in`. An orphan names a parent that is not stored. An early span starts before its parent,
-- which clock skew causes.

WITH
  chosen AS (
    SELECT trace_id, span_id, parent_id, time
    FROM spans
    WHERE cityHash64(trace_id) % {one_in:UInt32} = 0
  )
SELECT
  count() AS spans,
  uniqExact(child.trace_id) AS traces,
  count() - uniqExact(child.trace_id, child.span_id) AS copies,
  countIf(child.parent_id != '' AND parent.span_id = '') AS orphans,
  countIf(parent.span_id != '' AND child.time < parent.started) AS early
FROM chosen AS child
LEFT JOIN (
  SELECT trace_id, span_id, min(time) AS started FROM chosen GROUP BY trace_id, span_id
) AS parent ON parent.trace_id = child.trace_id AND parent.span_id = child.parent_id
