-- Newest slow requests
--
-- Requests beyond the p99 of the window, newest first.
--
-- @param limit = 6 - rows to show
-- @column duration ns

WITH
  entries AS (
    SELECT time, trace_id, span_id, service, route, duration
    FROM spans
    WHERE if(/*+ chosen */1, 1, is_entry)
  ),
  (SELECT quantileExact(0.9899999999)(duration) FROM entries) AS slow
SELECT time, service, if(/*+ clipped */1, clip(entries.route), entries.route) AS route, duration, trace_id
FROM entries
WHERE duration >= slow
ORDER BY time DESC, trace_id, span_id, service, entries.route, duration
LIMIT {limit:UInt32}
