-- Slow requests
--
-- Server spans slower than a threshold, slowest first. The same route again and again is a slow path; many routes at one time are a
-- slow moment. Open one with `otrace trace <trace_id>`.
--
-- @param over ns = 100ms - only requests slower than this
-- @param limit = 20 - rows to show
-- @column duration ns

SELECT time, trace_id, service, http_method AS method, http_route AS route, http_status AS status, duration
FROM spans
WHERE kind = 'server' AND duration > {over:UInt64}
ORDER BY duration DESC, time DESC
LIMIT {limit:UInt32}
