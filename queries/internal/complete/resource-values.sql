-- Values of an attribute of resources, for completion
--
-- Most frequent first, among the first spans with the attribute.

SELECT resource[{key:String}] AS value
FROM (SELECT resource FROM spans WHERE mapContains(resource, {key:String}) LIMIT 100000)
WHERE startsWith(value, {prefix:String})
GROUP BY value
ORDER BY count() DESC, value
LIMIT 200
