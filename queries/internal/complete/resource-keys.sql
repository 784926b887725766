-- Attribute keys of resources, for completion
--
-- Most frequent first, in the hours of the window where they are added up, else among the newest `most` spans.

SELECT one.1 AS value
FROM (
  SELECT arrayJoin(if(/*+ summed */1,
    (
      SELECT groupArray((key, spans))
      FROM (
        SELECT toString(arrayJoin(mapKeys(one))) AS key, sum(times) AS spans
        FROM (SELECT any(resource) AS one, count() AS times FROM spans_whole_hours GROUP BY cityHash64(resource))
        GROUP BY key
      )
    ),
    (
      SELECT groupArray((key, spans))
      FROM (
        SELECT toString(arrayJoin(mapKeys(resource))) AS key, count() AS spans
        FROM spans
        WHERE time >= (SELECT min(time) FROM (SELECT time FROM spans ORDER BY time DESC LIMIT {most:UInt32}))
        GROUP BY key
      )
    ))) AS one
)
WHERE startsWith(value, {prefix:String})
ORDER BY one.2 DESC, value
LIMIT 200
