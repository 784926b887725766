-- Trace of the slowest request

SELECT trace_id
FROM spans
WHERE kind = 'server' AND service = 'shop'
ORDER BY duration DESC, time DESC, trace_id
LIMIT 1
