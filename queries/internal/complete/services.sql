-- Services, for completion
--
-- Most frequent first, in the hours of the window where they are added up, else among the first spans that are read.

SELECT one.1 AS value
FROM (
  SELECT arrayJoin(if(/*+ summed */1,
    (
      SELECT groupArray((service, spans))
      FROM (SELECT service, count() AS spans FROM spans_whole_hours GROUP BY service)
    ),
    (
      SELECT groupArray((service, spans))
      FROM (SELECT service, count() AS spans FROM (SELECT service FROM spans LIMIT 500000) GROUP BY service)
    ))) AS one
)
WHERE startsWith(value, {prefix:String})
ORDER BY one.2 DESC, value
LIMIT 200
