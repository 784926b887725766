-- Values of an attribute of spans, for completion
--
-- Most frequent first, among the first spans with the attribute.

SELECT attributes[{key:String}] AS value
FROM (SELECT attributes FROM spans WHERE mapContains(attributes, {key:String}) LIMIT 100000)
WHERE startsWith(value, {prefix:String})
GROUP BY value
ORDER BY count() DESC, value
LIMIT 200
