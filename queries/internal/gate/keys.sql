-- Every attribute key of spans and resources in the window

SELECT DISTINCT arrayJoin(arrayConcat(mapKeys(attributes), mapKeys(resource))) AS key
FROM spans
ORDER BY key
LIMIT 10000
