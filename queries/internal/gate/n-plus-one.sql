-- Statements that repeat in one trace under one span

SELECT
  argMax(trace_id, (repeats, trace_id)) AS worst_trace,
  max(repeats) AS most,
  count() AS loops,
  uniqExact(trace_id) AS traces,
  uniqExactMerge(uniqExactState(trace_id)) OVER () AS offending,
  service,
  name
FROM repeated_calls
WHERE is_database AND repeats > {most:UInt32}
GROUP BY service, name
ORDER BY most DESC, service, name
LIMIT 20
