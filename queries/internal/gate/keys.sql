-- Every attribute key of spans and resources in the window
--
-- Few spans differ in the set of their keys.

SELECT DISTINCT arrayJoin(keys) AS key
FROM (
  SELECT DISTINCT arrayConcat(mapKeys(attributes), mapKeys(resource)) AS keys
  FROM spans
)
ORDER BY key
LIMIT 10000
