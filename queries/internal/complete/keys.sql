-- Attribute keys of spans, for completion
--
-- Most frequent first, among the first spans that are read.

SELECT toString(arrayJoin(mapKeys(attributes))) AS value
FROM (SELECT attributes FROM spans LIMIT 50000)
WHERE startsWith(value, {prefix:String})
GROUP BY value
ORDER BY count() DESC, value
LIMIT 200
