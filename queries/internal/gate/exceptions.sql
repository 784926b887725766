-- Exceptions by type: first the given ones, or all if none is given

SELECT
  exception_type AS type,
  empty({types:Array(String)}) OR has({types:Array(String)}, type) AS named,
  count() AS spans,
  max(trace_id) AS trace
FROM spans
WHERE exception_type != ''
GROUP BY type
ORDER BY named DESC, spans DESC, type
LIMIT 1000
