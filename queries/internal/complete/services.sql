-- Services, for completion
--
-- Most frequent first, among the first spans that are read.

SELECT service AS value
FROM (SELECT service FROM spans LIMIT 500000)
WHERE startsWith(value, {prefix:String})
GROUP BY value
ORDER BY count() DESC, value
LIMIT 200
