-- What a user did
--
-- The requests of one user in order, over all their traces: every server span whose trace has a span with that `user.id` (or
-- `enduser.id`). `otrace trace <trace_id>` opens one.
--
-- @param user_id - the value of the attribute user.id
-- @param limit = 200 - rows to show
-- @column duration ns

SELECT time, trace_id, service, name AS request, http_status AS status, http_path AS path, duration
FROM spans
WHERE kind = 'server'
  AND trace_id GLOBAL IN (
    SELECT trace_id FROM spans
    WHERE attributes['user.id'] = {user_id:String} OR attributes['enduser.id'] = {user_id:String}
  )
ORDER BY time
LIMIT {limit:UInt32}
