-- Requests of one user
--
-- The requests of one user in order, over all traces with a span of that `user.id` (or `enduser.id`). A trace that
-- reaches into the window is read whole: from a day before it to an hour after it. Open one with `otrace trace
-- <trace_id>`.
--
-- @param user_id of user.id, enduser.id - the value of the attribute user.id
-- @param limit = 200 - rows to show
-- @column duration ns
-- @example otrace journey e38ab1c0-6fd2-4aa3-9bb9-bb532c74c3a3
-- @example otrace journey e38ab1c0-6fd2-4aa3-9bb9-bb532c74c3a3 --since 1d --limit 20
-- @next otrace trace <trace_id> - one of these requests

SELECT
  time, trace_id, service, operation AS request, http_status AS status,
  if(/*+ clipped */1, clip(http_path), http_path) AS path,
  duration
FROM spans_nearby
WHERE is_entry
  AND trace_id GLOBAL IN (SELECT trace_id FROM spans_nearby WHERE of_user AND {user_id:String} != '')
  AND (time >= {from:DateTime64(9, 'UTC')} AND time < {to:DateTime64(9, 'UTC')}
    OR trace_id GLOBAL IN (SELECT trace_id FROM spans WHERE of_user AND {user_id:String} != ''))
ORDER BY time, trace_id, span_id, service, request, status, path, duration
LIMIT {limit:UInt32}
