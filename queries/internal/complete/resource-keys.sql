-- Attribute keys of resources, for completion
--
-- Most frequent first, among the first spans that are read.

SELECT toString(arrayJoin(mapKeys(resource))) AS value
FROM (SELECT resource FROM spans LIMIT 50000)
WHERE startsWith(value, {prefix:String})
GROUP BY value
ORDER BY count() DESC, value
LIMIT 200
