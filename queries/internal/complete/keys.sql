-- Attribute keys of spans, for completion
--
-- Most frequent first, in the hours of the window where they are added up, else among the first spans that are read.

SELECT one.1 AS value
FROM (
  SELECT arrayJoin(if(/*+ summed */1,
    (SELECT CAST(countMap(attributes), 'Array(Tuple(String, UInt64))') FROM spans_whole_hours),
    (
      SELECT groupArray((key, spans))
      FROM (
        SELECT toString(arrayJoin(mapKeys(attributes))) AS key, count() AS spans
        FROM (SELECT attributes FROM spans LIMIT 50000)
        GROUP BY key
      )
    ))) AS one
)
WHERE startsWith(value, {prefix:String})
ORDER BY one.2 DESC, value
LIMIT 200
