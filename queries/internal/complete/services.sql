-- Services, for completion
--
-- Most frequent first. Whole hours are read where they are added up.

SELECT one.1 AS value
FROM (
  SELECT arrayJoin(if(/*+ summed */1,
    (
      SELECT groupArray((service, spans))
      FROM (SELECT service, count() AS spans FROM spans_whole_hours GROUP BY service)
    ),
    (
      SELECT groupArray((service, spans))
      FROM (SELECT service, count() AS spans FROM spans GROUP BY service)
    ))) AS one
)
WHERE startsWith(value, {prefix:String})
ORDER BY one.2 DESC, value
LIMIT 200
