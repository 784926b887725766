-- Names of events, for completion
--
-- Most frequent first, among the first spans that are read.

SELECT arrayJoin(event_name) AS value
FROM (SELECT event_name FROM spans WHERE notEmpty(event_name) LIMIT 200000)
WHERE startsWith(value, {prefix:String})
GROUP BY value
ORDER BY count() DESC, value
LIMIT 200
