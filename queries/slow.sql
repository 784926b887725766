-- Slow requests
--
-- Requests slower than a threshold, slowest first. Requests are entry spans; with --name or --kind all spans with
-- these. The same route repeatedly: that route is slow. Many routes at once: the whole system was slow. The route is
-- that of HTTP, else the path, the RPC method, the destination of a message, or the span name. Open one with
-- `otrace trace <trace_id>`.
--
-- @param over ns = 100ms - only requests slower than this
-- @param limit = 20 - rows to show
-- @column duration ns
-- @example otrace slow --since 1h
-- @example otrace slow --over 50ms --service shop
-- @example otrace slow --name service_buy_product --limit 5
-- @next otrace trace <trace_id> - one of these requests
-- @next otrace critical - where slow requests spend their time

SELECT
  time, trace_id, service, http_method AS method,
  if(/*+ clipped */1, clip(spans.route), spans.route) AS route,
  http_status AS status, duration
FROM spans
WHERE if(/*+ chosen */1, 1, is_entry) AND duration > {over:UInt64}
  -- Durations alone tell which spans of many are read whole.
  AND if(/*+ long */1,
    duration >= (
      SELECT min(duration)
      FROM (
        SELECT duration
        FROM spans
        WHERE if(/*+ chosen */1, 1, is_entry) AND duration > {over:UInt64}
        ORDER BY duration DESC
        LIMIT {limit:UInt32}
      )
    ),
    1)
ORDER BY duration DESC, time DESC, trace_id, span_id, service, method, route, status
LIMIT {limit:UInt32}
