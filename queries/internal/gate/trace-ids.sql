-- Traces of the spans, at most 1,000 ids of them, and how many traces and spans there are

SELECT
  groupUniqArray(1000)(trace_id) AS trace_ids,
  uniqExact(trace_id) AS traces,
  count() AS spans
FROM spans
