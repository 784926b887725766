-- Attribute keys of spans, for completion
--
-- Most frequent first, in the hours of the window where they are added up, else among the newest `most` spans.

SELECT one.1 AS value
FROM (
  SELECT arrayJoin(if(/*+ summed */1,
    (SELECT CAST(countMap(attributes), 'Array(Tuple(String, UInt64))') FROM spans_whole_hours),
    (
      SELECT groupArray((key, spans))
      FROM (
        SELECT toString(arrayJoin(mapKeys(attributes))) AS key, count() AS spans
        FROM spans
        WHERE time >= (SELECT min(time) FROM (SELECT time FROM spans ORDER BY time DESC LIMIT {most:UInt32}))
        GROUP BY key
      )
    ))) AS one
)
WHERE startsWith(value, {prefix:String})
ORDER BY one.2 DESC, value
LIMIT 200
