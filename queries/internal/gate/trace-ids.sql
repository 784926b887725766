-- Traces of the spans, the first 1,000 of their ids, and how many traces and spans there are

SELECT
  groupArraySorted(1000)(trace_id) AS trace_ids,
  count() AS traces,
  sum(spans) AS spans
FROM (SELECT trace_id, count() AS spans FROM spans GROUP BY trace_id)
