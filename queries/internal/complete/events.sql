-- Names of events, for completion
--
-- Most frequent first, among the newest `most` spans.

SELECT arrayJoin(event_name) AS value
FROM (
  SELECT event_name
  FROM spans
  WHERE notEmpty(event_name)
    AND time >= (SELECT min(time) FROM (SELECT time FROM spans ORDER BY time DESC LIMIT {most:UInt32}))
)
WHERE startsWith(value, {prefix:String})
GROUP BY value
ORDER BY count() DESC, value
LIMIT 200
