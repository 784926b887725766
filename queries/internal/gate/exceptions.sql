-- Exceptions by type, among the given ones or all

SELECT exception_type AS type, count() AS spans, max(trace_id) AS trace
FROM spans
WHERE exception_type != '' AND (empty({types:Array(String)}) OR has({types:Array(String)}, exception_type))
GROUP BY type
ORDER BY spans DESC, type
LIMIT 100
