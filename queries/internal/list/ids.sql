-- Values of attributes that begin with a text
--
-- The text itself first, then at most six that it could mean.

SELECT value
FROM (
  SELECT DISTINCT arrayJoin(arrayMap(key -> attributes[key], {keys:Array(String)})) AS value
  FROM spans
  WHERE arrayExists(key -> startsWith(attributes[key], {prefix:String}), {keys:Array(String)})
)
WHERE startsWith(value, {prefix:String})
ORDER BY value = {prefix:String} DESC, value
LIMIT 6
