-- Operations, for completion
--
-- Most frequent first, among the first spans that are read.

SELECT name AS value
FROM (SELECT name FROM spans LIMIT 500000)
WHERE startsWith(value, {prefix:String})
GROUP BY value
ORDER BY count() DESC, value
LIMIT 200
